"""Notices through a real mail server: asked, sent, kept byte for byte, held, refused, lost, printed, posted."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.problems import Invalid, NotAllowed
from legal import gate
from legal.records.tables import ContactAttempt, DecisionRecord
from recobro.cases import service as cases
from recobro.cases.flags import open_flag
from recobro.cases.links import token_digest
from recobro.cases.tables import Case, CaseEvent, CaseMove, DebtorLink
from recobro.clients.service import Terms, set_terms
from recobro.debtors.tables import ContactPoint
from recobro.files import read_file
from recobro.notices import drafts, printing, service
from recobro.notices.drafts import NoContactPoint, NothingOwed
from recobro.notices.lifecycle import MOVES, Move, NoticeMoveRefused, State, after
from recobro.notices.overriding import liftable
from recobro.notices.render import WordsRefused
from recobro.notices.tables import Notice, PrintBatch
from tenants.context import Principal
from tenants.roles import Role
from tenants.service import agency_of
from tenants.tables import Agency, Client
from tests.support.smtp import Mailbox, a_mailbox
from tests.support.world import World, make_world, mxn
from worker.run_now import run_pending, tick_and_run

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
DUE = date(2026, 9, 7)


@pytest.fixture
def mailbox(database_urls: object, tmp_path: Path) -> Iterator[Mailbox]:
    with a_mailbox(tmp_path) as found:
        yield found


@pytest.fixture
def world(database_urls: object) -> World:
    return make_world("MX", clock=ManualClock(FRIDAY))


@pytest.fixture
def ana(world: World) -> Principal:
    return world.principal(Role.COLLECTOR, name="Ana Prueba")


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(world.client(), name="Luis Demo", kind="person", debts=[("A-2231", mxn("61440.18"), DUE)])


def queue(world: World, case_id: UUID, key: str = "cordial-1", who: Principal | None = None, **more: object) -> UUID:
    with world.work(who) as work:
        notice = service.send_one(work, case_id=case_id, key=key, **more)  # type: ignore[arg-type]
        assert notice is not None
        return notice.id


def run(world: World) -> None:
    run_pending(world.agency_id, clock=world.clock, early=True)


def pass_time(world: World, span: timedelta) -> None:
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(span)


def notice(world: World, notice_id: UUID) -> Notice:
    with world.work() as work:
        return service.open_notice(work, notice_id)


def events(world: World, case_id: UUID) -> list[str]:
    with world.work() as work:
        return list(
            work.session.scalars(
                select(CaseEvent.title)
                .where(CaseEvent.agency_id == world.agency_id, CaseEvent.case_id == case_id)
                .order_by(CaseEvent.id)
            )
        )


def counted(world: World) -> int:
    with world.work() as work:
        query = select(ContactAttempt).where(
            ContactAttempt.agency_id == world.agency_id, ContactAttempt.voided_at.is_(None)
        )
        return len(work.session.scalars(query).all())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Move)
def test_a_notice_moves_only_along_the_table(state: State, step: Move) -> None:
    if (state, step) in MOVES:
        assert after(state, step) == MOVES[state, step]
    else:
        with pytest.raises(NoticeMoveRefused):
            after(state, step)


def test_an_email_really_leaves_with_text_and_html_link_and_way_out(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    run(world)

    [mail] = mailbox.messages
    assert mailbox.recipients == ["pagos@tornillo.example"]
    assert mail["Subject"] == "Aceros Ficticios: tu cuenta, referencia C-2026-00001"
    assert mail["Message-ID"] == f"<notice-{notice_id}@despacho.example>"
    assert str(mail["From"]).endswith("<cobranza@despacho.example>")
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    words = text.get_content().replace("\xa0", " ")
    assert words.startswith("Hola, Luis:")
    assert "La factura A-2231, por $61,440.18, venció el 7 de septiembre de 2026 (saldo al 20 de noviembre" in words
    assert "Pagar o elegir un día: https://pagos.despacho.example/d/" in words
    assert "No recibir más correos aquí: https://pagos.despacho.example/stop/" in words
    page = html.get_content()
    assert "<style" not in page or "style=" in page
    assert 'href="https://pagos.despacho.example/d/' in page
    assert "List-Unsubscribe" in mail
    assert parsedate_to_datetime(mail["Date"]) == world.clock.now().replace(microsecond=0)


def test_what_was_sent_is_kept_byte_for_byte_with_its_hash_proof_and_decision(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    run(world)

    found = notice(world, notice_id)
    assert (found.state, found.proof, found.tries) == ("sent", "OK queued as 1", 1)
    assert found.file_id is not None
    with world.work() as work:
        file, data = read_file(work, found.file_id)
        decision = work.session.scalars(select(DecisionRecord).where(DecisionRecord.id == found.decision_id)).one()
    assert hashlib.sha256(data).hexdigest() == found.file_sha256 == file.sha256
    assert data == mailbox.raw[0] or data.rstrip(b"\r\n") == mailbox.raw[0].rstrip(b"\r\n")
    assert (decision.verdict, decision.moment) == ("allow", "sending")
    assert counted(world) == 1


def test_the_link_in_an_email_is_kept_only_as_a_hash_and_opens_the_right_case(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    run(world)

    body = mailbox.messages[0].get_body(("plain",))
    assert body is not None
    token = body.get_content().split("/d/")[1].split()[0]
    with world.work() as work:
        link = work.session.scalars(select(DebtorLink).where(DebtorLink.token_sha256 == token_digest(token))).one()
    assert (link.case_id, link.channel, link.id) == (case_id, "email", notice(world, notice_id).link_id)
    assert len(token) == 43
    assert link.expires_at == FRIDAY + timedelta(days=30)


def test_a_sent_notice_is_in_the_history_and_moves_a_new_case_to_notices(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    queue(world, case_id)
    run(world)

    assert events(world, case_id) == ["Correo enviado: {subject}"]
    with world.work() as work:
        case = cases.open_case(work, case_id)
        moves = work.session.scalars(select(CaseMove.to_stage).where(CaseMove.case_id == case_id)).all()
    assert (case.stage, case.last_contact_at, list(moves)) == ("notices", FRIDAY, ["notices"])


def test_out_of_hours_a_notice_is_held_and_leaves_when_the_window_opens(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    pass_time(world, timedelta(hours=13))  # Friday 23:00 in Mexico City
    notice_id = queue(world, case_id)
    run(world)
    assert notice(world, notice_id).state == "held"
    assert notice(world, notice_id).due_at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert mailbox.raw == []

    pass_time(world, timedelta(days=1))
    tick_and_run(world.agency_id, clock=world.clock)
    assert mailbox.raw == [], "Saturday is closed too"

    pass_time(world, timedelta(days=1, hours=10))
    tick_and_run(world.agency_id, clock=world.clock)
    assert notice(world, notice_id).state == "sent"
    assert len(mailbox.raw) == 1


def test_the_window_is_asked_again_at_the_moment_of_sending(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = queue(world, case_id)
    pass_time(world, timedelta(hours=13))

    run(world)

    assert notice(world, notice_id).state == "held"
    assert counted(world) == 0
    assert mailbox.raw == []


def test_a_dispute_opened_after_queueing_stops_the_notice(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = queue(world, case_id)
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")

    run(world)

    found = notice(world, notice_id)
    assert (found.state, found.reason) == ("failed", "Las reglas de contacto no lo permiten.")
    assert mailbox.raw == []


def test_a_case_paid_after_queueing_is_not_written_to(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = queue(world, case_id)
    with world.work() as work:
        cases.open_case(work, case_id).balance = 0

    run(world)

    assert (notice(world, notice_id).state, mailbox.raw) == ("cancelled", [])


def test_the_amount_is_that_of_the_moment_of_sending(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = queue(world, case_id)
    with world.work() as work:
        cases.open_case(work, case_id).balance = 500_00

    run(world)

    assert notice(world, notice_id).amount == 500_00
    body = mailbox.messages[0].get_body(("plain",))
    assert body is not None
    assert "$500.00" in body.get_content()


def test_a_mailbox_that_does_not_exist_bounces_and_is_not_used_again(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    mailbox.answers["RCPT"] = "550 5.1.1 No such user"
    notice_id = queue(world, case_id)
    run(world)

    found = notice(world, notice_id)
    assert (found.state, found.proof) == ("bounced", "550 5.1.1 No such user")
    assert counted(world) == 0, "it never left"
    with world.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.id == found.contact_point_id)).one()
        assert point.quality == "bounced"
    with world.work() as work, pytest.raises(NoContactPoint):
        drafts.draft_one(work, case_id=case_id, key="cordial-1")
    assert events(world, case_id) == ["Correo devuelto: {address}"]


def test_a_server_that_says_later_is_asked_again_and_finally_given_up(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    mailbox.answers["RCPT"] = "451 4.3.0 Try again later"
    notice_id = queue(world, case_id)
    run_pending(world.agency_id, clock=world.clock)
    assert notice(world, notice_id).state == "queued"
    assert counted(world) == 0

    for _ in range(12):
        pass_time(world, timedelta(hours=2))
        tick_and_run(world.agency_id, clock=world.clock)
    pass_time(world, timedelta(days=2))
    tick_and_run(world.agency_id, clock=world.clock)

    found = notice(world, notice_id)
    assert (found.state, found.tries) == ("failed", 6)
    assert mailbox.raw == []


def test_a_message_refused_for_what_it_says_fails_without_blaming_the_address(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    mailbox.answers["DATA"] = "554 5.7.1 Message rejected"
    notice_id = queue(world, case_id)
    run(world)

    found = notice(world, notice_id)
    assert (found.state, found.reason) == ("failed", "El servidor de correo no lo aceptó.")
    with world.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.id == found.contact_point_id)).one()
        assert point.quality == "unknown"


def test_a_lost_answer_parks_the_notice_and_a_person_settles_it(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    mailbox.answers["DATA"] = "hang up"
    notice_id = queue(world, case_id)
    run(world)
    assert notice(world, notice_id).state == "unknown"
    assert counted(world) == 1, "it may have arrived"

    mailbox.answers.clear()
    for _ in range(3):
        pass_time(world, timedelta(hours=1))
        tick_and_run(world.agency_id, clock=world.clock)
    assert len(mailbox.raw) == 1, "nobody sends it again in silence"

    with world.work() as work:
        service.settle_unknown(work, notice_id, arrived=True, why="El servidor lo confirma en su bitácora")
    found = notice(world, notice_id)
    assert (found.state, found.sent_at) == ("sent", found.sending_at)


def test_a_person_may_send_a_lost_notice_again_on_purpose(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    mailbox.answers["DATA"] = "hang up"
    notice_id = queue(world, case_id)
    run(world)
    mailbox.answers.clear()

    with world.work() as work:
        service.settle_unknown(work, notice_id, arrived=False, why="No consta en la bitácora")
    run(world)

    assert notice(world, notice_id).state == "sent"
    assert [mail["Message-ID"] for mail in mailbox.messages] == [f"<notice-{notice_id}@despacho.example>"] * 2


def test_a_server_that_is_away_takes_nothing_and_the_notice_waits(world: World, case_id: UUID, tmp_path: Path) -> None:
    with a_mailbox(tmp_path):
        notice_id = queue(world, case_id)
    with a_mailbox(tmp_path) as mailbox:
        from recobro import wiring

        settings = wiring.outside().settings.model_copy(update={"smtp_port": 1})
        wiring._outside = wiring.Outside(settings)
        run_pending(world.agency_id, clock=world.clock)
        assert mailbox.raw == []

    found = notice(world, notice_id)
    assert (found.state, found.reason) == ("queued", "El servidor de correo pidió probar más tarde.")


def test_running_the_same_job_again_sends_nothing_twice(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = queue(world, case_id)
    with world.work() as work:
        work.outbox.add("notices.send", notice_id=notice_id)
        work.outbox.add("notices.send", notice_id=notice_id)

    run(world)

    assert len(mailbox.raw) == 1


def test_a_notice_whose_process_died_while_sending_is_parked_never_resent(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    with world.work() as work:
        found = service.open_notice(work, notice_id)
        found.state, found.sending_at = "sending", FRIDAY

    run(world)
    assert notice(world, notice_id).state == "sending", "it may be in other hands still"
    pass_time(world, timedelta(minutes=15))
    tick_and_run(world.agency_id, clock=world.clock)

    assert (notice(world, notice_id).state, mailbox.raw) == ("unknown", [])


def test_an_email_nobody_sent_is_named_again(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    from sqlalchemy import delete

    from tenants.outbox import OutboxRow
    from tenants.work import system_work

    notice_id = queue(world, case_id)
    with system_work(reason="test") as work:
        work.session.execute(delete(OutboxRow).where(OutboxRow.agency_id == world.agency_id))

    pass_time(world, timedelta(hours=2))
    tick_and_run(world.agency_id, clock=world.clock)

    assert notice(world, notice_id).state == "sent"


def test_a_collectors_own_message_waits_a_moment_and_can_be_taken_back(
    world: World, case_id: UUID, ana: Principal, mailbox: Mailbox
) -> None:
    first = queue(world, case_id, "note", ana, message="Como quedamos, aquí está el detalle.")
    run_pending(world.agency_id, clock=world.clock)
    assert mailbox.raw == [], "eight seconds"
    with world.work(ana) as work:
        service.cancel(work, first)
    second = queue(world, case_id, "note", ana, message="Le escribo de nuevo.", title="Nuestra conversación")
    pass_time(world, timedelta(seconds=9))
    run(world)

    assert (notice(world, first).state, notice(world, second).state) == ("cancelled", "sent")
    [mail] = mailbox.messages
    assert mail["Subject"] == "Nuestra conversación"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Le escribo de nuevo." in body.get_content()
    assert "Ana Prueba, de Despacho Ejemplo, por encargo de Aceros Ficticios" in body.get_content()


def test_a_collectors_message_is_checked_like_any_other(
    world: World, case_id: UUID, ana: Principal, mailbox: Mailbox
) -> None:
    with world.work(ana) as work, pytest.raises(WordsRefused) as refused:
        service.send_one(work, case_id=case_id, message="Si no paga mandamos a la policía a su trabajo.")
    assert {outcome.code for outcome in refused.value.outcomes} == {"threat"}

    with world.work(ana) as work, pytest.raises(WordsRefused) as refused:
        service.send_one(work, case_id=case_id, message="Hola", title="Su deuda vencida")
    assert refused.value.outcomes[0].code == "debt_in_preview"


def test_a_message_on_a_debt_that_is_too_old_for_court_speaks_of_no_suit(
    world: World, ana: Principal, mailbox: Mailbox
) -> None:
    client_id = world.client()
    old = world.case(client_id, name="Luis Demo", kind="person", debts=[("A-1", mxn("500"), date(2012, 1, 9))])
    young = world.case(client_id, name="Eva Demo", kind="person", debts=[("A-2", mxn("500"), DUE)])
    message = "Si no paga, demandaremos."

    with world.work(ana) as work, pytest.raises(WordsRefused) as refused:
        service.send_one(work, case_id=old, message=message)
    with world.work(ana) as work:
        assert service.send_one(work, case_id=young, message=message) is not None

    assert [outcome.code for outcome in refused.value.outcomes] == ["threat_of_barred_suit"]


def test_a_message_cannot_carry_markup_or_liquid(world: World, case_id: UUID, ana: Principal, mailbox: Mailbox) -> None:
    queue(world, case_id, "note", ana, message="<script>alert(1)</script> {{ agency.name }}")
    pass_time(world, timedelta(seconds=9))
    run(world)

    html = mailbox.messages[0].get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "{{ agency.name }}" in html.get_content()


def test_a_person_is_refused_where_a_job_notes_it_on_the_case(
    world: World, case_id: UUID, ana: Principal, mailbox: Mailbox
) -> None:
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")

    with world.work(ana) as work, pytest.raises(gate.Denied):
        service.send_one(work, case_id=case_id, key="second-2")
    with world.work() as work:
        assert service.send_one(work, case_id=case_id, key="second-2") is None
    assert events(world, case_id)[-1] == "No se pudo escribir al deudor"


def test_a_debtor_without_email_or_balance_is_not_written_to(world: World, ana: Principal, mailbox: Mailbox) -> None:
    silent = world.case(world.client("otro"), email="")
    with world.work(ana) as work, pytest.raises(NoContactPoint):
        service.send_one(work, case_id=silent, key="cordial-1")
    with world.work() as work:
        cases.open_case(work, silent).balance = 0
    with world.work(ana) as work, pytest.raises(NothingOwed):
        service.send_one(work, case_id=silent, key="cordial-1")


def test_a_supervisor_may_set_a_policy_aside_and_a_collector_may_not(
    world: World, case_id: UUID, ana: Principal, mailbox: Mailbox
) -> None:
    pass_time(world, timedelta(days=1))  # Saturday; a policy for this kind of creditor
    carla = world.principal(Role.SUPERVISOR, name="Carla Muestra")
    with world.work(ana) as work, pytest.raises(NotAllowed):
        service.send_one(work, case_id=case_id, message="Hola", override_reason="Urge")

    told: Any = {"message": "Como pidió hoy.", "override_reason": "El deudor lo pidió"}
    with world.work(carla) as work:
        wanted = drafts.draft_one(work, case_id=case_id, key="note", message="Como pidió hoy.")
        rules = [rule.id for rule in liftable(gate.preview(work, drafts.request_for_draft(wanted)))]
    for wrong in ([], [*rules, "co.hours"]):
        with world.work(carla) as work, pytest.raises(Invalid):
            service.send_one(work, case_id=case_id, key="note", override_rules=wrong, **told)
    notice_id = queue(world, case_id, "note", carla, override_rules=rules, **told)
    pass_time(world, timedelta(seconds=9))
    run(world)

    found = notice(world, notice_id)
    assert found.state == "sent"
    with world.work() as work:
        decision = work.session.scalars(select(DecisionRecord).where(DecisionRecord.id == found.decision_id)).one()
    assert decision.record["action"]["override"]["by"] == "Carla Muestra"


def test_a_financial_creditors_notice_without_its_complaint_unit_is_not_queued(
    world: World, case_id: UUID, ana: Principal, mailbox: Mailbox
) -> None:
    with world.work() as work:
        client = work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).one()
        client.creditor_type = "financial"
        agency = work.session.scalars(select(Agency).where(Agency.agency_id == world.agency_id)).one()
        agency.address, agency.phone = "Av. Ficticia 100, Querétaro", "442 555 0100"
    with world.work(ana) as work, pytest.raises(WordsRefused) as refused:
        service.send_one(work, case_id=case_id, key="cordial-1")
    elements = [outcome.inputs["element"] for outcome in refused.value.outcomes]
    assert elements == ["complaints_unit", "pay_to_agency"]
    assert "Cámbialo en el contrato del cliente" in refused.value.message

    with world.work() as work:
        client = work.session.scalars(select(Client).where(Client.agency_id == world.agency_id)).one()
        client.email, client.bank_account = "unidad@aceros.example", "032180000118359719"
        terms = Terms(commission_rules=[{"id": "general", "label": "General", "rate_bp": 2500}], tax_bp=1600)
        set_terms(work, client_id=client.id, valid_from=FRIDAY.date(), terms=replace(terms, pay_to="client"))
    queue(world, case_id)
    run(world)
    body = mailbox.messages[0].get_body(("plain",))
    assert body is not None
    told = " ".join(body.get_content().split())
    assert "Los pagos únicamente se hacen a la institución acreedora" in told
    assert "(cuenta 032180000118359719)" in told


def test_an_address_found_by_search_is_told_nothing_of_the_debt(world: World, mailbox: Mailbox) -> None:
    found = world.case(world.client("tercero"))
    with world.work() as work:
        for point in work.session.scalars(select(ContactPoint).where(ContactPoint.agency_id == world.agency_id)):
            point.source = "search"
    with world.work() as work:
        wanted = drafts.draft_one(work, case_id=found, key="cordial-1")
        with pytest.raises(WordsRefused):
            drafts.words_of(work, wanted)


# Letters ------------------------------------------------------------------------------------------------------------


def letter(world: World, case_id: UUID, key: str = "firm-3") -> UUID:
    from legal.rules.facts import Channel

    return queue(world, case_id, key, channel=Channel.LETTER)


def make_batch(world: World, who: Principal | None = None) -> UUID:
    with world.work(who) as work:
        return printing.make_batch(work).id


def batch(world: World, batch_id: UUID) -> PrintBatch:
    with world.work() as work:
        return printing.open_batch(work, batch_id)


def contents(world: World, file_id: UUID | None) -> bytes:
    assert file_id is not None
    with world.work() as work:
        return read_file(work, file_id)[1]


def test_letters_become_one_pdf_with_a_manifest_and_are_sent_when_posted(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    other = world.case(world.client("otro", name="Muebles de Mentira"), name="=cmd Cía. Demo")
    letters = [letter(world, case_id), letter(world, other)]
    batch_id = make_batch(world)
    run(world)

    made = batch(world, batch_id)
    assert (made.state, made.letters, made.wanted, made.number) == ("ready", 2, 2, "L-2026-0001")
    pdf = pypdf.PdfReader(BytesIO(contents(world, made.file_id)))
    assert len(pdf.pages) == 2
    words = " ".join(pdf.pages[0].extract_text().replace("\xa0", " ").split())
    assert "Luis Demo" in words
    assert "Por tercera ocasión le informamos que la factura A-2231" in words
    assert "no es un documento judicial" in words
    assert "https://pagos.despacho.example/d/" in words
    rows = list(csv.DictReader(io.StringIO(contents(world, made.manifest_id).decode("utf-8-sig"))))
    assert [(row["position"], row["debtor"], row["notice"]) for row in rows] == [
        ("1", "Luis Demo", str(letters[0])),
        ("2", "'=cmd Cía. Demo", str(letters[1])),
    ]
    assert [notice(world, one).state for one in letters] == ["printed", "printed"]
    assert counted(world) == 2
    assert events(world, case_id) == [], "nothing was posted yet"

    with world.work() as work:
        assert printing.mark_posted(work, batch_id, on=date(2026, 11, 20)) == 2
    assert [notice(world, one).state for one in letters] == ["sent", "sent"]
    assert events(world, case_id) == ["Carta enviada: {subject}"]


def test_a_letter_has_its_address_in_lines_and_its_telephone_in_groups(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    with world.work() as work:
        agency_of(work).phone = "+524425550100"
        where = ContactPoint.channel == "postal"
        for point in work.session.scalars(select(ContactPoint).where(where)):
            point.value = "Calle Inventada 10, Interior 4, 64000 Monterrey, NLE"
    notice_id = letter(world, case_id)
    make_batch(world)
    run(world)

    words = pypdf.PdfReader(BytesIO(contents(world, notice(world, notice_id).file_id))).pages[0].extract_text()
    lines = [line.strip() for line in words.replace("\xa0", " ").splitlines()]
    at = lines.index("Calle Inventada 10, Interior 4")
    assert lines[at + 1] == "64000 Monterrey, Nuevo León"
    assert "+52 442 555 0100" in words.replace("\xa0", " ")
    assert "+524425550100" not in words


def test_each_letter_is_kept_by_itself_with_its_hash(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    notice_id = letter(world, case_id)
    make_batch(world)
    run(world)

    found = notice(world, notice_id)
    data = contents(world, found.file_id)
    assert data.startswith(b"%PDF-")
    assert hashlib.sha256(data).hexdigest() == found.file_sha256


def test_a_letter_that_lost_its_reason_or_its_leave_is_left_out_of_the_batch(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    client_id = world.client("otro")
    paid, disputed = world.case(client_id), world.case(client_id, name="Otra Demo")
    letters = [letter(world, one) for one in (case_id, paid, disputed)]
    batch_id = make_batch(world)
    with world.work() as work:
        cases.open_case(work, paid).balance = 0
        open_flag(work, case_id=disputed, kind="dispute", reason="No es suyo")
    run(world)

    assert [notice(world, one).state for one in letters] == ["printed", "cancelled", "failed"]
    made = batch(world, batch_id)
    assert (made.wanted, made.letters) == (3, 1)


def test_a_batch_cut_short_goes_on_where_it_stopped(
    world: World, case_id: UUID, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = world.case(world.client("otro"))
    letters = [letter(world, case_id), letter(world, other)]
    batch_id = make_batch(world)

    def break_down(point: str) -> None:
        if point == "notices.letter":
            raise RuntimeError("the machine stopped")

    monkeypatch.setattr(printing, "reach", break_down)
    run_pending(world.agency_id, clock=world.clock, raising=False)
    assert sorted(notice(world, one).state for one in letters) == ["printed", "queued"]
    first = {one: notice(world, one).file_sha256 for one in letters if notice(world, one).state == "printed"}
    monkeypatch.undo()
    run(world)

    assert batch(world, batch_id).letters == 2
    assert all(notice(world, one).file_sha256 == sha for one, sha in first.items())


def test_no_letter_no_batch_and_a_day_of_posting_that_cannot_be_is_refused(
    world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    with world.work() as work, pytest.raises(printing.NothingToPrint):
        printing.make_batch(work)
    letter(world, case_id)
    batch_id = make_batch(world)
    with world.work() as work, pytest.raises(printing.BatchNotReady):
        printing.mark_posted(work, batch_id, on=date(2026, 11, 20))
    run(world)
    for day in (date(2026, 11, 19), date(2026, 11, 21)):
        with world.work() as work, pytest.raises(Invalid):
            printing.mark_posted(work, batch_id, on=day)


def test_colombian_and_spanish_debtors_are_written_to_in_their_own_words(
    database_urls: object, mailbox: Mailbox
) -> None:
    from kernel.money import Money

    for country, start in (("CO", "Buen día, Luis Demo:"), ("ES", "Hola, Luis:")):
        place = make_world(country, clock=ManualClock(FRIDAY))
        currency = {"CO": "COP", "ES": "EUR"}[country]
        case_id = place.case(
            place.client(), name="Luis Demo", kind="person", debts=[("A-2231", Money(61_440_180_00, currency), DUE)]
        )
        queue(place, case_id)
        run(place)
        body = mailbox.messages[-1].get_body(("plain",))
        assert body is not None
        words = body.get_content().replace("\xa0", " ")
        assert words.startswith(start)
        assert {"CO": "$61.440.180 ", "ES": "61.440.180,00 €"}[country].strip() in words


def test_a_case_of_many_invoices_in_two_currencies_lists_the_first_and_adds_nothing_across(
    world: World, mailbox: Mailbox
) -> None:
    from kernel.money import Money

    debts = [(f"F-{n}", mxn("100.00"), DUE) for n in range(11)]
    case_id = world.case(world.client("muchos"), debts=[*debts, ("U-1", Money(50_00, "USD"), DUE)])
    queue(world, case_id)
    run(world)

    body = mailbox.messages[-1].get_body(("plain",))
    assert body is not None
    words = body.get_content().replace("\xa0", " ")
    assert "el saldo de 11 documentos es de $1,100.00" in words
    assert "- y 3 más, por $300.00" in words
    assert "Además, en otras monedas: USD 50.00." in words


def test_a_client_sees_what_was_done_and_no_address(world: World, case_id: UUID, mailbox: Mailbox) -> None:
    queue(world, case_id)
    run(world)
    with world.work() as work:
        client_id = work.session.scalars(select(Case.client_id).where(Case.id == case_id)).one()
    viewer = world.principal(Role.CLIENT_VIEWER, client_id=client_id)

    with world.work(viewer) as work:
        seen = work.session.scalars(select(CaseEvent.title).where(CaseEvent.agency_id == world.agency_id)).all()
    assert list(seen) == ["Correo enviado: {subject}"]
