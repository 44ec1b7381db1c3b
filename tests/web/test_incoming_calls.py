"""The page where a call that came in is noted."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ManualClock
from recobro.agreements.tables import Promise
from recobro.desk.tables import Call
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def friday(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def case_id(friday: World) -> UUID:
    return friday.case(friday.client(), kind="person", name="Luis Demo")


def test_a_collector_notes_who_called_what_was_agreed_and_what_they_ask_for(
    app: Flask, friday: World, case_id: UUID
) -> None:
    pages = Pages(app, friday.principal(Role.COLLECTOR))
    path = f"/desk/cases/{case_id}/incoming"
    told = {"caller": "debtor", "outcome": "right_party", "at": "9:15", "note": "Cobra el viernes",
            "amount": "300", "day": "27/11", "stop": "phone", "answer_by": "email"}  # fmt: skip
    with friday.at_page_clock():
        assert pages.get(f"/desk/cases/{case_id}").select_one(f"a[href='{path}']")
        assert pages.get(path).select_one("select[name=caller]")
        page = pages.post(path, told)

    text = " ".join(page.get_text(" ").split())
    assert "Llamada entrante del titular" in text
    assert "Cobra el viernes" in text
    with friday.work() as work:
        call = work.session.scalars(select(Call).where(Call.case_id == case_id)).one()
        assert (call.incoming, call.started_at) == (True, datetime(2026, 11, 20, 15, 15, tzinfo=UTC))
        assert work.session.scalars(select(Promise.amount).where(Promise.case_id == case_id)).one() == 300_00


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"caller": ""}, "caller"),
        ({"at": "23:00"}, "at"),
        ({"amount": "mucho", "day": "27/11"}, "amount"),
        ({"caller": "other", "amount": "10", "day": "27/11"}, "amount"),
        ({"caller": "other", "stop": "all"}, "stop"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(
    app: Flask, friday: World, case_id: UUID, wrong: dict[str, str], field: str
) -> None:
    pages = Pages(app, friday.principal(Role.COLLECTOR))
    with friday.at_page_clock():
        page = pages.post(
            f"/desk/cases/{case_id}/incoming", {"caller": "debtor", "outcome": "right_party", **wrong}, status=422
        )

    assert page.select_one(f"#errors a[href='#{field}']")
    with friday.work() as work:
        assert work.session.scalars(select(Call).where(Call.case_id == case_id)).all() == []
