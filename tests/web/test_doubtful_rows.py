"""Rows that may be here already: the review asks about each, and takes those that are ticked."""

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from recobro.cases.tables import Debt
from recobro.intake import committing
from recobro.intake.tables import Placement
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, mxn

TWICE = "Factura,Fecha pago,Importe\nA-1,2026-01-05,10.00\nA-1,2026-01-05,10.00\n"


@pytest.fixture
def path(app: Flask, world: World) -> str:
    """A file of payments with two that are alike, of a client with a debt of 1,000.00, in its review."""
    client_id = world.client()
    world.case(client_id, debts=[("A-1", mxn("1000.00"), world.clock.now().date())])
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post("/placements/new", {
        "file": (BytesIO(TWICE.encode()), "pagos.csv"), "client": str(client_id), "kind": "financial"})  # fmt: skip
    with world.work() as work:
        return f"/placements/{work.session.scalars(select(Placement.id)).one()}"


def test_a_row_like_another_is_asked_about_and_taken_when_it_is_ticked(app: Flask, world: World, path: str) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))

    review = pages.get(f"{path}?step=review")
    box = review.select_one("#doubts input[name=take]")
    assert box is not None
    assert (box["value"], box.has_attr("checked")) == ("3", False)
    assert "Si son dos, toma también esta." in review.get_text(" ", strip=True)

    taken = pages.post(f"{path}/accept", {"shown": "3", "take": "3"})
    assert taken.select_one("#doubts input[name=take][checked]") is not None
    pages.post(f"{path}/confirm")
    with world.work() as work:
        placement = work.session.scalars(select(Placement)).one()
    committing.commit(world.work, placement.id)
    with world.work() as work:
        assert work.session.scalars(select(Debt.balance)).one() == 980_00
    assert "Carga" in pages.get(path).get_text(" ", strip=True)


def test_what_is_left_is_taken_after_the_commit_as_one_more_batch(app: Flask, world: World, path: str) -> None:
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    pages.post(f"{path}/confirm")
    with world.work() as work:
        placement = work.session.scalars(select(Placement)).one()
    committing.commit(world.work, placement.id)

    assert pages.get(path).select_one("#doubts input[name=take]") is not None
    pages.post(f"{path}/accept", {"shown": "3", "take": "3"})
    with world.work() as work:
        assert work.session.scalars(select(Placement)).one().counts["waiting"]["counts"]["changed"] == 1
