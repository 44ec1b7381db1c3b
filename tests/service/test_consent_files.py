"""Files of consent: the gate reads them, the debtor's own word stays above them, the newer word above the older."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from legal import gate
from legal.records import service as records
from legal.records.tables import ConsentEvent
from legal.rules.facts import Channel
from recobro.cases.tables import Case, CaseEvent
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import queries
from recobro.intake.tables import Placement
from recobro.notices.facts import contact_facts, points_for, request_for
from recobro.notices.gathering import gather_one
from tests.service.test_intake import bring as place
from tests.service.test_intake import wired as wired
from tests.support.files import brought, previewed
from tests.support.world import World, make_world

pytestmark = pytest.mark.usefixtures("wired")

HEAD = "No cliente,Canal,Dato de contacto,Consentimiento,Fecha,Evidencia\n"
PORTFOLIO = """No cliente,Deudor,Folio,Vencimiento,Saldo,Tel 1,Correo
100,Aceros Ficticios SA,A-1,17/09/2026,100.00,442 555 0142,pagos@ficticios.example
200,Llantas Modelo SA,B-1,17/09/2026,200.00,442 555 0143,
"""


@pytest.fixture
def mexico(database_urls: object) -> World:
    # A Friday at ten in Mexico City.
    return make_world("MX", clock=ManualClock(datetime(2026, 11, 20, 16, 0, tzinfo=UTC)))


@pytest.fixture
def client_id(mexico: World) -> UUID:
    found = mexico.client()
    place(mexico, found, PORTFOLIO)
    return found


def tell(world: World, client_id: UUID, rows: str, head: str = HEAD) -> Placement:
    return brought(world, client_id, head + rows, kind="consent")


def looked(world: World, client_id: UUID, rows: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    placement = previewed(world, client_id, head + rows, kind="consent")
    with world.work() as work:
        return [(one.line, one.kind, one.code) for one in queries.issues(work, placement.id)]


def case_of(world: World, number: str) -> UUID:
    with world.work() as work:
        query = select(Case.id).join(Debtor, Debtor.id == Case.debtor_id).where(Debtor.customer_ref == number)
        return work.session.scalars(query).one()


def answer(world: World, case_id: UUID, channel: Channel, value: str = "") -> str:
    """The gate's verdict on a contact by a channel, to one of the debtor's points."""
    with world.work() as work:
        facts = gather_one(work, case_id)
        point = next((one for one in facts.points if one.value == value), None)
        return gate.preview(work, request_for(facts, channel, point=point)).verdict.value


def said(world: World, value: str) -> tuple[str, str | None]:
    with world.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.value == value)).one()
        return point.consent, point.consent_by


def stop(world: World, case_id: UUID, channel: Channel | None) -> None:
    with world.work() as work:
        case = work.session.scalars(select(Case).where(Case.id == case_id)).one()
        records.stop_channel(
            work, client_id=case.client_id, case_id=case_id, debtor_id=case.debtor_id, channel=channel, how="page"
        )


def test_the_gate_refuses_a_channel_the_file_closed(mexico: World, client_id: UUID) -> None:
    case_id = case_of(mexico, "100")
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "allow"

    placement = tell(mexico, client_id, "100,SMS,,no,19/11/2026,Llamada 77\n")

    assert (placement.counts["changed"], placement.counts["created"]) == (1, 0)
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "deny"
    assert answer(mexico, case_id, Channel.PHONE, "+524425550142") == "allow"
    with mexico.work() as work:
        event = work.session.scalars(select(ConsentEvent)).one()
        assert (event.kind, event.channel, event.how, event.words) == ("stop", "sms", "client", "Llamada 77")
        body = work.session.scalars(select(CaseEvent.body).where(CaseEvent.ref_id == placement.id)).one()
        assert body == "SMS: rechazado (Llamada 77)"


def test_a_refused_address_is_used_no_more(mexico: World, client_id: UUID) -> None:
    case_id = case_of(mexico, "100")

    tell(mexico, client_id, ",,pagos@ficticios.example,revocado,19/11/2026,\n")

    assert said(mexico, "pagos@ficticios.example") == ("refused", "client")
    assert answer(mexico, case_id, Channel.EMAIL, "pagos@ficticios.example") == "deny"
    with mexico.work() as work:
        assert points_for(gather_one(work, case_id), Channel.EMAIL) == []


def test_an_address_we_do_not_have_is_kept_as_refused(mexico: World, client_id: UUID) -> None:
    placement = tell(mexico, client_id, "100,correo,otro@ficticios.example,no,19/11/2026,\n")

    assert placement.counts["created"] == 1
    assert said(mexico, "otro@ficticios.example") == ("refused", "client")


def test_permission_in_english_and_spanish_words_is_kept_with_its_day(mexico: World, client_id: UUID) -> None:
    tell(
        mexico, client_id, "100,email,pagos@ficticios.example,granted,2026-11-18,Form 1\n200,llamada,442 555 0143,Sí,"
        "2026-11-18,\n", HEAD.replace("Canal", "Channel"),
    )  # fmt: skip

    assert said(mexico, "pagos@ficticios.example") == ("granted", "client")
    with mexico.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.value == "+524425550143")).one()
        assert (point.consent, point.consent_at) == ("granted", datetime(2026, 11, 18, 6, 0, tzinfo=UTC))


def test_permission_for_one_channel_of_a_telephone_is_for_that_channel_alone(mexico: World, client_id: UUID) -> None:
    tell(mexico, client_id, "100,WhatsApp,442 555 0142,sí,19/11/2026,\n")

    with mexico.work() as work:
        facts = contact_facts(gather_one(work, case_of(mexico, "100")))
    assert facts.authorised_channels == (Channel.WHATSAPP,)
    assert said(mexico, "+524425550142") == ("unknown", None)


def test_what_the_debtor_closed_stays_closed(mexico: World, client_id: UUID) -> None:
    case_id = case_of(mexico, "100")
    stop(mexico, case_id, Channel.EMAIL)

    found = looked(
        mexico, client_id, "100,correo,pagos@ficticios.example,sí,20/11/2026,\n100,correo,,sí,20/11/2026,\n"
    )  # fmt: skip

    assert found == [(2, "conflict", "debtor_refused"), (3, "conflict", "debtor_refused")]
    assert answer(mexico, case_id, Channel.EMAIL, "pagos@ficticios.example") == "deny"


def test_a_refused_point_that_the_client_never_spoke_of_is_the_debtors_word(mexico: World, client_id: UUID) -> None:
    with mexico.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.channel == "email")).one()
        point.consent, point.consent_at = "refused", datetime(2020, 1, 1, tzinfo=UTC)

    assert looked(mexico, client_id, ",,pagos@ficticios.example,sí,20/11/2026,\n") == [
        (2, "conflict", "debtor_refused")
    ]


def test_the_client_may_take_back_its_own_refusal_with_a_newer_word(mexico: World, client_id: UUID) -> None:
    case_id = case_of(mexico, "100")
    tell(mexico, client_id, "100,sms,,no,17/11/2026,\n100,correo,pagos@ficticios.example,no,17/11/2026,\n")

    older = looked(
        mexico, client_id, "100,sms,,sí,16/11/2026,\n100,correo,pagos@ficticios.example,sí,17/11/2026,\n"
    )  # fmt: skip
    assert older == [(2, "warned", "older_consent"), (3, "warned", "older_consent")]

    tell(mexico, client_id, "100,sms,,sí,18/11/2026,\n100,correo,pagos@ficticios.example,sí,18/11/2026,\n")
    assert said(mexico, "pagos@ficticios.example") == ("granted", "client")
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "allow"
    with mexico.work() as work:
        kinds = work.session.scalars(select(ConsentEvent.kind).order_by(ConsentEvent.at)).all()
    assert kinds == ["stop", "resume"]


def test_an_old_refusal_does_not_undo_what_the_debtor_opened_later(mexico: World, client_id: UUID) -> None:
    case_id = case_of(mexico, "100")
    with mexico.work() as work:
        case = work.session.scalars(select(Case).where(Case.id == case_id)).one()
        records.resume_channel(
            work, client_id=client_id, case_id=case_id, debtor_id=case.debtor_id, channel=Channel.EMAIL, how="page"
        )

    assert looked(mexico, client_id, "100,correo,,no,13/11/2026,\n") == [(2, "warned", "older_consent")]


def test_of_two_words_of_one_day_the_refusal_holds(mexico: World, client_id: UUID) -> None:
    placement = tell(
        mexico, client_id,
        "100,correo,pagos@ficticios.example,sí,19/11/2026,\n100,correo,pagos@ficticios.example,no,19/11/2026,\n",
    )  # fmt: skip

    assert placement.counts["changed"] == 1
    assert said(mexico, "pagos@ficticios.example") == ("refused", "client")


def test_all_channels_are_closed_at_once(mexico: World, client_id: UUID) -> None:
    tell(mexico, client_id, "200,todos,,no,19/11/2026,\n")

    assert answer(mexico, case_of(mexico, "200"), Channel.PHONE, "+524425550143") == "deny"


def test_what_cannot_be_understood_is_refused(mexico: World, client_id: UUID) -> None:
    assert looked(
        mexico, client_id,
        "100,paloma,,sí,19/11/2026,\n100,sms,,quizá,19/11/2026,\n100,sms,,,19/11/2026,\n100,,,no,19/11/2026,\n"
        ",sms,,no,19/11/2026,\n100,sms,,no,21/11/2026,\n900,sms,,no,19/11/2026,\n,,nadie@x.example,no,19/11/2026,\n",
    ) == [
        (2, "rejected", "bad_channel"), (3, "rejected", "bad_consent"), (4, "rejected", "no_consent"),
        (5, "rejected", "no_channel"), (6, "rejected", "no_name_or_value"), (7, "rejected", "future_day"),
        (8, "rejected", "nobody"), (9, "rejected", "nobody"),
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing(mexico: World, client_id: UUID) -> None:
    rows = "100,sms,,no,17/11/2026,\n100,correo,pagos@ficticios.example,no,17/11/2026,\n"
    tell(mexico, client_id, rows)

    again = previewed(mexico, client_id, HEAD + rows + "\n", kind="consent")

    assert (again.counts["created"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 2)
