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
TAX_IDS = """No cliente,Deudor,RFC,Folio,Vencimiento,Saldo,Tel 1,Correo
300,Tornillos Demo SA,TDE010101AB1,C-1,17/09/2026,100.00,442 555 0144,comun@ficticios.example
400,Cables Demo SA,CDE010101AB2,D-1,17/09/2026,200.00,442 555 0145,comun@ficticios.example
"""
TWO_PHONES = """No cliente,Telefono
100,442 555 0199
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


def allowed(world: World, number: str) -> tuple[Channel, ...] | None:
    with world.work() as work:
        return contact_facts(gather_one(work, case_of(world, number))).authorised_channels


def lines(world: World) -> list[tuple[str, str, bool, str]]:
    """The ledger's lines: kind, channel, whether of one number, and the number that was said."""
    with world.work() as work:
        found = work.session.scalars(select(ConsentEvent).order_by(ConsentEvent.at, ConsentEvent.id)).all()
    return [(one.kind, one.channel, one.contact_point_id is not None, one.details.get("value", "")) for one in found]


def points(world: World, number: str) -> list[tuple[str, str, str]]:
    with world.work() as work:
        query = select(ContactPoint).join(Debtor, Debtor.id == ContactPoint.debtor_id)
        found = work.session.scalars(query.where(Debtor.customer_ref == number, ContactPoint.channel == "phone")).all()
    return sorted((one.value, one.consent, one.quality) for one in found)


def test_permission_for_the_only_telephone_opens_the_channel_and_keeps_the_number(
    mexico: World, client_id: UUID
) -> None:
    placement = tell(mexico, client_id, "100,SMS,442 555 0142,sí,19/11/2026,Forma 9\n")

    assert allowed(mexico, "100") == (Channel.SMS,)
    assert lines(mexico) == [("resume", "sms", False, "+524425550142")]
    with mexico.work() as work:
        body = work.session.scalars(select(CaseEvent.body).where(CaseEvent.ref_id == placement.id)).one()
    assert body == "SMS +524425550142: autorizado (Forma 9)"


@pytest.mark.parametrize("channel", ["sms", "llamada", "teléfono"])
def test_permission_for_the_number_of_another_debtor_is_a_conflict(
    mexico: World, client_id: UUID, channel: str
) -> None:
    rows = f"A-1,{channel},442 555 0143,sí,19/11/2026,\n"
    head = HEAD.replace("No cliente", "Factura")

    assert looked(mexico, client_id, rows, head) == [(2, "conflict", "number_taken")]
    tell(mexico, client_id, rows + "B-1,llamada,442 555 0143,no,19/11/2026,\n", head)
    assert lines(mexico) == []
    assert points(mexico, "100") == [("+524425550142", "unknown", "unknown")]


def test_a_number_that_is_wrong_for_another_debtor_is_not_theirs(mexico: World, client_id: UUID) -> None:
    brought(mexico, client_id, "No cliente,Telefono,Movimiento\n200,442 555 0143,baja\n", kind="maintenance")

    tell(mexico, client_id, "100,sms,442 555 0143,sí,19/11/2026,\n")

    assert ("+524425550143", "unknown", "unknown") in points(mexico, "100")


def test_permission_for_one_of_two_telephones_is_kept_with_it_and_opens_nothing(mexico: World, client_id: UUID) -> None:
    brought(mexico, client_id, TWO_PHONES, kind="maintenance")
    rows = "100,sms,442 555 0142,sí,19/11/2026,\n"

    assert looked(mexico, client_id, rows) == [(2, "warned", "number_not_alone")]
    placement = tell(mexico, client_id, rows)

    assert placement.counts["changed"] == 1
    assert allowed(mexico, "100") is None
    assert lines(mexico) == [("resume", "sms", True, "+524425550142")]
    again = previewed(mexico, client_id, HEAD + rows, kind="consent")
    assert (again.counts["changed"], again.counts["unchanged"]) == (0, 1)


def test_permission_for_an_unknown_number_makes_it_a_contact_and_does_not_open_the_others(
    mexico: World, client_id: UUID
) -> None:
    tell(mexico, client_id, "100,sms,442 555 0188,sí,19/11/2026,\n100,whatsapp,442 555 0188,sí,19/11/2026,\n")

    assert allowed(mexico, "100") is None
    assert points(mexico, "100") == [
        ("+524425550142", "unknown", "unknown"), ("+524425550188", "unknown", "unknown"),
    ]  # fmt: skip
    assert sorted(lines(mexico)) == [
        ("resume", "sms", True, "+524425550188"), ("resume", "whatsapp", True, "+524425550188"),
    ]  # fmt: skip


def test_permission_for_every_telephone_opens_the_channel(mexico: World, client_id: UUID) -> None:
    brought(mexico, client_id, TWO_PHONES, kind="maintenance")

    tell(mexico, client_id, "100,sms,442 555 0142,sí,18/11/2026,\n100,sms,442 555 0199,sí,19/11/2026,\n")

    assert allowed(mexico, "100") == (Channel.SMS,)
    assert lines(mexico) == [("resume", "sms", False, "+524425550142"), ("resume", "sms", False, "+524425550199")]


def test_a_number_that_a_row_brings_for_another_channel_is_another_telephone(mexico: World, client_id: UUID) -> None:
    tell(mexico, client_id, "100,llamada,442 555 0199,no,18/11/2026,\n100,sms,442 555 0142,sí,18/11/2026,\n")

    assert allowed(mexico, "100") == ()
    assert ("resume", "sms", True, "+524425550142") in lines(mexico)


@pytest.mark.parametrize("later", ["18/11/2026", "19/11/2026", "20/11/2026"])
def test_a_refusal_for_a_number_stops_the_channel_and_no_word_of_another_number_lifts_it(
    mexico: World, client_id: UUID, later: str
) -> None:
    case_id = case_of(mexico, "100")

    tell(mexico, client_id, f"100,sms,442 555 0199,no,19/11/2026,\n100,sms,442 555 0142,sí,{later},\n")
    assert ("stop", "sms", False, "+524425550199") in lines(mexico)
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "deny"

    tell(mexico, client_id, "100,sms,442 555 0142,sí,20/11/2026,\n")
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "deny"
    tell(mexico, client_id, "100,sms,,sí,20/11/2026,\n")
    assert answer(mexico, case_id, Channel.SMS, "+524425550142") == "allow"


def test_permission_for_what_cannot_be_read_is_no_permission_for_the_channel(mexico: World, client_id: UUID) -> None:
    brought(mexico, client_id, TWO_PHONES, kind="maintenance")

    found = looked(
        mexico, client_id,
        "100,sms,123,sí,19/11/2026,\n100,sms,pagos@ficticios.example,sí,19/11/2026,\n"
        "100,correo,sin arroba,sí,19/11/2026,\n100,whatsapp,123,no,19/11/2026,\n",
    )  # fmt: skip

    assert [one for one in found if one[1] == "rejected"] == [(line, "rejected", "told_unusable") for line in (2, 3, 4)]


def test_permission_of_a_shared_address_that_names_nobody_is_of_nobody(mexico: World) -> None:
    client_id = mexico.client()
    place(mexico, client_id, TAX_IDS)
    yes = ",,comun@ficticios.example,sí,18/11/2026,\n"

    assert looked(mexico, client_id, yes) == [(2, "conflict", "shared_value")]
    assert allowed(mexico, "300") is None
    assert allowed(mexico, "400") is None

    tell(mexico, client_id, "300" + yes)
    assert allowed(mexico, "300") == (Channel.EMAIL,)
    assert allowed(mexico, "400") is None
    tell(mexico, client_id, ",,comun@ficticios.example,no,19/11/2026,\n")
    assert allowed(mexico, "300") == allowed(mexico, "400") == ()


def test_a_row_whose_number_and_tax_id_are_of_two_debtors_says_nothing(mexico: World) -> None:
    client_id = mexico.client()
    place(mexico, client_id, TAX_IDS)
    head = HEAD.replace("No cliente", "RFC,No cliente")

    rows = "TDE010101AB1,400,sms,,no,19/11/2026,\nTDE010101AB1,300,correo,,no,19/11/2026,\n"
    placement = tell(mexico, client_id, rows, head)

    told = looked(mexico, client_id, rows, head)
    assert [one for one in told if one[1] != "warned"] == [(2, "conflict", "two_debtors")]
    assert placement.counts["changed"] == 1
    assert [one[:2] for one in lines(mexico)] == [("stop", "email")]
