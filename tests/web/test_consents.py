"""«Consentimientos y avisos»: the panel on the case, the ledger, its acts, disputes, and the debtor's own page."""

from io import BytesIO
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from legal.records.consents import Said
from legal.records.tables import ConsentEvent, Dispute
from legal.rules.facts import Channel
from recobro.cases.flags import open_flag
from recobro.consents.service import note_open_again
from recobro.notices.facts import contact_facts
from recobro.notices.gathering import gather_one
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World


def lines(world: World, case_id: UUID) -> list[ConsentEvent]:
    with world.work() as work:
        return list(
            work.session.scalars(
                select(ConsentEvent).where(ConsentEvent.case_id == case_id).order_by(ConsentEvent.at, ConsentEvent.id)
            )
        )


def test_a_collector_notes_a_withdrawal_and_sees_it_on_the_case(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))
    assert "Nada anotado todavía." in pages.get(f"/cases/{case_id}").text

    form = pages.get(f"/cases/{case_id}/consents?act=stop")
    assert form.select_one("#scope") is not None
    page = pages.post(
        f"/cases/{case_id}/consents",
        {"act": "stop", "scope": "channel", "channel": "phone", "how": "call", "told": "Ya no me llamen"},
    )

    assert "Baja: Llamadas" in page.text
    assert "«Ya no me llamen»" in page.text
    assert "No contactar por" in pages.get(f"/cases/{case_id}").text
    [line] = lines(world, case_id)
    assert (line.kind, line.channel, line.how) == ("stop", "phone", "call")
    assert "Vigente" in page.text
    with world.work() as work:
        note_open_again(work, case_id, Said("call", words="Llámenme otra vez"), channel=Channel.PHONE)
    page = pages.get(f"/cases/{case_id}/consents")
    assert "Ya no vale" in page.text
    assert "Vigente" not in page.text


def test_a_consent_keeps_its_document_which_only_that_case_gives_out(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id, other = world.case(client_id), world.case(client_id, name="Otra")
    pages = Pages(app, world.principal(Role.COLLECTOR))
    pages.post(
        f"/cases/{case_id}/consents",
        {"act": "grant", "scope": "hours", "channel": "phone", "how": "letter", "until": "+30", "at": "9:30",
         "on": "ayer", "file": (BytesIO(b"%PDF-1.7 de prueba"), "permiso.pdf")},
        content_type="multipart/form-data",
    )  # fmt: skip

    [line] = lines(world, case_id)
    assert line.evidence_file_id is not None
    with world.work() as work:
        [given] = contact_facts(gather_one(work, case_id)).consents
    assert given.written
    answer = pages.raw("GET", f"/cases/{case_id}/evidence/{line.evidence_file_id}")
    assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 de prueba")
    assert pages.raw("GET", f"/cases/{other}/evidence/{line.evidence_file_id}").status_code == 404


def test_what_is_wrong_is_said_and_what_was_written_stays(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))
    for sent, said in (
        ({"act": "lawyer", "how": "call", "told": "Tengo quien me defienda"}, "Escribe el nombre del abogado."),
        ({"act": "inconvenient", "how": "call", "told": "Tengo quien me defienda"}, "Di qué no le conviene"),
        ({"act": "stop", "how": "call", "at": "25:00", "told": "Tengo quien me defienda"}, "No entendimos la hora"),
    ):
        page = pages.post(f"/cases/{case_id}/consents", {"scope": "channel", "channel": "", **sent}, status=422)
        assert said in page.text
        assert "Tengo quien me defienda" in page.text
    assert lines(world, case_id) == []


def test_a_lawyer_is_noted_shown_and_ended(app: Flask, world: World) -> None:
    case_id = world.case(world.client(), kind="person")
    pages = Pages(app, world.principal(Role.COLLECTOR))
    page = pages.post(
        f"/cases/{case_id}/consents",
        {"act": "lawyer", "scope": "channel", "channel": "", "how": "email", "name": "Lic. Inés Demo",
         "email": "ines@abogada.example"},
    )  # fmt: skip
    assert "Tiene abogado: Lic. Inés Demo" in page.text
    assert "ines@abogada.example" in pages.get(f"/cases/{case_id}").text

    [line] = lines(world, case_id)
    ending = pages.get(f"/cases/{case_id}/consents?ending={line.id}")
    assert ending.select_one(f'form[action="/cases/{case_id}/consents/{line.id}/end"]') is not None
    page = pages.post(f"/cases/{case_id}/consents/{line.id}/end", {"how": "call", "scope": "channel"}, status=422)
    assert "Escribe sus palabras, la referencia de la grabación o adjunta la constancia." in page.text
    assert "ines@abogada.example" in pages.get(f"/cases/{case_id}").text
    page = pages.post(
        f"/cases/{case_id}/consents/{line.id}/end",
        {"how": "call", "scope": "channel", "channel": "", "told": "Ya no es mi abogada"},
    )
    assert "Dejó de valer: Tiene abogado: Lic. Inés Demo" in page.text
    assert "«Ya no es mi abogada»" in page.text
    assert "ines@abogada.example" not in pages.get(f"/cases/{case_id}").text


def test_an_accountant_reads_the_ledger_and_writes_nothing(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.ACCOUNTANT))
    assert pages.get(f"/cases/{case_id}/consents?act=stop").select_one("#scope") is None
    pages.post(f"/cases/{case_id}/consents", {"act": "stop", "how": "call"}, status=403)


def test_a_dispute_is_detailed_and_answered(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No me llegó")
    pages = Pages(app, world.principal(Role.COLLECTOR))
    with world.work() as work:
        dispute_id = work.session.scalars(select(Dispute.id)).one()
    path = f"/cases/{case_id}/disputes/{dispute_id}"
    pages.get(path)
    sent = {"kind": "quality", "medium": "written", "received_on": "hoy", "told": "No me llegó"}
    answered = {"verification_sent_on": "hoy", "answered_on": "hoy", "answer": "Va la remisión."}
    page = pages.post(path, sent | answered)

    assert "Reclama lo vendido o el servicio" in page.text
    with world.work() as work:
        row = work.session.scalars(select(Dispute)).one()
    assert (row.kind, row.medium, row.answer) == ("quality", "written", "Va la remisión.")
    assert row.verification_sent_on is not None


def test_a_consent_without_proof_opens_nothing(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))
    page = pages.post(
        f"/cases/{case_id}/consents", {"act": "grant", "scope": "channel", "channel": "", "how": "call"}, status=422
    )
    assert "Escribe sus palabras, la referencia de la grabación o adjunta la constancia." in page.text
    assert lines(world, case_id) == []


def test_what_was_closed_in_writing_opens_with_a_document_or_by_a_supervisor(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id, other = world.case(client_id), world.case(client_id, name="Otra")
    collector, supervisor = (Pages(app, world.principal(role)) for role in (Role.COLLECTOR, Role.SUPERVISOR))
    closed = {"act": "stop", "scope": "channel", "channel": "", "how": "letter", "told": "No me contacten más"}
    given = {"act": "grant", "scope": "channel", "channel": "", "how": "call", "told": "Ya me pueden escribir"}
    for one in (case_id, other):
        collector.post(f"/cases/{one}/consents", closed)

    page = collector.post(f"/cases/{case_id}/consents", given, status=422)
    assert "La baja se pidió por escrito" in page.text
    assert "Ya me pueden escribir" in page.text
    assert [line.kind for line in lines(world, case_id)] == ["stop"]
    collector.post(
        f"/cases/{case_id}/consents", given | {"file": (BytesIO(b"%PDF-1.7 de prueba"), "escrito.pdf")},
        content_type="multipart/form-data",
    )  # fmt: skip
    supervisor.post(f"/cases/{other}/consents", given)
    for one in (case_id, other):
        assert [line.kind for line in lines(world, one)] == ["stop", "grant"]


def test_a_dispute_of_an_amount_or_a_day_that_cannot_be_is_refused_at_its_field(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    with world.work() as work:
        open_flag(work, case_id=case_id, kind="dispute", reason="No me llegó")
        dispute_id = work.session.scalars(select(Dispute.id)).one()
    pages = Pages(app, world.principal(Role.COLLECTOR))
    path = f"/cases/{case_id}/disputes/{dispute_id}"
    sent = {"kind": "quality", "medium": "written", "received_on": "hoy", "told": "No me llegó"}
    for wrong, field in (
        ({"amount": "-5"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "99999999999999999999"}, "amount"),
        ({"amount": "999999999"}, "amount"),
        ({"amount": "mucho"}, "amount"),
        ({"received_on": "1/1/1990"}, "received_on"),
        ({"received_on": "el otro día"}, "received_on"),
        ({"verification_sent_on": "ayer o así"}, "verification_sent_on"),
        ({"answered_on": "nunca"}, "answered_on"),
    ):
        page = pages.post(path, sent | wrong, status=422)
        assert page.select_one(f"#{field}-error") is not None, wrong
        assert "No me llegó" in page.text
    page = pages.post(path, {"medium": "humo"}, status=422)
    assert page.select_one("#amount") is not None
    with world.work() as work:
        row = work.session.scalars(select(Dispute)).one()
    assert (row.kind, row.medium, row.amount) == ("other", "oral", None)


def test_a_validation_notice_is_noted(app: Flask, world: World) -> None:
    case_id = world.case(world.client())
    pages = Pages(app, world.principal(Role.COLLECTOR))
    page = pages.post(f"/cases/{case_id}/validation-notices", {"channel": "letter", "provided_on": "hoy", "notice": ""})
    assert "El lugar no fija un plazo para objetar." in page.text
    pages.post(f"/cases/{case_id}/validation-notices", {"channel": "letter", "provided_on": "x", "notice": ""},
               status=422)  # fmt: skip
