"""The collector's desk by keyboard alone: letters of a note do nothing else, what leaves takes two acts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from kernel.clock import ManualClock
from legal.records.tables import ContactAttempt
from recobro.cases import service as cases
from recobro.cases.tables import CaseNote
from recobro.desk.tables import Call
from recobro.notices.tables import Notice
from tenants.roles import Role
from tests.support.accounts import account
from tests.support.site import Site
from tests.support.world import World, make_world

TUESDAY = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # eleven in Mexico City
FIRST, SECOND = "Ferretería El Tornillo Feliz", "Abarrotes La Prueba"


@dataclass
class Desk:
    """A collector's window with two cases in the queue."""

    page: Page
    world: World
    first: UUID

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def rows(self, table: type) -> list[object]:
        """What the agency has of a table."""
        with self.world.work() as work:
            own = table.agency_id == work.agency_id  # type: ignore[attr-defined]
            found: list[object] = list(work.session.scalars(select(table).where(own)))
            work.session.expunge_all()
            return found


@pytest.fixture
def desk(browser: Browser, site: Site) -> Iterator[Desk]:
    world = make_world("MX", clock=ManualClock(TUESDAY))
    client_id = world.client()
    first, second = (world.case(client_id, name=name) for name in (FIRST, SECOND))
    with world.work() as work:
        cases.put_in_queue(work, cases.open_case(work, first), reason="Promesa rota", priority=800)
        cases.put_in_queue(work, cases.open_case(work, second), reason="Nuevo")
    collector = account(world, Role.COLLECTOR)
    site.move_to(TUESDAY, world.agency_id)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="es-MX", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Correo").fill(collector.email)
    page.get_by_label("Contraseña").fill(collector.password)
    page.keyboard.press("Enter")
    expect(page.locator("#case-name")).to_have_text(FIRST)
    page.wait_for_load_state()  # keys are bound when the page has loaded, which is after it can be read
    yield Desk(page, world, first)
    context.close()


def test_a_note_takes_every_letter_and_is_kept_until_it_is_saved(desk: Desk) -> None:
    page = desk.page
    desk.press("n")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("la esposa pide copia")
    desk.press("Tab", "l", "e", "s", "1")
    expect(page.locator("#private-note")).to_be_visible()
    assert desk.rows(Call) == desk.rows(ContactAttempt) == desk.rows(Notice) == []

    desk.press("Escape")
    expect(page.locator("#private-note")).to_be_hidden()
    desk.press(".")
    page.wait_for_url(f"**/cases/{desk.first}")
    expect(page.locator("#text")).to_have_value("la esposa pide copia")
    page.go_back()
    desk.press("n")
    expect(page.locator("#text")).to_have_value("la esposa pide copia")
    desk.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Nota guardada")
    assert [note.text for note in desk.rows(CaseNote)] == ["la esposa pide copia"]  # type: ignore[attr-defined]
    desk.press("n")
    expect(page.locator("#text")).to_have_value("")


def test_a_call_counts_after_a_second_act(desk: Desk) -> None:
    desk.press("l")
    expect(desk.page.get_by_role("button", name="Empezar la llamada")).to_be_focused()
    assert desk.rows(ContactAttempt) == []
    desk.press("Escape")
    expect(desk.page.locator("#call")).to_be_hidden()
    assert desk.rows(Call) == []

    desk.press("l", "Enter")

    expect(desk.page.get_by_text("Llamada en curso", exact=True)).to_be_visible()
    assert len(desk.rows(ContactAttempt)) == 1


def test_an_email_is_seen_before_it_leaves_and_can_be_taken_back(desk: Desk) -> None:
    page = desk.page
    desk.press("e")
    expect(page.locator("#write-key")).to_be_focused()
    expect(page.locator("#composer")).to_contain_text("Se permite")
    expect(page.locator("#composer")).to_contain_text("Para: pagos@tornillo.example")
    expect(page.locator("#composer")).to_contain_text("referencia C-2026-00001")
    page.locator("#write-key").select_option("note")
    expect(page.locator("#write-message")).to_be_visible()
    assert desk.rows(Notice) == []
    page.locator("#write-key").select_option("second-2")
    expect(page.locator("#write-message")).to_be_hidden()

    desk.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("Mensaje en camino")
    assert [notice.template for notice in desk.rows(Notice)] == ["second-2"]  # type: ignore[attr-defined]
    desk.press("z")
    expect(page.locator("#toasts")).to_contain_text("no se enviará")
    expect(page.locator("#case-name")).to_have_text(FIRST)
    assert [notice.state for notice in desk.rows(Notice)] == ["cancelled"]  # type: ignore[attr-defined]


def test_from_the_amount_of_a_promise_one_tab_leads_to_its_day(desk: Desk) -> None:
    desk.press("p")
    expect(desk.page.locator("#amount")).to_be_focused()
    desk.page.keyboard.type("500")
    desk.press("Tab")
    expect(desk.page.locator("#day")).to_be_focused()
    desk.page.keyboard.type("vie")
    expect(desk.page.locator("#email")).to_be_hidden()
    desk.press("Control+Enter")
    expect(desk.page.locator("#toasts")).to_contain_text("Promesa guardada: $500.00 el 6 mar 2026")
    assert desk.rows(Notice) == []


def test_a_digit_puts_a_case_aside_and_z_brings_it_back(desk: Desk) -> None:
    desk.press("s")
    expect(desk.page.locator("#snooze")).to_be_visible()
    desk.press("2")
    expect(desk.page.locator("#case-name")).to_have_text(SECOND)
    expect(desk.page.locator("#toasts")).to_contain_text("Pospuesto hasta")
    desk.press("z")
    expect(desk.page.locator("#case-name")).to_have_text(FIRST)


def test_a_toast_covers_nothing_that_is_to_be_pressed(desk: Desk) -> None:
    page = desk.page
    covered = """() => {
      const toast = document.querySelector('.message').getBoundingClientRect();
      return [...document.querySelectorAll('main .button-primary')].filter((button) => {
        const box = button.getBoundingClientRect();
        return box.width && box.left < toast.right && box.right > toast.left
          && box.top < toast.bottom && box.bottom > toast.top;
      }).map((button) => button.innerText);
    }"""
    for width, height in ((1440, 900), (1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        desk.press("n")
        page.keyboard.type("Una nota")
        desk.press("Control+Enter")
        expect(page.locator(".message")).to_be_visible()
        page.get_by_role("button", name="Guardar resultado y siguiente").scroll_into_view_if_needed()
        assert page.evaluate(covered) == [], width
        page.get_by_role("button", name="Guardar resultado y siguiente").evaluate("b => b.scrollIntoView(false)")
        assert page.evaluate(covered) == [], width
