"""The debtor's pages: what opens the door, what stands behind it."""

import json
from datetime import timedelta
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import update

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.money import Money
from legal.records.tables import ContactAttempt
from recobro.agreements import service as agreements
from recobro.agreements.render import keep_document
from recobro.cases import service as cases
from recobro.cases.links import make_link
from recobro.cases.tables import DebtorLink
from recobro.debtor_pages.identity import Fact, question_for
from recobro.debtors.tables import Debtor
from recobro.files import read_file
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.receipts import keep_receipt
from recobro.payments.reversing import reverse_payment
from recobro.payments.service import record_payment
from recobro.web import formats
from tenants.roles import Role
from tenants.tables import Agency
from tests.support.pages import Pages
from tests.support.world import World, make_world

MEXICO = ZoneInfo("America/Mexico_City")


@pytest.fixture
def place(database_urls: object) -> World:
    return make_world("MX", clock=SystemClock())


def path_to(world: World, case_id: UUID, *, tax_id: str = "") -> str:
    """A fresh link's path; the debtor's tax id is set on the way."""
    with world.work() as work:
        case = cases.open_case(work, case_id)
        work.session.get_one(Debtor, (world.agency_id, case.debtor_id)).tax_id = tax_id
        return "/d/" + make_link(work, case_id).url.rsplit("/d/", 1)[1]


def visitor(app: Flask, world: World, case_id: UUID) -> Pages:
    """A debtor who has shown the fact."""
    pages = Pages(app)
    pages.post(path_to(world, case_id, tax_id="FTF190312AB4"), {"answer": "2ab4"})
    return pages


def test_the_door_asks_only_what_no_letter_prints() -> None:
    asked = question_for(kind="person", tax_id="", birth_year=None, customer_ref="A0001", references=["F-1"])

    assert asked is not None
    assert (asked.fact, asked.answers) == (Fact.CUSTOMER, frozenset({"A0001"}))
    assert question_for(kind="person", tax_id="", birth_year=None, customer_ref="", references=["F-1"]) is None
    assert question_for(kind="person", tax_id="", birth_year=None, customer_ref="12", references=["F-1"]) is None
    assert question_for(kind="person", tax_id="", birth_year=None, customer_ref="A0001", references=["A0001-7"]) is None


def test_a_firm_is_asked_for_what_its_invoices_do_not_say() -> None:
    known = {"tax_id": "FTF190312AB4", "birth_year": None, "customer_ref": "A0001", "references": ["F-1"]}

    asked = {kind: question_for(kind=kind, **known) for kind in ("firm", "person")}  # type: ignore[arg-type]

    assert asked["firm"] is not None
    assert asked["person"] is not None
    assert (asked["firm"].fact, asked["person"].fact) == (Fact.CUSTOMER, Fact.TAX_ID)


def test_a_firm_signs_by_somebody_with_a_name(app: Flask, place: World) -> None:
    case_id = place.case(place.client(), kind="firm")
    with place.work() as work:
        offered = agreements.offer(work, case_id=case_id, count=2, first_on=work.now().date()).id
    pages = visitor(app, place, case_id)

    refused = pages.post("/debtor/agreement", {"agree": "y"}, status=422)
    assert "nombre y el cargo" in refused.get_text()
    pages.post("/debtor/agreement", {"agree": "y", "signatory": "Elena Firmante, gerente"})
    with place.work() as work:
        assert agreements.open_agreement(work, offered).evidence["signatory"] == "Elena Firmante, gerente"


@pytest.mark.parametrize(("kind", "said"), [("firm", "Su saldo es de"), ("person", "Tu saldo es de")])
def test_a_firm_is_addressed_as_usted_and_a_person_as_tu(app: Flask, place: World, kind: str, said: str) -> None:
    case_id = place.case(place.client(), kind=kind)
    pages = visitor(app, place, case_id)

    assert said in pages.get("/debtor").get_text()
    with place.work() as work:
        agreements.offer(work, case_id=case_id, count=2, first_on=work.now().date())
    assert f"Revis{'e su' if kind == 'firm' else 'a tu'} plan" in pages.get("/debtor/agreement").get_text()


def test_a_link_opens_nothing_when_only_printed_facts_are_known(app: Flask, place: World) -> None:
    case_id = place.case(place.client(), debts=())
    with place.work() as work:
        reference = cases.open_case(work, case_id)
        number = reference.number
    link = path_to(place, case_id)
    pages = Pages(app)

    page = pages.get(link)
    pages.post(link, {"answer": number})
    pages.post(link, {"answer": ""})

    assert page.select("input[name=answer]") == []
    assert "le atiende una persona" in page.get_text()
    assert pages.raw("GET", "/debtor").status_code != 200


def test_a_customer_number_opens_the_door(app: Flask, place: World) -> None:
    case_id = place.case(place.client(), customer_ref="CL-00417")
    link = path_to(place, case_id)
    pages = Pages(app)

    asked = pages.get(link).get_text()
    home = pages.post(link, {"answer": "cl00417"}).get_text()

    assert "número de cliente con Aceros Ficticios" in asked
    assert "Su saldo es de" in home


def test_without_cards_no_page_offers_to_pay_by_card(app: Flask, place: World) -> None:
    pages = visitor(app, place, place.case(place.client()))

    home = pages.get("/debtor")
    ways = {choice["value"] for choice in home.select("input[name=way]")}

    assert ways == {"plan"}
    assert "no se puede pagar con tarjeta" in home.get_text()
    assert pages.raw("GET", "/debtor/pay").location == "/debtor"
    assert pages.raw("GET", "/debtor/other").location == "/debtor"
    pages.post("/debtor/choose", {"way": "all"}, status=422)


def test_the_history_names_nobody_of_the_client_and_tells_no_reason(app: Flask, place: World) -> None:
    client_id = place.client()
    case_id = place.case(client_id)
    approver = place.principal(Role.CLIENT_APPROVER, client_id=client_id, name="Berta Acreedora")
    with place.work(place.principal(Role.COLLECTOR)) as work:
        waiting = agreements.offer(work, case_id=case_id, count=9, first_on=work.now().date()).id
    pages = visitor(app, place, case_id)
    before = pages.get("/debtor").get_text() + pages.get("/debtor/history").get_text()
    with place.work(approver) as work:
        agreements.approve(work, waiting)
    with place.work(place.principal(Role.COLLECTOR)) as work:
        agreements.cancel(work, waiting, reason="No le creemos")

    after = pages.get("/debtor/history").get_text()

    assert "autoriza" not in before
    assert "en revisión" not in before
    assert "Convenio ofrecido: 9 pagos" in after
    for secret in ("Berta", "No le creemos", "autoriza"):
        assert secret not in after


def test_the_link_of_a_paid_case_still_gives_its_documents_and_nothing_else_to_do(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    link = path_to(place, case_id, tax_id="FTF190312AB4")
    other = path_to(place, place.case(place.client("lacteos", name="Lácteos Demo")), tax_id="FTF190312AB4")
    with place.work() as work:
        case = cases.open_case(work, case_id)
        payment_id = record_payment(
            work, case_id=case_id, amount=Money(case.balance, case.currency), direction=Direction.TO_AGENCY,
            method=Method.TRANSFER, received_on=work.today(MEXICO), key="all",
        )  # fmt: skip
        keep_receipt(work, payment_id)
        assert cases.open_case(work, case_id).stage == "closed"
        long_ago = work.now() - timedelta(days=90)
        work.session.execute(update(DebtorLink).where(DebtorLink.agency_id == work.agency_id).values(
            created_at=long_ago, expires_at=long_ago + timedelta(days=30)))  # fmt: skip
    pages = Pages(app)

    asked = pages.get(link)
    pages.post(link, {"answer": "2ab4"})
    history = pages.get("/debtor/history")

    assert "Ferretería" not in asked.get_text(), "nobody's name before the fact"
    taken = history.select_one("a[href*='/debtor/files/']")
    assert taken is not None
    assert pages.raw("GET", str(taken["href"])).data.startswith(b"%PDF")
    for way in ("promise", "dispute", "plan", "talk"):
        assert pages.raw("GET", f"/debtor/{way}").location == "/debtor"
    pages.get(other, status=404)


def test_the_history_says_who_contacted_the_debtor_when_and_how(app: Flask, place: World) -> None:
    client_id = place.client()
    case_id, other = place.case(client_id), place.case(client_id, name="Otra Prueba")
    with place.work() as work:
        work.session.get_one(Agency, place.agency_id).name = "Recobros Muestra"
        for position, (case, channel, voided) in enumerate(
            [(case_id, "email", None), (case_id, "phone", None), (case_id, "sms", work.now()), (other, "letter", None)]
        ):
            work.add(
                ContactAttempt(
                    agency_id=place.agency_id, client_id=client_id, id=new_id(), case_id=case,
                    debtor_id=cases.open_case(work, case).debtor_id, person_key="x", channel=channel,
                    purpose="collect", at=work.now() - timedelta(days=9 - position), voided_at=voided,
                )
            )  # fmt: skip
    history = visitor(app, place, case_id).get("/debtor/history").get_text(" ", strip=True)

    assert history.index("Le llamamos") < history.index("Le escribimos por correo"), "the newest first"
    assert history.count("Recobros Muestra") >= 2
    assert "SMS" not in history, "what never left is none"
    assert "carta" not in history, "nothing of another case"


def test_of_a_reversal_the_debtor_sees_that_it_was_and_staff_and_client_see_why(app: Flask, place: World) -> None:
    client_id = place.client()
    case_id = place.case(client_id)
    with place.work() as work:
        case = cases.open_case(work, case_id)
        payment_id = record_payment(
            work, case_id=case_id, amount=Money(case.balance, case.currency), direction=Direction.TO_AGENCY,
            method=Method.TRANSFER, received_on=work.today(MEXICO), key="one",
        )  # fmt: skip
        keep_receipt(work, payment_id)
        reverse_payment(work, payment_id, reason="El banco dice que la cuenta está embargada")
    pages = visitor(app, place, case_id)
    staff = Pages(app, place.principal(Role.COLLECTOR))
    client = Pages(app, place.principal(Role.CLIENT_VIEWER, client_id=client_id))

    history = pages.get("/debtor/history").get_text(" ")

    assert "Pago revertido" in history
    assert "(pago revertido)" in history, "the receipt stays, and is marked"
    assert "embargada" not in history
    assert "embargada" in staff.get(f"/cases/{case_id}").get_text(" ")
    assert "embargada" in client.get(f"/portal/cases/{case_id}").get_text(" ")


def test_the_conditions_that_are_signed_are_those_of_the_document(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    with place.work() as work:
        offered = agreements.offer(work, case_id=case_id, count=2, first_on=work.now().date(), discount_bp=500).id
    pages = visitor(app, place, case_id)

    review = pages.get("/debtor/agreement")
    shown = [" ".join(line.get_text().split()) for line in review.select("ol.soft li")]
    pages.post("/debtor/agreement", {"agree": "y", "signatory": "Luis Demo, compras"})
    with place.work() as work:
        agreement = agreements.open_agreement(work, offered)
        text = json.dumps(agreement.evidence, ensure_ascii=False).replace("\u00a0", " ")
        _, data = read_file(work, keep_document(work, offered).id)
    printed = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())

    # The total stands beside the balance it comes from.
    with place.work() as work:
        row = agreements.open_agreement(work, offered)
        figures = [
            formats.money(Money(minor, row.currency), "es_MX") for minor in (row.balance, row.discount, row.total)
        ]
    schedule = printed[printed.index("Cómo se paga") : printed.index("Condiciones")]
    staff = Pages(app, place.principal(Role.SUPERVISOR)).get(f"/agreements/{offered}").get_text(" ")
    for figure in figures:
        assert figure in review.get_text(" ")
        assert figure in schedule
        assert figure in staff
    assert len(shown) == 5
    for condition in shown:
        assert condition in text
        assert condition.replace(" ", "") in printed.replace(" ", "")
    assert "identificación fiscal" in printed
    assert "tax_id" not in printed


def test_what_the_debtor_says_of_being_contacted_goes_to_the_ledger_and_the_gate(app: Flask, place: World) -> None:
    from legal.rules.facts import Channel
    from recobro.notices.facts import contact_facts
    from recobro.notices.gathering import gather_one

    case_id = place.case(place.client(), kind="person")
    pages = visitor(app, place, case_id)
    assert pages.get("/debtor/contact").select("input[name=phone][checked]")
    pages.post("/debtor/contact", {"email": "y", "letter": "y", "times": "morning", "workplace": "y",
                                   "lawyer": "Lic. Inés Demo", "lawyer_contact": "Calle 1"})  # fmt: skip

    with place.work() as work:
        facts = contact_facts(gather_one(work, case_id))
    assert {one.channel for one in facts.opt_outs} == {Channel.PHONE, Channel.SMS, Channel.WHATSAPP, Channel.VISIT}
    assert [(one.ends is not None, one.workplace) for one in facts.inconvenient] == [(True, None), (False, True)]
    assert facts.lawyer is not None
    page = pages.get("/debtor/contact")
    assert not page.select("input[name=phone][checked]")
    assert "Lic. Inés Demo" in page.text

    pages.post("/debtor/contact", {"times": ""})
    with place.work() as work:
        assert None in {one.channel for one in contact_facts(gather_one(work, case_id)).opt_outs}, "left alone"
    pages.post("/debtor/contact", {"phone": "y", "times": ""})
    with place.work() as work:
        closed = {one.channel for one in contact_facts(gather_one(work, case_id)).opt_outs}
    assert Channel.PHONE not in closed
    assert None not in closed
    assert Channel.EMAIL in closed
