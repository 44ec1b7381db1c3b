"""Duplicates by keyboard alone: compare, join with a reason, take back, keep apart; and nothing axe finds wrong."""

from uuid import UUID

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from recobro.cases import service as cases
from recobro.twins.finding import find_of_debtors
from recobro.twins.tables import DebtorPair
from tenants.roles import Role
from tests.browser.breaches import breaches
from tests.support.accounts import account
from tests.support.site import Site
from tests.support.world import make_world


def test_a_supervisor_settles_duplicates_by_keyboard(browser: Browser, site: Site) -> None:
    world = make_world("MX")
    client_id = world.client()
    one = world.case(client_id, customer_ref="379")
    other = world.case(client_id, name="Ferreteria el Tornillo Feliz SA de CV", customer_ref="00379", email="")
    world.case(client_id, name="Tornillo Feliz Ferretería", customer_ref="0379", phone="")
    with world.work() as work:
        ids = [cases.open_case(work, each).debtor_id for each in (one, other)]
        find_of_debtors(work, client_id=client_id, ids=ids)

    def states() -> list[str]:
        with world.work() as work:
            return sorted(work.session.scalars(select(DebtorPair.state)))

    def code(case_id: UUID) -> str:
        with world.work() as work:
            return cases.open_case(work, case_id).close_code

    supervisor = account(world, Role.SUPERVISOR)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="es-MX", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Correo").fill(supervisor.email)
    page.get_by_label("Contraseña").fill(supervisor.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/twins")
    assert breaches(page) == []
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Es el mismo deudor?")
    assert breaches(page) == []

    page.keyboard.press("m")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("Mismo teléfono y km")
    assert states() == ["proposed"] * 3
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Son un solo deudor")
    assert states() == ["merged", "proposed", "proposed"]
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Son otra vez dos deudores")
    assert (code(one), code(other)) == ("", "")

    page.goto(f"{site.url}/twins")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/twins/*")
    page.keyboard.press("k")
    expect(page.locator("#toasts")).to_contain_text("Quedan separados")
    assert states() == ["kept", "proposed", "proposed"]
    context.close()
