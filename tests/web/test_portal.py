"""The client's portal through its pages, behind the client's own wall."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from kernel.money import Money
from recobro.agreements import queries as agreement_queries
from recobro.agreements import service as agreements
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.tables import Case, CaseFlag
from recobro.intake import committing
from recobro.intake.previewing import ask_preview
from recobro.intake.service import confirm, receive
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.service import record_payment
from recobro.remittances import service as remittances
from recobro.web import formats
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.statements import statements
from tests.support.world import World, mxn
from worker.jobs.remittances import documents

NOON = datetime(2026, 6, 16, 18, 0, tzinfo=UTC)


def paid(world: World, case_id: UUID, amount: Money, *, days_ago: int = 0, key: str = "k") -> UUID:
    with world.work() as work:
        return record_payment(
            work, case_id=case_id, amount=amount, direction=Direction.TO_AGENCY, method=Method.TRANSFER,
            received_on=work.now().date() - timedelta(days=days_ago), key=key,
        )  # fmt: skip


def test_the_overview_says_what_came_in_what_is_left_and_leads_to_the_rows(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id = world.client()
    other_id = world.client("lacteos", name="Lácteos Demo")
    day = NOON.date() - timedelta(days=40)
    first = world.case(client_id, debts=[("A-1", mxn("1000.00"), day)])
    world.case(client_id, name="Abarrotes La Prueba", debts=[("A-2", mxn("500.00"), day)])
    foreign = world.case(other_id, name="Muebles Imaginarios", debts=[("B-1", mxn("9999.00"), day)])
    paid(world, first, mxn("400.00"), key="a")
    paid(world, foreign, mxn("7777.00"), key="b")
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))

    with world.at_page_clock():
        with statements() as sent:
            page = pages.get("/portal")
        text = page.get_text(" ")
        asked = [s for s in sent if s.lstrip().upper().startswith(("SELECT", "WITH"))]
        payments = pages.get(page.find("a", string="$400.00")["href"]).get_text(" ")  # type: ignore[index, arg-type]
        left = pages.get(page.find("a", string="$1,100.00")["href"]).get_text(" ")  # type: ignore[index, arg-type]

    assert "$400.00" in text
    assert "26.7" in text
    assert "Quedan $1,100.00 por recuperar en 2 casos." in text
    assert "7,777" not in text
    assert "Muebles" not in text
    assert "Aplicado · $400.00" in payments
    assert "2 casos · $1,100.00" in left
    assert len(asked) <= 20, f"{len(asked)} queries:\n" + "\n".join(s[:90] for s in asked)


def test_currencies_stand_in_blocks_of_their_own(app: Flask, world: World) -> None:
    client_id = world.client()
    day = world.clock.now().date()
    world.case(client_id, debts=[("A-1", mxn("1000.00"), day)])
    world.case(client_id, name="Abarrotes", debts=[("A-2", Money(700_00, "USD"), day)])

    page = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id)).get("/portal")

    assert [h.get_text() for h in page.find_all("h2", class_="block-title")] == ["MXN", "USD"]
    assert "1,700" not in page.get_text()


def test_the_clients_eye_on_a_case_has_no_private_notes_and_no_collector(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    collector = world.principal(Role.COLLECTOR, name="Ana Gestora")
    with world.work(collector) as work:
        cases.add_note(work, case_id, text="Secreto del gestor")
        cases.note_event(work, cases.open_case(work, case_id), kind="call", title="Llamada hecha")
    pages = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))

    text = pages.get(f"/portal/cases/{case_id}").get_text(" ")

    assert "Llamada hecha" in text
    assert "Secreto" not in text
    assert "Ana Gestora" not in text
    for part in ("debts", "payments", "agreements", "documents"):
        assert "Tornillo" in pages.get(f"/portal/cases/{case_id}?part={part}").get_text()


def test_a_dispute_counts_once_and_the_same_for_client_and_staff(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id, day = world.client(), NOON.date() - timedelta(days=40)
    two = world.case(client_id, debts=[("A-1", mxn("10.00"), day), ("A-2", Money(10_00, "USD"), day)])
    dollars = world.case(client_id, name="Solo Dólares Demo", debts=[("B-1", Money(10_00, "USD"), day)])
    court = world.case(client_id, name="En Juicio Demo", debts=[("C-1", mxn("10.00"), day)])
    with world.work() as work:
        cases.open_case(work, court).stage = "legal"
        for case_id in (two, dollars, court):
            flags.open_flag(work, case_id=case_id, kind="dispute", reason="No recibió la mercancía")
    client = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))
    staff = Pages(app, world.principal(Role.SUPERVISOR))

    assert "3 casos están en aclaración" in client.get("/portal").get_text()
    assert len(client.get("/portal/cases?stage=dispute").select("tbody tr")) == 3
    assert len(staff.get("/cases?flag=dispute").select("tbody tr")) == 3


def test_who_may_not_is_told_whom_to_ask(app: Flask, world: World) -> None:
    client_id = world.client()
    client = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id)).get("/audit", status=403).get_text()
    staff = Pages(app, world.principal(Role.COLLECTOR)).get("/audit", status=403).get_text()

    assert "quien administra la cuenta de tu empresa o a la agencia" in client
    assert "quien administra tu agencia" in staff


def test_nothing_of_another_client_opens(app: Flask, world: World) -> None:
    mine, other = world.client(), world.client("lacteos", name="Lácteos Demo")
    foreign = world.case(other, name="Muebles Imaginarios")
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=mine))

    pages.get(f"/portal/cases/{foreign}", status=404)
    pages.post(f"/portal/cases/{foreign}/pause", {"reason": "No es mío"}, status=404)
    assert "Muebles" not in pages.get("/portal/cases?stage=all").get_text()
    assert "Muebles" not in pages.raw("GET", "/portal/cases.csv?stage=all").get_data(as_text=True)
    assert pages.raw("GET", f"/cases/{foreign}").status_code == 403


def test_staff_have_no_portal(app: Flask, world: World) -> None:
    pages = Pages(app, world.principal(Role.ADMIN))

    pages.get("/portal", status=403)
    pages.get("/portal/approvals", status=404)
    pages.get("/portal/cases.csv", status=403)


def test_a_client_pauses_its_case_and_a_job_does_the_rest(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    viewer = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))
    approver = Pages(app, world.principal(Role.CLIENT_APPROVER, client_id=client_id))

    viewer.post(f"/portal/cases/{case_id}/pause", {"reason": "Estamos negociando"}, status=403)
    after = approver.post(f"/portal/cases/{case_id}/pause", {"reason": "Estamos negociando"}).get_text(" ")

    assert "Estamos negociando" in after
    with world.work() as work:
        flag = work.session.scalars(select(CaseFlag).where(CaseFlag.case_id == case_id)).one()
        named = work.session.scalars(select(OutboxRow.name).where(OutboxRow.agency_id == world.agency_id)).all()
        assert (flag.kind, flag.opened_by_kind) == ("hold", "client")
        assert "cases.flag_opened" in named


def test_a_client_answers_an_agreement_beyond_its_limits(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    with world.work(world.principal(Role.COLLECTOR)) as work:
        agreement = agreements.offer(
            work, case_id=case_id, count=1, first_on=work.now().date() + timedelta(days=3), discount_bp=4000
        )
        agreement_id = agreement.id
        assert agreement.state == "awaiting_approval"
    pages = Pages(app, world.principal(Role.CLIENT_APPROVER, client_id=client_id))

    assert "Te toca" in pages.get("/portal").get_text()
    card = " ".join(pages.get("/portal/approvals").get_text(" ").split())
    with world.work() as work:
        row = agreement_queries.agreements(work, case_id=case_id)[0]
    assert "Tornillo" in card
    for figure in (row.balance, row.discount, row.total):
        assert formats.money(figure, "es_MX").replace("\u00a0", " ") in card
    assert row.balance - row.discount == row.total
    assert row.first_due is not None
    assert formats.day(row.first_due, "es_MX").replace("\u00a0", " ") in card
    assert row.offered_by in card
    assert "Por qué necesita tu autorización" in card
    after = pages.post(f"/agreements/{agreement_id}/approve").get_text()

    assert "Nada espera tu respuesta" in after
    with world.work() as work:
        assert agreements.open_agreement(work, agreement_id).state == "offered"


def test_a_client_admin_invites_its_own_people_only(app: Flask, world: World) -> None:
    client_id = world.client()
    other = world.principal(Role.CLIENT_VIEWER, client_id=world.client("lacteos", name="Lácteos"), name="Beto Ajeno")
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))

    after = pages.post("/portal/people", {"name": "Luz Demo", "email": "luz@aceros.example", "role": "client_viewer"})
    refused = pages.post("/portal/people", {"name": "", "email": "x", "role": "admin"}, status=422)

    assert "Luz Demo" in after.get_text()
    assert "Beto Ajeno" not in after.get_text()
    assert "Escribe el nombre." in refused.get_text()
    assert other.person_id is not None


def test_every_other_page_of_the_portal_opens(app: Flask, world: World) -> None:
    client_id = world.client()
    case_id = world.case(client_id)
    paid(world, case_id, mxn("100.00"))
    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))

    for path in ("/portal/payments", "/portal/expected", "/portal/remittances", "/portal/people", "/portal?period=30",
                 "/portal/cases?sort=late&q=tornillo&late=10", "/portal/cases?placed=2026-01&stage=all"):  # fmt: skip
        pages.get(path)
    rows = pages.raw("GET", "/portal/payments.csv").get_data(as_text=True)
    assert "100.00" in rows


def test_a_closed_remittance_shows_each_fee_and_gives_its_files_to_its_client_alone(app: Flask, world: World) -> None:
    world.clock.move_to(NOON)  # type: ignore[attr-defined]
    client_id, other_id = world.client(), world.client("lacteos", name="Lácteos Demo")
    case_id = world.case(client_id, debts=[("A-1", mxn("1000.00"), NOON.date() - timedelta(days=40))])
    paid(world, case_id, mxn("400.00"), days_ago=20)
    with world.work() as work:
        closed = remittances.close_period(
            work, client_id=client_id, currency="MXN", period_to=NOON.date().replace(day=1) - timedelta(days=1)
        )
        remittance_id = closed.id
    with world.work() as work:
        documents(work, remittance_id=str(remittance_id))
    mine = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))
    theirs = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=other_id))

    with world.at_page_clock():
        listed = mine.get("/portal/remittances").get_text(" ")
        shown = mine.get(f"/portal/remittances/{remittance_id}").get_text(" ")

    assert "$284.00" in listed, "400 less 25 % and its 16 % tax"
    assert "$400.00 × 25" in shown
    for ending, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"")):
        assert mine.raw("GET", f"/portal/remittances/{remittance_id}/document.{ending}").data.startswith(begins)
        assert theirs.raw("GET", f"/portal/remittances/{remittance_id}/document.{ending}").status_code == 404
    theirs.get(f"/portal/remittances/{remittance_id}", status=404)


def test_a_placement_is_one_line_of_what_happened_however_many_cases_it_made(app: Flask, world: World) -> None:
    client_id = world.client()
    rows = "".join(f"Deudor Prueba {n},A-{n},30/09/2025,100.00\n" for n in range(8))
    data = f"Razón social,Folio,F. Vencimiento,Saldo\n{rows}".encode()
    with world.work() as work:
        placement_id = receive(work, client_id=client_id, name="cartera.csv", file=BytesIO(data)).placement_id
    with world.work() as work:
        ask_preview(work, placement_id)
    with world.work(world.principal(Role.CLIENT_UPLOADER, client_id=client_id)) as work:
        confirm(work, placement_id)
    committing.commit(world.work, placement_id)
    with world.work() as work:
        case_id = work.session.scalars(select(Case.id).where(Case.agency_id == world.agency_id)).first()
    assert case_id is not None
    paid(world, case_id, mxn("40.00"))

    pages = Pages(app, world.principal(Role.CLIENT_ADMIN, client_id=client_id))
    page = pages.get("/portal")
    lines = [line.get_text(" ", strip=True) for line in page.select(".feed li")]

    assert len(lines) == 2
    assert "Cartera recibida: 8 adeudos por $800.00 · 8 casos" in " ".join(lines)
    # The line leads to the cases of that very placement, not to all of its month.
    world.case(client_id, name="Otra del mes Demo", debts=[("Z-1", mxn("5.00"), world.clock.now().date())])
    listed = pages.get(f"/portal/cases?stage=all&placement={placement_id}").get_text(" ")
    assert "8 casos" in listed
    assert "Otra del mes" not in listed
    assert page.find("a", href=lambda to: bool(to) and f"placement={placement_id}" in to) is not None
    assert "$40.00" in " ".join(lines)


def test_a_client_finds_its_own_cases_from_the_top_of_every_page_and_no_others(app: Flask, world: World) -> None:
    client_id, other_id = world.client(), world.client("lacteos", name="Lácteos Demo")
    world.case(client_id, name="Tornillos Propios")
    world.case(other_id, name="Tornillos Ajenos")
    pages = Pages(app, world.principal(Role.CLIENT_VIEWER, client_id=client_id))

    form = pages.get("/portal").select_one("form[role=search]")
    assert form is not None
    found = pages.get(f"{form['action']}?q=tornillos").get_text()

    assert "Tornillos Propios" in found
    assert "Ajenos" not in found
