"""The main job through the pages, by all who have a part in it; a second agency with the same debtor sees nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from kernel.clock import ManualClock
from recobro.agreements.tables import Promise
from recobro.cases.tables import Case
from recobro.debtors.tables import Debtor
from recobro.people.agency import set_grace
from tenants.roles import Role
from tests.support.accounts import PASSWORD, Account, account
from tests.support.site import Site, eventually
from tests.support.stories import a_file
from tests.support.world import World, make_world, mxn

TUESDAY = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # eleven in Mexico City
SHARED = "Ferretería El Tornillo Feliz"
DEBTOR = "pagos@tornillo.example"
OTHER = "Muebles Imaginarios"
# What the other agency must never meet: client, documents, amounts, people of the first.
SECRETS = ("Aceros Ficticios", "A-2231", "A-2232", "B-0001", "12,000.00", "8,500.00", "4,250.00", "20,500.00",
           "10,250.00", "14,500.00")  # fmt: skip


@dataclass
class Journey:
    """The site, the two agencies, and a browser window for each person who came in."""

    site: Site
    browser: Browser
    ours: World
    theirs: World
    windows: dict[str, Page] = field(default_factory=dict)
    now: datetime = TUESDAY

    def window(self, who: str) -> Page:
        """A window of this person's own; policy violations and script errors in it fail the test."""
        if who not in self.windows:
            context = self.browser.new_context(
                viewport={"width": 1366, "height": 800}, locale="es-MX", reduced_motion="reduce"
            )
            context.set_default_timeout(20_000)
            page = context.new_page()
            page.on("pageerror", lambda error: pytest.fail(f"{who}: {error}"))
            page.on("console", lambda line: _no_violation(who, line.text))
            self.windows[who] = page
        return self.windows[who]

    def sign_in(self, who: str, person: Account) -> Page:
        """Somebody signs in, with their authenticator when they have one."""
        page = self.window(who)
        page.goto(f"{self.site.url}/sign-in")
        page.get_by_label("Correo").fill(person.email)
        page.get_by_label("Contraseña").fill(person.password)
        page.get_by_role("button", name="Entrar", exact=True).click()
        if person.secret:
            page.get_by_label("Código").fill(person.code())
            page.get_by_role("button", name="Seguir").click()
        expect(page.locator("h1")).not_to_have_text(re.compile("Entrar|Segundo paso"))
        return page

    def days(self, count: int) -> None:
        """So many days pass at both agencies, each with what is due."""
        for _ in range(count):
            self.now += timedelta(days=1, minutes=1)  # past the hour at which a step of days ago was done
            self.site.move_to(self.now)
            self.site.tick()

    def case_of(self, debtor: str) -> Case:
        """Our case of a debtor."""
        with self.ours.work() as work:
            return work.session.scalars(
                select(Case)
                .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
                .where(Case.agency_id == work.agency_id, Debtor.name == debtor)
            ).one()


def _no_violation(who: str, line: str) -> None:
    assert "Content Security Policy" not in line, f"{who}: {line}"


@pytest.fixture
def journey(browser: Browser, site: Site) -> Iterator[Journey]:
    ours, theirs = (make_world("MX", clock=ManualClock(TUESDAY)) for _ in range(2))
    site.agencies += [ours.agency_id, theirs.agency_id]
    with ours.work() as work:
        # The first notice is read on the day on which the file came.
        set_grace(work, 0)
    found = Journey(site, browser, ours, theirs)
    site.move_to(TUESDAY)
    debt = ("X-900", mxn("333.00"), TUESDAY.date())
    theirs.case(theirs.client("otro", name="Cementos de Mentira"), name=SHARED, debts=[debt], email=DEBTOR)
    with site.working():
        yield found
    for page in found.windows.values():
        page.context.close()


def test_the_main_job_through_the_pages(journey: Journey, tmp_path: Path) -> None:
    admin = journey.sign_in("admin", account(journey.ours, Role.ADMIN, enrolled=True))
    add_the_client(admin, journey)
    client = the_client_joins(admin, journey)
    the_client_uploads(client, journey, tmp_path)
    mail = eventually(lambda: journey.site.mails_to(DEBTOR))[0]
    assert "Aceros Ficticios" in mail.subject

    journey.days(7)
    assert len(eventually(lambda: journey.site.mails_to(DEBTOR)[1:])) == 1
    journey.days(7)
    the_letters_go_to_the_post(admin, journey)
    journey.days(7)
    collector = journey.sign_in("collector", account(journey.ours, Role.COLLECTOR))
    the_collector_works_by_keyboard(collector, journey)
    journey.days(6)
    the_collector_negotiates_by_keyboard(collector, journey)

    before = len(journey.site.mails_to(DEBTOR))
    link = eventually(lambda: journey.site.mails_to(DEBTOR)[before - 1 :])[-1].links[0]
    the_debtor_signs_and_pays(journey, link)
    eventually(lambda: journey.case_of(SHARED).balance == 10_250_00)

    accountant = journey.sign_in("accountant", account(journey.ours, Role.ACCOUNTANT, enrolled=True))
    the_accountant_records_a_transfer(accountant, journey)
    the_supervisor_hands_over(journey)
    journey.days(10)
    the_accountant_closes_the_month(accountant, journey)
    the_client_sees_the_figures(client, journey)
    the_other_agency_sees_nothing(journey)


def add_the_client(page: Page, journey: Journey) -> None:
    page.goto(f"{journey.site.url}/clients/new")
    page.get_by_label("Nombre comercial").fill("Aceros Ficticios")
    page.get_by_label("Razón social").fill("Aceros Ficticios, S.A. de C.V.")
    page.locator("#rest_rate").fill("20")
    page.locator("#tax").fill("16")
    page.locator("#max_discount").fill("10")
    page.locator("#max_instalments").fill("4")
    page.locator("#min_instalment").fill("500")
    page.locator("#valid_from").fill("01/01/2026")
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator("h1")).to_contain_text("Aceros Ficticios")


def the_client_joins(admin: Page, journey: Journey) -> Page:
    admin.goto(f"{journey.site.url}/people/invite")
    admin.get_by_label("Nombre").fill("Clara Cliente")
    admin.get_by_label("Correo").fill("clara@aceros.example")
    admin.get_by_label("Rol", exact=True).select_option("client_admin")
    admin.get_by_label("Cliente").select_option(label="Aceros Ficticios")
    admin.get_by_role("button", name="Mandar la invitación").click()
    expect(admin.locator("h1")).to_have_text("Personas")
    link = eventually(lambda: journey.site.mails_to("clara@aceros.example"))[0].links[0]
    page = journey.window("client")
    page.goto(link)
    page.get_by_label("Elige una contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url("**/portal")
    return page


def the_client_uploads(page: Page, journey: Journey, folder: Path) -> None:
    file = folder / "cartera_marzo.csv"
    text = a_file(("A-2231", "12/01/2026", "12000,00"), ("A-2232", "20/01/2026", "8500,00"))
    file.write_text(text + OTHER_LINE, encoding="utf-8")
    page.goto(f"{journey.site.url}/portal/placements/new")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator("#columns")).to_be_visible()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("link", name="Continuar").click()
    expect(page.locator("main")).to_contain_text("24,600.00")
    page.get_by_role("button", name="Cargar 3 adeudos").click()
    expect(page.get_by_role("link", name=re.compile("[Aa]cuse")).first).to_be_visible(timeout=30_000)


OTHER_LINE = (
    f"A0002;{OTHER};;B-0001;05/01/2026;MXN;4100,00;pagos@imaginarios.example;+524425550143;Calle Inventada 11;"
    "Querétaro;QUE;76000\n"
)


def the_letters_go_to_the_post(page: Page, journey: Journey) -> None:
    page.goto(f"{journey.site.url}/notices/print-batches")
    page.get_by_role("button", name="Hacer un lote").click()
    page.get_by_role("button", name="Marcar como enviadas").click(timeout=60_000)
    expect(page.locator("main")).to_contain_text("Enviadas el")


def the_collector_works_by_keyboard(page: Page, journey: Journey) -> None:
    """From sign-in on no mouse: call, outcome, promise, next; then the next case is put aside."""
    page.goto(f"{journey.site.url}/desk")
    for _ in range(2):
        if SHARED in page.locator("#case-name").inner_text():
            break
        before = page.locator("#case-name").inner_text()
        page.keyboard.press("s")
        expect(page.locator("#snooze")).to_be_visible()
        page.keyboard.press("2")
        expect(page.locator("#case-name")).not_to_have_text(before)
    expect(page.locator("#case-name")).to_contain_text(SHARED)
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Empezar la llamada")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Llamada en curso", exact=True)).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("p")
    expect(page.locator("#amount")).to_be_focused()
    page.keyboard.type("500")
    page.locator("#day").focus()
    page.keyboard.type("+2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Promesa guardada")
    with journey.ours.work() as work:
        promise = work.session.scalars(select(Promise).where(Promise.agency_id == work.agency_id)).one()
        assert (promise.amount, promise.state) == (500_00, "pending")


def the_collector_negotiates_by_keyboard(page: Page, journey: Journey) -> None:
    """The promise was broken: the case is on top, with the reason; a plan within the limits goes out at once."""
    page.goto(f"{journey.site.url}/desk")
    expect(page.locator("#case-name")).to_contain_text(SHARED)
    expect(page.get_by_text("Promesa rota").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#key-help .key-list")).to_contain_text("Convenio")
    page.keyboard.press("Escape")
    expect(page.locator("#key-help")).to_be_hidden()
    page.keyboard.press("c")
    page.wait_for_url("**/negotiate*")
    page.keyboard.press("n")
    expect(page.locator("#count")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    expect(page.locator("#plan")).to_contain_text("10,250.00")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("V-2026-00001")


def the_debtor_signs_and_pays(journey: Journey, link: str) -> None:
    """On a small phone, without script."""
    context = journey.browser.new_context(
        viewport={"width": 360, "height": 740}, locale="es-MX", java_script_enabled=False
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(link)
    expect(page.locator("body")).not_to_contain_text("20,500")
    page.locator("#answer").fill("a0001")
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator("h1")).to_contain_text("Su saldo es")
    page.get_by_role("button", name="Continuar").click()
    expect(page.locator("h1")).to_have_text("Revise su plan")
    page.locator("#signatory").fill("Luis Demo, compras")
    page.locator("#agree").check()
    page.get_by_role("button", name="Firmar el convenio").click()
    expect(page.locator("h1")).to_have_text("Convenio firmado")
    page.get_by_role("link", name=re.compile("Pagar")).click()
    page.get_by_role("button", name=re.compile("con tarjeta")).click()
    page.wait_for_url(f"{journey.site.stripe.url}/**")
    for name, text in {"email": DEBTOR, "number": "4242424242424242", "expiry": "12/34", "cvc": "123",
                       "name": "Luis Demo"}.items():  # fmt: skip
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name=re.compile("10,250")).click()
    page.wait_for_url("**/debtor/outcome/**")

    def paid() -> bool:
        page.reload()
        return "Recibimos su pago" in page.locator("h1").inner_text()

    eventually(paid)
    context.close()


def the_accountant_records_a_transfer(page: Page, journey: Journey) -> None:
    page.goto(f"{journey.site.url}/cases/{journey.case_of(SHARED).id}/payments/new")
    page.locator("#amount").fill("4250")
    page.locator("#reference").fill("SPEI 77")
    page.get_by_role("button", name="Registrar pago").click()
    expect(page.locator("h1")).to_contain_text("R-2026-00002")
    assert journey.case_of(SHARED).balance == 6_000_00


def the_supervisor_hands_over(journey: Journey) -> None:
    lawyer_account = account(journey.ours, Role.LAWYER)
    page = journey.sign_in("supervisor", account(journey.ours, Role.SUPERVISOR))
    page.goto(f"{journey.site.url}/cases/{journey.case_of(OTHER).id}/handoff")
    page.get_by_role("button", name="Pasar a jurídico").click()
    lawyer = journey.sign_in("lawyer", lawyer_account)
    lawyer.goto(f"{journey.site.url}/matters")
    lawyer.get_by_role("link", name=OTHER).click()
    lawyer.get_by_role("button", name="Aceptar").click()
    expect(lawyer.locator("body")).to_contain_text("aceptó el asunto")
    assert journey.case_of(OTHER).stage == "legal"


def the_accountant_closes_the_month(page: Page, journey: Journey) -> None:
    page.goto(f"{journey.site.url}/remittances/new")
    page.locator("#period_to").fill("31/03/2026")
    page.get_by_role("button", name="Ver antes de cerrar").click()
    expect(page.locator("body")).to_contain_text("14,500.00")
    page.get_by_role("button", name="Cerrar el periodo").click()
    page.wait_for_url(re.compile("/remittances/[0-9a-f-]{36}"))
    eventually(lambda: page.reload() and page.get_by_role("link", name="PDF").count())


def the_client_sees_the_figures(page: Page, journey: Journey) -> None:
    page.goto(f"{journey.site.url}/portal")
    expect(page.locator("main")).to_contain_text("14,500")
    page.goto(f"{journey.site.url}/portal/remittances")
    page.get_by_role("link", name=re.compile("M-2026-")).first.click()
    expect(page.locator("main")).to_contain_text("14,500.00")


def the_other_agency_sees_nothing(journey: Journey) -> None:
    page = journey.sign_in("other", account(journey.theirs, Role.ADMIN, enrolled=True))
    paths = {link.get_attribute("href") for link in page.locator("nav a").all()}
    assert len(paths) > 10
    for path in sorted(
        {path for path in paths if path and path.startswith("/")} | {"/search?q=Tornillo", "/cases?q=A-2231"}
    ):
        page.goto(journey.site.url + path)
        text = page.content()
        found = [secret for secret in SECRETS if secret in text and secret not in path]
        assert not found, f"{path} shows {found}"
    page.goto(f"{journey.site.url}/search?q=Tornillo")
    expect(page.locator("main")).to_contain_text(SHARED)
    for foreign in _addresses(journey.case_of(SHARED).id):
        answer = page.goto(journey.site.url + foreign)
        assert answer is not None
        assert answer.status == 404, foreign


def _addresses(case_id: UUID) -> list[str]:
    return [f"/cases/{case_id}", f"/desk/cases/{case_id}", f"/cases/{case_id}/negotiate", f"/cases/{case_id}/handoff"]
