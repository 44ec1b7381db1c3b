"""Complaints: the day to answer, the flag that stops contact, the history, and the bundle that proves it all."""

import hashlib
import json
from datetime import UTC, date, datetime
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.problems import Conflict, Invalid, NotFound
from legal import gate
from legal.gate import Denied
from legal.rules.facts import Channel
from legal.rules.packs.answer_kinds import Forum, Topic
from recobro.cases import flags
from recobro.complaints import evidence, queries, service
from recobro.complaints.queries import ComplaintFilter
from recobro.complaints.rules import Outcome
from recobro.complaints.service import Attached, Received
from recobro.complaints.tables import Complaint
from recobro.notices.facts import request_for
from recobro.notices.gathering import gather_one
from tenants.context import Kind, Principal
from tenants.roles import Role
from tests.service.test_intake import wired as wired
from tests.support.world import World, make_world

pytestmark = pytest.mark.usefixtures("wired")
# A Friday at ten in Mexico City.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
PDF = Attached("queja.pdf", b"%PDF-1.7 de prueba")


@pytest.fixture
def mexico(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


def received(forum: Forum = Forum.REDECO, *topics: Topic, on: date = date(2026, 11, 19), **more: str) -> Received:
    return Received(forum, on, topics or (Topic.TREATMENT,), more.get("words", "Me gritaron."), "R-2026-1")


def record(world: World, case_id: UUID, what: Received | None = None, due_on: date | None = None) -> UUID:
    with world.work() as work:
        return service.record(work, case_id, what or received(), due_on=due_on).id


def complaint(world: World, complaint_id: UUID) -> Complaint:
    with world.work() as work:
        return service.complaint_of(work, complaint_id)


def may(world: World, case_id: UUID) -> list[str]:
    with world.work() as work:
        try:
            gate.permission_to_contact(work, request_for(gather_one(work, case_id), Channel.EMAIL))
        except Denied as denied:
            return list(denied.reasons)
        return []


def test_while_a_complaint_is_open_the_gate_stops_and_with_the_last_one_it_opens(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    one, other = record(mexico, case_id), record(mexico, case_id, received(Forum.OWN))
    assert may(mexico, case_id) == ["complaint"]

    with mexico.work() as work:
        service.answer(work, one, answered_on=FRIDAY.date(), text="Se le respondió.", outcome=Outcome.REJECTED)
    assert may(mexico, case_id) == ["complaint"], "the other one is not over"
    with mexico.work() as work:
        service.answer(work, other, answered_on=FRIDAY.date(), text="Se le pidió una disculpa.")
    assert may(mexico, case_id) == ["complaint"], "answered, but nobody knows how it ended"
    with mexico.work() as work:
        service.close(work, other, outcome=Outcome.SETTLED)
    assert may(mexico, case_id) == []


def test_the_flag_does_not_come_down_by_hand_while_a_complaint_is_open(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    row = complaint(mexico, record(mexico, case_id))
    assert row.flag_id is not None
    with mexico.work() as work, pytest.raises(Conflict, match="Hay una queja abierta"):
        flags.close_flag(work, row.flag_id, outcome="")


def test_an_authoritys_day_is_the_one_it_gave_and_without_one_there_is_none(mexico: World) -> None:
    case_id = mexico.case(mexico.client(), kind="person")
    told = complaint(mexico, record(mexico, case_id, due_on=date(2026, 11, 25)))
    untold = complaint(mexico, record(mexico, case_id))
    assert (told.due_on, told.due_rule) == (date(2026, 11, 25), "")
    assert (untold.due_on, untold.due_rule) == (None, "")


def test_the_laws_day_is_reckoned_may_be_shortened_and_never_passed(mexico: World) -> None:
    case_id = mexico.case(mexico.client(), kind="person")
    about_data = received(Forum.OWN, Topic.DATA, on=date(2026, 11, 3))

    by_law = complaint(mexico, record(mexico, case_id, about_data))
    assert (by_law.due_on, by_law.due_rule) == (date(2026, 12, 2), "mx.answer.data")
    sooner = complaint(mexico, record(mexico, case_id, about_data, due_on=date(2026, 11, 24)))
    assert (sooner.due_on, sooner.due_rule) == (date(2026, 11, 24), "")
    with pytest.raises(Invalid, match="a más tardar"):
        record(mexico, case_id, about_data, due_on=date(2027, 3, 1))


def test_what_cannot_be_is_refused(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    for wrong in (received(on=date(2026, 11, 21)), received(words=" ")):
        with pytest.raises(Invalid):
            record(mexico, case_id, wrong)
    one = record(mexico, case_id)
    with mexico.work() as work:
        for day in (date(2026, 11, 18), date(2026, 11, 21)):
            with pytest.raises(Invalid, match="entre el día"):
                service.answer(work, one, answered_on=day, text="Sí")
        with pytest.raises(Invalid, match="qué se respondió"):
            service.answer(work, one, answered_on=FRIDAY.date(), text="")


def test_a_closed_complaint_changes_only_by_being_opened_again(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    one = record(mexico, case_id)
    with mexico.work() as work:
        service.close(work, one, outcome=Outcome.WITHDRAWN)
        with pytest.raises(Conflict):
            service.answer(work, one, answered_on=FRIDAY.date(), text="Tarde")
    with mexico.work() as work:
        service.reopen(work, one, why="El deudor volvió a escribir.")
    assert may(mexico, case_id) == ["complaint"]
    with mexico.work() as work:
        kinds = [event.kind for event in queries.history(work, one)]
    assert kinds == ["reopened", "closed", "received"]


def test_the_list_begins_with_the_fewest_days_left_and_goes_on_by_key(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    days = [date(2026, 11, 30), date(2026, 11, 22), None, date(2026, 11, 21)]
    ids = [record(mexico, case_id, due_on=day) for day in days]
    with mexico.work() as work:
        service.close(work, ids[3], outcome=Outcome.UPHELD)

    with mexico.work() as work:
        whole = [row.complaint.due_on for row in queries.list_complaints(work, ComplaintFilter("all")).rows]
        first = queries.list_complaints(work, ComplaintFilter("all"), size=2)
        assert first.next_cursor
        rest = queries.list_complaints(work, ComplaintFilter("all", after=first.next_cursor), size=2)
        waiting = work.session.scalar(select(queries.urgent(work)))
    assert whole == [date(2026, 11, 22), date(2026, 11, 30), None, date(2026, 11, 21)], "the closed one is last"
    assert [row.complaint.due_on for row in (*first.rows, *rest.rows)] == whole
    assert waiting == 2, "the one of the 22nd, and the one without a day"


def test_a_client_sees_the_own_complaints_and_nobody_else_does(mexico: World) -> None:
    client_id, other = mexico.client(), mexico.client("otro", name="Otro Cliente")
    one = record(mexico, mexico.case(client_id))
    with mexico.work(mexico.principal(Role.CLIENT_VIEWER, client_id=client_id)) as work:
        assert service.complaint_of(work, one).id == one
    stranger = mexico.principal(Role.CLIENT_VIEWER, client_id=other)
    with mexico.work(stranger) as work, pytest.raises(NotFound):
        service.complaint_of(work, one)


def test_the_bundle_proves_itself(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    with mexico.work() as work:
        gate.permission_to_contact(work, request_for(gather_one(work, case_id), Channel.EMAIL))
    with mexico.work() as work:
        one = service.record(work, case_id, received(words="=SUMA(A1)"), document=PDF).id
    assert may(mexico, case_id) == ["complaint"]
    with mexico.work() as work, evidence.bundle(work, one) as content, ZipFile(content) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}

    told = [line.split("  ", 1) for line in files.pop("HUELLAS.txt").decode().splitlines()]
    prints = {name: digest for digest, name in told}
    assert prints == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    decisions = [json.loads(line) for line in files["decisiones.jsonl"].splitlines()]
    assert [one["verdict"] for one in decisions] == ["allow", "deny"]
    assert decisions[0]["record"]["hash"] == decisions[0]["hash"]
    assert PDF.data in [data for name, data in files.items() if name.startswith("queja/")]
    assert b",=SUMA" not in files["marcas.csv"], "no spreadsheet takes it for a formula"


def test_a_debtor_sees_no_complaint(mexico: World) -> None:
    case_id = mexico.case(mexico.client())
    one = record(mexico, case_id)
    debtor = Principal(mexico.agency_id, Kind.DEBTOR, role="debtor", name="Luis Demo", scope_id=case_id)
    with pytest.raises(Exception, match="permission denied"), mexico.work(debtor) as work:
        service.complaint_of(work, one)
