"""A Spanish firm's file from upload to undo without a mouse: read, mended by cause, committed, taken back; axe finds
nothing on the way."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import func, select

from recobro.cases.tables import Debt
from recobro.intake import service
from recobro.web.requests import COOKIE
from tenants.roles import Role
from tenants.tables import Client
from tests.browser.breaches import breaches
from tests.support.files import previewed
from tests.support.pages import sign_in
from tests.support.site import Site
from tests.support.world import World, make_world

# Every press of a mouse or finger, on whatever page.
WATCH = """for (const name of ["mousedown", "pointerdown", "touchstart"]) addEventListener(name, () =>
  sessionStorage.setItem("pressed", "yes"), true);"""
HEADS = "NIF;Razón social;Nº factura;Fecha factura;Vencimiento;Importe pendiente;Moneda;Teléfono"


def file_of_a_spanish_firm() -> bytes:
    """Semicolons, decimal commas, Windows-1252; some rows wrong in four ways."""

    def row(number: int, due: str = "", currency: str = "EUR", issued: str = "01/07/2026") -> str:
        due = due or f"{13 + number % 15}/08/2026"
        return (f"A{10_000_000 + number};Suministros Año {number}, S.L.;F-{number};{issued};{due};1.{200 + number},50;"
                f"{currency};+34 600 100 {200 + number}")  # fmt: skip

    rows = [
        *(row(number) for number in range(1, 31)),
        *(row(number, currency="E.") for number in range(31, 37)),
        *(row(37 + at, due=due) for at, due in enumerate(("30/02/2026", "31/04/2026", "31/06/2026"))),
        *(row(number, due=" ") for number in range(40, 42)),
        "Total;;;;;49.000,00;;",
    ]
    return "\r\n".join([HEADS, *rows, ""]).encode("cp1252")


@dataclass
class Window:
    """A supervisor's window, and what they may press."""

    page: Page
    world: World

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, words: str) -> None:
        """Tab until what has the focus says these words."""
        for _ in range(80):
            self.press("Tab")
            if words in (self.page.evaluate("document.activeElement.innerText") or ""):
                return
        raise AssertionError(f"no way to «{words}» by the keyboard")

    def is_well(self) -> None:
        """Axe finds nothing wrong with the page."""
        assert breaches(self.page) == []

    def waits_for(self, debts: int) -> None:
        """Until the jobs have made so many debts."""
        for _ in range(300):
            if self.debts() == debts:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{self.debts()} debts after half a minute, not {debts}")

    def debts(self) -> int:
        """How many debts the agency has."""
        with self.world.work() as work:
            return work.session.scalar(select(func.count()).where(Debt.agency_id == work.agency_id)) or 0


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Window]:
    world = make_world("ES")
    world.client()
    site.agencies.append(world.agency_id)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="es-ES", color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": COOKIE, "value": sign_in(world.principal(Role.SUPERVISOR)), "url": site.url}])
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{site.url}/placements")
    with site.working():
        yield Window(page, world)
    context.close()


def test_a_file_is_read_mended_committed_and_undone_by_keyboard_alone(window: Window, tmp_path: Path) -> None:
    page, path = window.page, tmp_path / "cartera.csv"
    path.write_bytes(file_of_a_spanish_firm())
    window.press("n")
    page.wait_for_url("**/placements/new", wait_until="load")  # its scripts hear the file and the keys only then
    page.locator("#file").set_input_files(path)
    window.press("Control+Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Cargar un archivo")
    expect(page.locator("#columns")).to_contain_text("decimales con «,»")
    window.is_well()
    window.press("Control+Enter")

    headline = page.locator(".mend-head")
    expect(headline).to_have_text("11 filas por corregir")
    expect(page.locator("details[name=cause] h3")).to_have_text(
        ["Moneda · moneda desconocida", "Vencimiento · fecha imposible", "Vencimiento · sin vencimiento"]
    )
    window.is_well()
    # Reading begins at the first cause, which is open; of the causes one is open at a time.
    first, second = page.locator("#bad_currency-6"), page.locator("#bad_day-4")
    expect(first).to_be_focused()
    window.press("j")
    expect(second).to_be_focused()
    expect(first).not_to_have_attribute("open", "")
    window.press("k")
    expect(first).to_be_focused()
    window.press("Enter")
    field = first.get_by_role("textbox").first
    expect(field).to_be_focused()
    expect(field).to_have_value("EUR")
    # What would change is told before it is kept.
    page.keyboard.type("EURO")
    window.press("Tab")
    expect(page.locator("#tried-bad_currency-6-values")).to_have_text("Cambiarían 6 filas: todas se leerían bien.")
    window.press("Control+Enter")
    expect(headline).to_have_text("5 filas por corregir")

    # The focus is at the next cause. Each of these rows has a day of its own.
    days = second
    expect(days).to_be_focused()
    expect(days).to_contain_text(
        "Fila 38, columna Vencimiento: esperábamos una fecha (d/m/a), encontramos «30/02/2026»."
    )
    window.press("Enter")
    expect(days.get_by_role("textbox").first).to_be_focused()
    for day in ("28/02/2026", "30/04/2026", "30/06/2026"):
        page.keyboard.type(day)
        window.press("Tab")
    window.press("Shift+Tab", "Control+Enter")
    expect(headline).to_have_text("2 filas por corregir")
    expect(page.locator("main")).to_contain_text("fila 39: «31/04/2026»")

    term = page.locator("#no_due-4")
    expect(term).to_be_focused()
    window.press("Enter")
    page.keyboard.type("30")
    window.press("Enter")
    expect(headline).to_have_count(0)
    expect(page.locator("main")).to_contain_text("fila de título o de totales")
    window.is_well()

    window.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmar la carga")
    expect(page.locator("main")).to_contain_text("50.081,50")
    window.is_well()
    window.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("Deshacer carga", timeout=15_000)
    assert window.debts() == 41
    expect(page.locator("main")).to_contain_text("Correcciones hechas")
    window.is_well()

    undo(window)
    assert page.evaluate("sessionStorage.getItem('pressed')") is None


CARTERA = "NIF;Deudor;Factura;Vencimiento;Importe\nA10000001;Uno Demo SL;F-1;17/09/2026;100,00\n"


def test_conflicts_are_decided_by_keyboard_alone(window: Window, tmp_path: Path) -> None:
    page, path = window.page, tmp_path / "cartera.csv"
    with window.world.work() as work:
        client_id = work.session.scalars(select(Client.id).where(Client.agency_id == work.agency_id)).one()
    first = previewed(window.world, client_id, CARTERA + CARTERA.split("\n")[1].replace("F-1", "F-2"), kind="placement")
    with window.world.work() as work:
        service.confirm(work, first.id)
    window.waits_for(2)
    second = CARTERA.replace("100,00", "150,00") + CARTERA.split("\n")[1].replace("F-1;17", "F-2;18")
    path.write_text(second, encoding="utf-8")
    window.press("n")
    page.wait_for_url("**/placements/new", wait_until="load")  # its scripts hear the file and the keys only then
    page.locator("#file").set_input_files(path)
    window.press("Control+Enter")
    expect(page.locator("#columns")).to_be_visible(timeout=15_000)
    window.press("Control+Enter")

    amounts, days = page.locator("#conflict-known_amount"), page.locator("#conflict-known_due")
    expect(amounts).to_be_visible()
    window.press("j")
    expect(amounts).to_be_focused()
    window.press("Enter")
    expect(amounts.get_by_role("combobox")).to_be_focused()
    window.is_well()
    page.keyboard.type("Tomar")
    window.press("Control+Enter")
    expect(amounts).to_be_focused()
    expect(amounts).to_contain_text("1 decidida")
    expect(amounts.get_by_role("combobox")).to_have_value("take")
    window.press("j", "Enter")
    expect(days.get_by_role("combobox")).to_be_focused()
    window.tab_to("Conservar lo que ya está en todas")
    window.press("Enter")
    expect(days).to_contain_text("1 decidida")
    window.is_well()
    window.tab_to("Continuar")
    window.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmar la carga")
    window.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("Decididas · se toma el importe del archivo", timeout=15_000)
    with window.world.work() as work:
        debts = work.session.scalars(select(Debt).where(Debt.agency_id == work.agency_id).order_by(Debt.reference))
        assert [(debt.original, debt.due_on.day) for debt in debts] == [(150_00, 17), (100_00, 17)]
    window.is_well()
    assert page.evaluate("sessionStorage.getItem('pressed')") is None


def undo(window: Window) -> None:
    """Take it back: what nobody touched is gone."""
    heading = window.page.get_by_role("heading", level=1, name="Deshacer la carga")
    for _ in range(3):
        window.tab_to("Deshacer carga")
        window.press("Enter")
        with suppress(PlaywrightTimeout):
            # The page may have come anew just then, with the acknowledgement: who looks presses again.
            heading.wait_for(timeout=5_000)
            break
    expect(heading).to_be_visible()
    window.is_well()
    window.press("Control+Enter")
    expect(window.page.locator("main")).to_contain_text("Esta carga se deshizo", timeout=15_000)
    limit = time.monotonic() + 5
    while window.debts() and time.monotonic() < limit:
        time.sleep(0.1)
    assert window.debts() == 0
    window.is_well()
