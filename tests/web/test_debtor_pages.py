"""The debtor's pages: what opens the door, what stands behind it."""

import json
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from pypdf import PdfReader

from kernel.clock import SystemClock
from recobro.agreements import service as agreements
from recobro.agreements.render import keep_document
from recobro.cases import service as cases
from recobro.cases.links import make_link
from recobro.debtor_pages.identity import Fact, question_for
from recobro.debtors.tables import Debtor
from recobro.files import read_file
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World, make_world


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
    asked = question_for(tax_id="", birth_year=None, customer_ref="A0001", references=["F-1"])

    assert asked is not None
    assert (asked.fact, asked.answers) == (Fact.CUSTOMER, frozenset({"A0001"}))
    assert question_for(tax_id="", birth_year=None, customer_ref="", references=["F-1"]) is None
    assert question_for(tax_id="", birth_year=None, customer_ref="12", references=["F-1"]) is None
    assert question_for(tax_id="", birth_year=None, customer_ref="A0001", references=["A0001-7"]) is None


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
    assert "te atiende una persona" in page.get_text()
    assert pages.raw("GET", "/debtor").status_code != 200


def test_a_customer_number_opens_the_door(app: Flask, place: World) -> None:
    case_id = place.case(place.client(), customer_ref="CL-00417")
    link = path_to(place, case_id)
    pages = Pages(app)

    asked = pages.get(link).get_text()
    home = pages.post(link, {"answer": "cl00417"}).get_text()

    assert "número de cliente con Aceros Ficticios" in asked
    assert "Tu saldo es de" in home


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


def test_the_conditions_that_are_signed_are_those_of_the_document(app: Flask, place: World) -> None:
    case_id = place.case(place.client())
    with place.work() as work:
        offered = agreements.offer(work, case_id=case_id, count=2, first_on=work.now().date(), discount_bp=500).id
    pages = visitor(app, place, case_id)

    shown = [" ".join(line.get_text().split()) for line in pages.get("/debtor/agreement").select("ol.soft li")]
    pages.post("/debtor/agreement", {"agree": "y"})
    with place.work() as work:
        agreement = agreements.open_agreement(work, offered)
        text = json.dumps(agreement.evidence, ensure_ascii=False).replace("\u00a0", " ")
        _, data = read_file(work, keep_document(work, offered).id)
    printed = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())

    assert len(shown) == 5
    for condition in shown:
        assert condition in text
        assert condition.replace(" ", "") in printed.replace(" ", "")
    assert "identificación fiscal" in printed
    assert "tax_id" not in printed
