"""Notices, batches, decisions, strategies and rules as people see them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.clock import ShiftedClock, SystemClock
from legal.rules.facts import Channel
from legal.rules.packs.loading import all_packs
from recobro.cases.flags import open_flag
from recobro.debtors.tables import ContactPoint
from recobro.notices import printing, service
from recobro.notices.tables import Notice
from recobro.strategies import service as strategies
from tenants.roles import Role
from tenants.service import set_clock
from tenants.work import system_work
from tests.support.pages import Pages
from tests.support.smtp import Mailbox, a_mailbox
from tests.support.world import World, make_world, mxn
from worker.run_now import run_pending

OPEN_HOURS = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)


@pytest.fixture
def mailbox(app: Flask, tmp_path: Path) -> Iterator[Mailbox]:
    with a_mailbox(tmp_path) as found:
        yield found


@pytest.fixture
def world(database_urls: object) -> World:
    offset = OPEN_HOURS - SystemClock().now()
    found = make_world("MX", clock=ShiftedClock(SystemClock(), offset))
    with system_work(reason="test") as work:
        set_clock(work, agency_id=found.agency_id, offset=offset)
    return found


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.case(
        world.client(), name="Luis Demo", kind="person", debts=[("A-2231", mxn("61440.18"), date(2026, 9, 7))]
    )


def browser(app: Flask, world: World, role: Role = Role.SUPERVISOR) -> Pages:
    return Pages(app, world.principal(role, name="Ana Prueba"))


def queue(world: World, case_id: UUID, channel: Channel = Channel.EMAIL, key: str = "cordial-1") -> UUID:
    with world.work() as work:
        found = service.send_one(work, case_id=case_id, key=key, channel=channel)
        assert found is not None
        return found.id


def words(page: object) -> str:
    return " ".join(page.get_text(" ").replace("\xa0", " ").split())  # type: ignore[attr-defined]


def test_the_list_shows_each_notice_with_its_state_and_filters(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    queue(world, case_id)
    run_pending(world.agency_id)
    queue(world, case_id, Channel.LETTER, "firm-3")
    pages = browser(app, world)

    everything = pages.get("/notices")
    assert len(everything.select("tbody tr")) == 2
    assert "Primer aviso, cordial" in words(everything)
    assert "1 carta por imprimir" in words(everything)
    assert [link.text for link in pages.get("/notices?state=sent&channel=email").select("tbody .row-link")] == [
        "Luis Demo"
    ]
    assert "Ningún aviso aquí" in words(pages.get("/notices?state=bounced"))
    assert len(pages.get("/notices?q=luis").select("tbody tr")) == 2
    pages.get("/notices?state=flying", status=422)


def test_the_filtered_list_leaves_as_csv(app: Flask, world: World, mailbox: Mailbox) -> None:
    odd = world.case(world.client(), name="=cmd Cía. Demo")
    queue(world, odd)
    pages = browser(app, world)

    rows = pages.raw("GET", "/notices.csv?state=queued").data.decode("utf-8-sig").splitlines()

    assert len(rows) == 2
    assert '\'=cmd Cía. Demo,"Primer aviso, cordial",Correo,Aceros Ficticios,1000.00,Por enviar' in rows[1]
    assert len(pages.raw("GET", "/notices.csv?state=sent").data.decode("utf-8-sig").splitlines()) == 1
    browser(app, world, Role.COLLECTOR).get("/notices.csv", status=403)


def test_a_long_list_goes_by_pages(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    first = queue(world, case_id)
    with world.work() as work:
        pattern = service.open_notice(work, first)
        columns = {c.name: getattr(pattern, c.name) for c in Notice.__table__.columns}
        from kernel.ids import new_id

        work.add(*[Notice(**{**columns, "id": new_id()}) for _ in range(60)])
    pages = browser(app, world)
    seen: set[str] = set()
    url = "/notices"
    for size in (50, 11):
        page = pages.get(url)
        found = {str(link["href"]) for link in page.select("tbody .row-link")}
        assert len(found) == size
        seen |= found
        following = page.select_one(".pager a[data-key=']']")
        url = str(following["href"]) if following else ""
    assert len(seen) == 61
    assert url == ""


def test_one_notice_shows_exactly_what_was_sent_with_proof_and_decision(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    pages = browser(app, world)
    before = words(pages.get(f"/notices/{notice_id}"))
    assert "Lo que diría hoy" in before
    run_pending(world.agency_id)

    page = pages.get(f"/notices/{notice_id}")
    text = words(page)
    assert "Lo que se envió" in text
    assert "La factura A-2231, por $61,440.18" in text
    assert "OK queued as 1" in text
    assert "Se permite" in text
    raw = pages.raw("GET", f"/notices/{notice_id}/file")
    assert raw.data.startswith(b"Message-ID:")
    assert raw.headers["Content-Disposition"].endswith('.eml"')
    headings = {term.get_text(strip=True) for term in page.select("dt")}
    assert {"De", "Para", "Asunto del correo", "Fecha"} <= headings
    assert headings.isdisjoint({"From", "To", "Subject", "Date"})


def test_a_decision_shows_every_rule_its_source_and_that_its_hash_holds(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    run_pending(world.agency_id)
    with world.work() as work:
        decision_id = service.open_notice(work, notice_id).decision_id
    pages = browser(app, world, Role.COLLECTOR)

    page = pages.get(f"/decisions/{decision_id}")

    text = words(page)
    assert "Decisión de contacto" in text
    assert "Hasta tres intentos por día" in text
    assert "Contactos de hoy: 0; máximo: 3" in text
    assert "El contenido coincide con su huella" in text
    assert page.find("a", string=lambda s: bool(s) and "PROFECO" in str(s)) or "PROFECO" in text
    assert page.find("a", href="/rules/mx")


def test_a_denied_contact_says_what_denies_it(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    from legal.records.tables import DecisionRecord

    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No reconoce la factura")
        service.send_one(work, case_id=case_id, key="second-2")
        decision_id = work.session.scalars(select(DecisionRecord.id).where(DecisionRecord.case_id == case_id)).one()

    text = words(browser(app, world).get(f"/decisions/{decision_id}"))

    assert "No se permite" in text
    assert "El deudor abrió una aclaración; hasta resolverla no se cobra." in text


def test_a_collector_writes_by_hand_sees_it_first_and_can_take_it_back(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    pages = browser(app, world, Role.COLLECTOR)
    preview = words(pages.get(f"/cases/{case_id}/write?key=second-2"))
    assert "Te escribe de nuevo Ana Prueba" in preview
    assert "Se permite" in preview
    pages.post(f"/cases/{case_id}/write", {"key": "note", "message": ""}, status=422)
    refused = pages.post(f"/cases/{case_id}/write", {"key": "note", "message": "Pague o irá a la cárcel."}, status=422)
    assert "El texto no puede salir. No puede llevar: amenazas («carcel»)." in words(refused)

    pages.post(f"/cases/{case_id}/write", {"key": "note", "message": "Como quedamos, aquí va."})
    with world.work() as work:
        notice = work.session.scalars(select(Notice).where(Notice.case_id == case_id)).one()
    assert (notice.state, notice.by) == ("queued", "Ana Prueba")
    pages.post(f"/notices/{notice.id}/cancel")
    run_pending(world.agency_id, early=True)
    assert mailbox.raw == []


def test_a_debtor_without_email_is_told_of_once_and_can_be_sent_a_letter(app: Flask, world: World) -> None:
    case_id = world.case(world.client(), email="")
    pages = browser(app, world, Role.COLLECTOR)
    page = pages.get(f"/cases/{case_id}/write")

    assert len(page.select(".advice")) == 1
    assert "no tiene un correo que sirva: puedes mandarle una carta" in words(page)
    assert [option["value"] for option in page.select("#write-key option")] == ["cordial-1", "second-2", "firm-3"]
    pages.post(f"/cases/{case_id}/write", {"key": "cordial-1"})
    with world.work() as work:
        notice = work.session.scalars(select(Notice).where(Notice.case_id == case_id)).one()
    assert (notice.channel, notice.state) == ("letter", "queued")


def test_a_debtor_without_any_address_is_told_of_once_and_nothing_can_be_sent(app: Flask, world: World) -> None:
    case_id = world.case(world.client(), email="")
    with world.work() as work:
        for point in work.session.scalars(select(ContactPoint).where(ContactPoint.channel == "postal")):
            point.quality = "wrong"

    page = browser(app, world, Role.COLLECTOR).get(f"/cases/{case_id}/write")

    assert len(page.select(".advice, .guardrail")) == 1
    assert "no tiene correo ni domicilio" in words(page)
    button = page.find("button", string=lambda text: bool(text) and "Enviar" in str(text)) or page.select_one(
        "main .button-primary"
    )
    assert button is not None
    assert button["aria-disabled"] == "true"


def test_letters_are_printed_posted_and_noted(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    letter = queue(world, case_id, Channel.LETTER, "firm-3")
    pages = browser(app, world)
    assert "Todavía no hay lotes" in words(pages.get("/notices/print-batches"))
    making = pages.post("/notices/print-batches")
    assert "Preparando las cartas" in words(making)
    run_pending(world.agency_id)
    with world.work() as work:
        batch = printing.open_batch(work, service.open_notice(work, letter).batch_id or letter)

    page = pages.get(f"/notices/print-batches/{batch.id}")
    assert "Listo para imprimir" in words(page)
    assert pages.raw("GET", f"/notices/print-batches/{batch.id}/pdf").data.startswith(b"%PDF")
    assert b"Luis Demo" in pages.raw("GET", f"/notices/print-batches/{batch.id}/manifest").data
    done = pages.post(f"/notices/print-batches/{batch.id}/posted", {"on": "2026-11-18"})
    assert "Enviadas el 18 nov 2026 por Ana Prueba" in words(done)
    assert "Enviado" in words(pages.get(f"/notices/{letter}"))


def test_a_lost_notice_asks_a_person(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    mailbox.answers["DATA"] = "hang up"
    notice_id = queue(world, case_id)
    run_pending(world.agency_id)
    pages = browser(app, world)

    assert "No se sabe si este correo salió" in words(pages.get(f"/notices/{notice_id}"))
    pages.post(f"/notices/{notice_id}/settle", {"arrived": "yes", "why": "Está en la bitácora"})

    assert "Enviado" in words(pages.get(f"/notices/{notice_id}"))


def test_strategies_are_told_in_words_with_counts(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    pages = browser(app, world)
    first = words(pages.get("/strategies"))
    assert "Primer aviso, cordial Por correo; si no se puede, por carta" in first
    with world.work() as work:
        strategies.start(work, [case_id])
    run_pending(world.agency_id)

    page = pages.get("/strategies")
    assert [row.find_all("td")[3].text for row in page.select("tbody tr")] == ["0", "1", "0", "0"]
    assert "Día 21" in words(page)
    assert "1 caso en camino; de ellos: Con su siguiente paso en fecha 1" in words(page)


def test_the_strategies_page_tells_what_comes_and_sends_nothing(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    pages = browser(app, world)
    assert "Ningún caso tiene un paso en fecha" in words(pages.get("/strategies?ahead=day"))
    with world.work() as work:
        strategies.start(work, [case_id])

    page = pages.get("/strategies?ahead=day")
    assert "1 caso con su paso en fecha; de ellos: Avisos que saldrían" in words(page)
    assert [one.text.strip() for one in page.select(".segmented [aria-current]")] == ["En 24 horas"]
    assert "de ellos" not in words(pages.get("/strategies")).split("Lo que viene")[1]
    assert mailbox.raw == []


def test_every_pack_is_shown_in_words(app: Flask, world: World) -> None:
    pages = browser(app, world, Role.COLLECTOR)
    assert "México" in words(pages.get("/rules"))
    for pack in all_packs().values():
        pages.get(f"/rules/{pack.id}")

    colombia = words(pages.get("/rules/co"))
    assert "lun–vie 07:00–19:00 · sáb 08:00–15:00" in colombia
    assert "Ley 2300 de 2023 art. 3" in colombia
    pages.get("/rules/atlantis", status=404)


def test_another_agencys_notices_batches_and_decisions_are_not_there(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    notice_id = queue(world, case_id)
    letter = queue(world, case_id, Channel.LETTER, "firm-3")
    with world.work() as work:
        batch_id = printing.make_batch(work).id
        decision_id = service.open_notice(work, notice_id).decision_id
    stranger = browser(app, make_world("ES"))

    for path in (
        f"/notices/{notice_id}", f"/notices/{notice_id}/file", f"/notices/{letter}", f"/decisions/{decision_id}",
        f"/notices/print-batches/{batch_id}", f"/notices/print-batches/{batch_id}/pdf", f"/cases/{case_id}/write",
    ):  # fmt: skip
        stranger.get(path, status=404)
    stranger.post(f"/notices/{notice_id}/cancel", status=404)
    stranger.post(f"/notices/print-batches/{batch_id}/posted", {"on": "hoy"}, status=404)
    assert words(stranger.get("/notices")).count("Luis Demo") == 0


def test_who_may_not_print_sees_no_batches(app: Flask, world: World, mailbox: Mailbox) -> None:
    browser(app, world, Role.COLLECTOR).get("/notices/print-batches", status=403)
    browser(app, world, Role.ACCOUNTANT).get("/notices", status=403)


def test_a_held_message_says_so(app: Flask, world: World, case_id: UUID, mailbox: Mailbox) -> None:
    clock = world.clock
    assert isinstance(clock, ShiftedClock)
    with system_work(reason="test") as work:
        set_clock(work, agency_id=world.agency_id, offset=clock.offset + timedelta(hours=14))
    pages = browser(app, world, Role.COLLECTOR)

    text = words(pages.get(f"/cases/{case_id}/write?key=cordial-1"))
    assert "Hay que esperar" in text
    page = pages.post(f"/cases/{case_id}/write", {"key": "cordial-1"})
    assert "Se enviará cuando lo permita la regla de contacto" in words(page)


def test_a_supervisor_writes_in_spite_of_the_policies_that_are_ticked_with_a_reason(
    app: Flask, world: World, case_id: UUID, mailbox: Mailbox
) -> None:
    with system_work(reason="test") as work:
        # A Saturday: a policy for this kind of creditor.
        set_clock(work, agency_id=world.agency_id, offset=OPEN_HOURS + timedelta(days=3) - SystemClock().now())
    pages, path = browser(app, world), f"/cases/{case_id}/write"
    boxes = [str(box["value"]) for box in pages.get(path).select("input[name=override_rule]")]
    assert boxes != []
    assert browser(app, world, Role.COLLECTOR).get(path).select("input[name=override_rule]") == []

    told = {"key": "note", "message": "Como pidió hoy."}
    for half in ({"override_reason": "Lo pidió"}, {"override_rule": boxes}):
        page = pages.post(path, {**told, **half}, status=422)
        assert "Marca cada política que apartas y escribe el motivo." in page.text
    pages.post(path, {**told, "override_reason": "Lo pidió", "override_rule": boxes})

    with world.work() as work:
        [written] = work.session.scalars(select(Notice).where(Notice.case_id == case_id))
    assert (written.state, written.extra["override"]["rules"]) == ("queued", sorted(boxes))
