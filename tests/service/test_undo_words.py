"""Files of consent and of documents have a way back: the ledger keeps what was said and that it was taken back, the
gate counts it no more, documents leave their cases; what a contact, a court or another file rests on stays."""

from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from legal.matters.tables import Matter
from legal.records import service as records
from legal.records.tables import ConsentEvent
from legal.rules.facts import Channel
from recobro.cases.tables import Case, CaseEvent
from recobro.debtors.tables import ContactPoint
from recobro.files import read_file
from recobro.intake.tables import Placement, PlacementEffect
from recobro.intake.undo import putting_back, undoing
from tenants.tables import File
from tests.service.test_consent_files import answer, case_of, said, tell
from tests.service.test_consent_files import client_id as client_id
from tests.service.test_consent_files import mexico as mexico
from tests.service.test_document_files import PDF, PNG, PORTFOLIO, give
from tests.service.test_intake import bring as place
from tests.service.test_intake import wired as wired
from tests.service.test_undo import later
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")


def looked(world: World, placement: Placement) -> putting_back.Back:
    """What undoing would take back."""
    with world.work() as work:
        return putting_back.look(work, placement)


def undone(world: World, placement: Placement) -> Placement:
    """The same after the job."""
    with world.work() as work:
        undoing.ask_undo(work, placement.id)
    undoing.undo(world.work, placement.id)
    with world.work() as work:
        return work.session.get_one(Placement, (world.agency_id, placement.id))


def point_of(world: World, value: str) -> ContactPoint:
    with world.work() as work:
        return work.session.scalars(select(ContactPoint).where(ContactPoint.value == value)).one()


def contact(world: World, case_id: UUID, channel: Channel, point: ContactPoint | None = None) -> None:
    """A contact that was made."""
    with world.work() as work:
        case = work.session.scalars(select(Case).where(Case.id == case_id)).one()
        records.note_contact(
            work, client_id=case.client_id, case_id=case_id, debtor_id=case.debtor_id, person_key="x", channel=channel,
            at=work.now(), conversation=False, contact_point_id=point.id if point else None,
        )  # fmt: skip


WORDS = (
    "100,correo,pagos@ficticios.example,no,19/11/2026,\n200,teléfono,,sí,19/11/2026,\n200,whatsapp,,sí,19/11/2026,\n"
    "200,correo postal,,no,19/11/2026,\n100,correo,nuevo@ficticios.example,sí,19/11/2026,\n"
)


def test_what_an_undone_file_said_counts_no_more_and_the_ledger_keeps_both(mexico: World, client_id: UUID) -> None:
    first, second = case_of(mexico, "100"), case_of(mexico, "200")
    before = answer(mexico, first, Channel.EMAIL, "pagos@ficticios.example")
    placement = tell(mexico, client_id, WORDS)
    assert said(mexico, "pagos@ficticios.example") == ("refused", "client")
    assert answer(mexico, first, Channel.EMAIL, "pagos@ficticios.example") != before
    assert answer(mexico, second, Channel.LETTER) == "deny"
    later(mexico)
    assert looked(mexico, placement) == putting_back.Back(5, {})

    done = undone(mexico, placement)
    assert (done.state, done.undone["debts"], done.undone["stay_debts"]) == ("undone", 5, 0)
    assert said(mexico, "pagos@ficticios.example") == ("unknown", None)
    assert point_of(mexico, "nuevo@ficticios.example").quality == "wrong"
    assert answer(mexico, first, Channel.EMAIL, "pagos@ficticios.example") == before
    with mexico.work() as work:
        lines = work.session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
        kinds = [line.kind for line in lines]
        assert sorted(kinds) == ["ended"] * 3 + ["resume"] + ["stop"] * 2 + ["taken_back"] * 3
        assert {line.ends_id for line in lines if line.kind == "ended"} == {
            line.id for line in lines if line.kind in ("stop", "resume")
        }
        assert all(done.number in line.words for line in lines if line.kind in ("ended", "taken_back"))
        told = work.session.scalars(select(CaseEvent).where(CaseEvent.title.like("Se deshizo la carga%"))).all()
        assert {event.case_id for event in told} == {first, second}

    again = tell(mexico, client_id, WORDS)
    assert again.counts["created"] + again.counts["changed"] == 5
    assert answer(mexico, second, Channel.LETTER) == "deny"
    assert point_of(mexico, "nuevo@ficticios.example").quality == "unknown"
    undone(mexico, again)
    assert point_of(mexico, "nuevo@ficticios.example").quality == "wrong"


def test_a_number_that_a_file_brought_goes_with_the_word_about_it(mexico: World, client_id: UUID) -> None:
    rows = "100,sms,442 555 0188,sí,19/11/2026,\n"
    first = tell(mexico, client_id, rows)
    later(mexico)
    assert looked(mexico, first) == putting_back.Back(1, {})
    undone(mexico, first)
    assert point_of(mexico, "+524425550188").quality == "wrong"

    again = tell(mexico, client_id, rows)
    assert (again.counts["changed"], point_of(mexico, "+524425550188").quality) == (1, "unknown")
    later(mexico)
    same = tell(mexico, client_id, rows + "200,sms,,no,19/11/2026,\n")
    assert looked(mexico, again) == putting_back.Back(0, {"said_again": 1})
    undone(mexico, same)
    undone(mexico, again)
    assert point_of(mexico, "+524425550188").quality == "wrong"


def test_a_word_of_one_number_is_not_the_word_of_the_channel_said_again(mexico: World, client_id: UUID) -> None:
    first = tell(mexico, client_id, "100,sms,,sí,19/11/2026,\n200,correo,otro@ficticios.example,no,19/11/2026,\n")
    later(mexico)
    tell(mexico, client_id, "100,sms,442 555 0142,sí,19/11/2026,\n200,sms,,no,19/11/2026,\n")
    assert looked(mexico, first) == putting_back.Back(2, {})


def test_what_a_contact_was_made_on_stays_with_its_reason(mexico: World, client_id: UUID) -> None:
    second = case_of(mexico, "200")
    placement = tell(
        mexico, client_id, "200,teléfono,442 555 0143,sí,19/11/2026,\n200,whatsapp,,sí,19/11/2026,\n"
        "100,teléfono,442 555 0142,sí,19/11/2026,\n",
    )  # fmt: skip
    later(mexico)
    contact(mexico, second, Channel.PHONE, point_of(mexico, "+524425550143"))
    contact(mexico, second, Channel.WHATSAPP)
    assert looked(mexico, placement) == putting_back.Back(1, {"relied": 2})
    done = undone(mexico, placement)
    assert done.undone["groups"] == [{"reasons": ["relied"], "cases": 0, "debts": 2}]
    assert said(mexico, "+524425550143") == ("granted", "client")
    assert said(mexico, "+524425550142") == ("unknown", None)


def test_what_somebody_or_another_file_said_since_stays(mexico: World, client_id: UUID) -> None:
    row = "100,correo,pagos@ficticios.example,no,19/11/2026,\n200,sms,,no,19/11/2026,\n"
    first = tell(mexico, client_id, row + "200,teléfono,442 555 0143,no,19/11/2026,\n")
    later(mexico)
    second = tell(mexico, client_id, row + "100,teléfono,442 555 0142,sí,19/11/2026,\n")
    with mexico.work() as work:
        point = work.session.get_one(ContactPoint, (mexico.agency_id, point_of(mexico, "+524425550143").id))
        point.consent, point.consent_by, point.consent_at = "granted", "debtor", work.now()
    later(mexico)
    assert looked(mexico, first) == putting_back.Back(0, {"said_again": 2, "said_since": 1})
    with mexico.work() as work, pytest.raises(undoing.CannotUndo):
        undoing.ask_undo(work, first.id)
    # Of the second only what itself changed comes back; then the first rests on nothing but itself.
    assert undone(mexico, second).undone["debts"] == 1
    assert looked(mexico, first) == putting_back.Back(2, {"said_since": 1})


def test_documents_that_nobody_used_leave_their_cases_and_are_kept(mexico: World) -> None:
    client_id = mexico.client()
    place(mexico, client_id, PORTFOLIO)
    files: dict[str, bytes | str] = {"Factura A-2231.pdf": PDF, "remision B-77.png": PNG}
    placement = give(mexico, client_id, files)
    with mexico.work() as work:
        ids = {file.name: file.id for file in work.session.scalars(select(File).where(File.case_id.is_not(None)))}
        effects = work.session.scalars(select(PlacementEffect).where(PlacementEffect.placement_id == placement.id))
        assert {one.ref_id for one in effects} == set(ids.values())
        case = work.session.scalars(select(Case).where(Case.id == case_of(mexico, "200"))).one()
        work.add(
            Matter(
                agency_id=mexico.agency_id, client_id=client_id, id=UUID(int=7), number="J-1", case_id=case.id,
                claim=1, currency="MXN", missing=[], proposed_at=work.now(), proposed_by="Luis Demo",
            )
        )  # fmt: skip
    assert looked(mexico, placement) == putting_back.Back(1, {"evidence": 1})

    done = undone(mexico, placement)
    assert done.undone["groups"] == [{"reasons": ["evidence"], "cases": 0, "debts": 1}]
    with mexico.work() as work:
        row, data = read_file(work, ids["Factura A-2231.pdf"])
        assert (row.case_id, row.debt_id, data) == (None, None, PDF)
        assert work.session.get_one(File, (mexico.agency_id, ids["remision B-77.png"])).case_id == case.id
        told = work.session.scalars(select(CaseEvent).where(CaseEvent.title.like("Se deshizo la carga%"))).one()
        assert (told.case_id, told.body) == (case_of(mexico, "100"), "Factura A-2231.pdf")
    again = give(mexico, client_id, files)
    assert (again.counts["created"], again.counts["unchanged"]) == (1, 1)


def test_a_document_that_another_file_brought_too_stays(mexico: World) -> None:
    client_id = mexico.client()
    place(mexico, client_id, PORTFOLIO)
    first = give(mexico, client_id, {"Factura A-2231.pdf": PDF})
    second = give(mexico, client_id, {"Factura A-2231.pdf": PDF, "remision B-77.png": PNG})
    assert looked(mexico, first) == putting_back.Back(0, {"given_again": 1})
    assert undone(mexico, second).undone["debts"] == 1
    assert looked(mexico, first) == putting_back.Back(1, {})


def test_no_document_leaves_its_case_while_nobody_asked(mexico: World) -> None:
    client_id = mexico.client()
    place(mexico, client_id, PORTFOLIO)
    placement = give(mexico, client_id, {"Factura A-2231.pdf": PDF})
    statement = text("SELECT detach_documents(:agency, :placement, (SELECT array_agg(id) FROM files))")
    with pytest.raises(DBAPIError, match="no undoing was asked for"), mexico.work() as work:
        work.session.execute(statement, {"agency": mexico.agency_id, "placement": placement.id})
