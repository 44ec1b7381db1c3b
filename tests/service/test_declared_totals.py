"""A file that does not come to what was declared goes in only with a reason, and the acknowledgement says it."""

import json
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from recobro.intake import committing, previewing, render, service
from recobro.intake.declared import agrees, read_line
from recobro.intake.doors import arrivals
from recobro.intake.tables import Placement
from tenants.audit import AuditRow
from tests.service.test_acknowledgements import acknowledged
from tests.service.test_acknowledgements import root as root
from tests.support.world import World

TEXT = """Cliente,Nombre,Factura,Vencimiento,Saldo
C1,Aceros Ficticios,F-1,13/07/2025,100.50
C2,Abarrotes La Prueba,F-2,14/07/2025,200.50
C3,Llantas Modelo,F-3,15/07/2025,muchos
"""
WHY = "El último renglón lo mandan mañana"


def looked(world: World, declared: str) -> Placement:
    with world.work() as work:
        found = service.receive(work, client_id=world.client(), name="cartera.csv", file=BytesIO(TEXT.encode()))
        placement = service.open_placement(work, found.placement_id)
        placement.declared = read_line(declared, "MXN")
        return previewing.preview(work, found.placement_id)


def test_totals_that_differ_need_a_reason_that_is_kept_and_audited(world: World) -> None:
    placement = looked(world, "3 filas, 450.00")
    for nothing in ("", "  \t "):
        with pytest.raises(service.TotalsDiffer), world.work() as work:
            previewing.confirm_as_shown(work, placement.id, why=nothing)

    with world.work() as work:
        assert previewing.confirm_as_shown(work, placement.id, why=f" {WHY}\n")
        assert service.open_placement(work, placement.id).confirmed["why"] == WHY
    with world.work() as work:
        (said,) = work.session.scalars(
            select(AuditRow.payload).where(
                AuditRow.agency_id == work.agency_id, AuditRow.action == "placement.declared_overruled"
            )
        )
        assert json.loads(said)["reason"] == WHY


def test_of_totals_that_agree_no_reason_is_asked_or_kept(world: World) -> None:
    placement = looked(world, "2 filas, 301.00")
    assert agrees(placement)
    with world.work() as work:
        service.confirm(work, placement.id, why=WHY)
        assert "why" not in service.open_placement(work, placement.id).confirmed


def test_what_arrives_with_nobody_there_waits_as_ever(world: World) -> None:
    placement = looked(world, "3 filas, 450.00")
    with world.work() as work:
        outcome, (told, _) = arrivals.settle(work, service.open_placement(work, placement.id), alone=True,
                                             columns_known=True)  # fmt: skip
    assert outcome == arrivals.WAITING
    assert told


def test_rows_that_cannot_be_summed_are_not_said_to_be_lacking(world: World, app: Flask) -> None:
    placement = looked(world, "3 filas, 450.00")
    with app.test_request_context():
        ((_, verdict),) = render.comparison(placement)
        assert "1 fila de menos entre las que se pueden sumar" in verdict
        assert render.unread(placement) == "1 fila no se puede sumar"


def test_the_acknowledgement_says_why_it_went_in(world: World) -> None:
    placement = looked(world, "3 filas, 450.00")
    with world.work() as work:
        service.confirm(work, placement.id, why=WHY)
    committing.commit(world.work, placement.id)
    data, paper = acknowledged(world, placement.id)
    assert json.loads(data)["content"]["declared_why"] == WHY if "content" in json.loads(data) else WHY in data.decode()
    assert paper.startswith(b"%PDF")
