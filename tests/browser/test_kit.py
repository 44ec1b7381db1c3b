"""The kit in a real browser: readable by all, strict policy kept, worked by keyboard, alive without script."""

import gzip
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from kernel.problems import Invalid
from recobro.web.kit import SCREENS
from recobro.web.readings import Look, read_day
from tests.browser.breaches import breaches
from tests.browser.kit_server import kit_server

LISTEN = """window.violations = [];
const keep = (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
document.addEventListener("securitypolicyviolation", keep);"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with kit_server() as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="es-MX", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def screens() -> list[str]:
    """The kit and its sample screens."""
    return ["", *(f"/{name}" for name in SCREENS)]


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "es-MX", 1280), ("dark", "es-MX", 390), ("dark", "en-US", 1280)]
)
def test_axe_finds_nothing(browser: Browser, address: str, theme: str, locale: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        locale=locale,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        bypass_csp=True,
    )
    tab = context.new_page()
    found = []
    # The words of the components themselves are all on these four.
    chosen = screens() if locale == "es-MX" else ["", "/desk", "/portal", "/debtor"]
    for screen in chosen:
        tab.goto(f"{address}{screen}?theme={theme}")
        found += [(screen, *one) for one in breaches(tab)]
    context.close()
    assert found == []


def test_the_strict_policy_is_never_broken_and_no_other_host_is_asked(page: Page, address: str) -> None:
    page.add_init_script(LISTEN)
    hosts, errors = set(), []
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("pageerror", lambda error: errors.append(str(error)))
    violations = []
    for screen in screens():
        page.goto(f"{address}{screen}")
        page.wait_for_load_state("networkidle")
        if screen == "":
            page.get_by_role("button", name="Atajos", exact=True).click()
            page.keyboard.press("Escape")
            page.locator(".chart-mark").first.hover()
        violations += [(screen, v) for v in page.evaluate("window.violations")]
    assert (violations, errors) == ([], [])
    assert hosts == {address.split("/")[2]}


@pytest.mark.parametrize("screen", screens())
def test_nothing_scrolls_sideways_on_a_small_phone(browser: Browser, address: str, screen: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="es-MX")
    tab = context.new_page()
    tab.goto(f"{address}{screen}")
    wide = tab.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert wide <= 360


def test_a_key_does_what_its_button_does(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name="Buzón")).to_be_checked()
    page.keyboard.press("p")
    expect(page.get_by_label("Importe, MXN")).to_be_focused()
    page.keyboard.type("l")
    expect(page.get_by_label("Importe, MXN")).to_have_value("l")
    page.keyboard.press("Tab")
    page.locator("#case-name").focus()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases")


def test_help_lists_every_key_and_can_switch_single_keys_off(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.keyboard.press("Shift+?")
    dialog = page.get_by_role("dialog", name="Atajos de teclado")
    expect(dialog).to_be_visible()
    bound = set(page.eval_on_selector_all("[data-key]", "all => all.map(e => e.dataset.key)"))
    assert dialog.locator(".key-list > div").count() == len(bound)
    dialog.get_by_role("switch").click()
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="No contesta")).not_to_be_checked()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_the_palette_goes_anywhere(page: Page, address: str) -> None:
    page.goto(f"{address}/portal")
    page.keyboard.press("Control+k")
    page.keyboard.type("cartera")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Enviar cartera")
    page.keyboard.press("Enter")
    page.wait_for_url("**/import")


def test_amounts_hide_for_a_shared_screen(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.keyboard.press("Shift+H")
    expect(page.locator("body")).to_have_class("hide-amounts")


def test_rows_are_chosen_one_by_one_in_ranges_and_all(page: Page, address: str) -> None:
    page.goto(f"{address}/cases")
    picked = page.locator("[data-picked]")
    expect(picked).to_have_text("2")
    boxes = page.locator("tbody .tick")
    boxes.nth(4).click()
    boxes.nth(7).click(modifiers=["Shift"])
    expect(picked).to_have_text("6")
    page.get_by_label("Elegir todas las filas").click()
    expect(picked).to_have_text("18")
    page.get_by_role("button", name="Quitar la selección").click()
    expect(page.locator(".bulk-bar")).to_be_hidden()


def test_what_is_chosen_is_added_up_and_the_whole_list_has_a_tick_of_its_own(page: Page, address: str) -> None:
    page.goto(f"{address}/cases")
    sums, everything = page.locator("[data-picked-sums]"), page.get_by_label("Los 1,284")
    page.get_by_role("button", name="Quitar la selección").evaluate("button => button.click()")
    page.locator(".row-link").first.focus()
    page.keyboard.press("x")
    balance = page.locator("tbody tr").first.locator("td.num").first.inner_text()
    expect(sums).to_have_text(balance)
    everything.check()
    expect(page.locator("[data-picked]")).to_have_text("1,284")
    expect(sums).not_to_have_text(balance)
    page.locator("tbody .tick").nth(2).uncheck()
    expect(everything).not_to_be_checked()


def test_a_chip_fills_its_field_and_a_day_is_echoed(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    page.get_by_role("button", name="½").click()
    expect(page.get_by_label("Importe, MXN")).to_have_value("92,160.28")
    page.get_by_label("Día").fill("24/11/2026")
    expect(page.locator("date-smart output")).to_have_text("mar 24 nov 2026")
    page.locator("date-smart").evaluate("element => { element.dataset.today = '2031-05-01'; }")
    page.get_by_label("Día").fill("+1")
    expect(page.locator("date-smart output")).to_have_text("vie 2 may 2031")


def test_an_amount_is_tidied_when_left(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    field = page.get_by_label("Importe, MXN")
    field.fill("60k")
    field.blur()
    expect(field).to_have_value("60,000.00")


def test_the_browser_reads_days_as_the_server_does(page: Page, address: str) -> None:
    page.goto(f"{address}/desk")
    module = page.locator("script[type=module]").get_attribute("src").replace("app.js", "reading.js")  # type: ignore[union-attr]
    typed = [
        *("24", "5", "31", "24/11", "3/4", "24-11-26", "2026-11-24", "24 de noviembre", "1 dec 2027", "vie", "sábado"),
        *("hoy", "mañana", "+3", "quincena", "fin de mes", "ayer", "-3", "nunca", "30/02", "32", ""),
    ]
    script = """async ([url, typed, y, m, d, back]) => {
      const { readDay } = await import(url);
      return typed.map((text) => {
        const found = text ? readDay(text, new Date(y, m - 1, d), back) : null;
        return found ? [found.getFullYear(), found.getMonth() + 1, found.getDate()] : null;
      });
    }"""
    for today, look in product((date(2026, 11, 20), date(2026, 2, 15), date(2026, 12, 31), date(2026, 3, 1)), Look):
        asked = [module, typed, today.year, today.month, today.day, look is Look.BACK]
        answers: list[Any] = page.evaluate(script, asked)
        for text, answer in zip(typed, answers, strict=True):
            try:
                meant: date | None = read_day(text, today, look=look)
            except Invalid:
                meant = None
            assert (text, answer) == (text, [meant.year, meant.month, meant.day] if meant else None)


def test_a_part_of_the_page_is_answered_with_a_toast_and_the_token_is_sent(page: Page, address: str) -> None:
    page.add_init_script(LISTEN)
    page.goto(address.replace("/dev/kit", "/asking"))
    page.get_by_label("Palabra").fill("hola")
    page.get_by_role("button", name="Preguntar").click()
    expect(page.locator("#answer")).to_have_text("hola, token the-token")
    expect(page.locator("#toasts toast-note")).to_contain_text("Guardado hola")
    page.get_by_role("button", name="Cerrar").last.click()
    expect(page.locator("#toasts toast-note")).to_have_count(0)
    assert page.evaluate("window.violations") == []


def test_a_refused_form_is_swapped_in_and_takes_the_focus(page: Page, address: str) -> None:
    page.goto(address.replace("/dev/kit", "/asking"))
    page.get_by_role("button", name="Preguntar").click()
    expect(page.locator("#errors")).to_be_focused()


def test_a_job_bar_follows_its_job_to_the_end(page: Page, address: str) -> None:
    page.goto(address.replace("/dev/kit", "/asking"))
    bar = page.locator(".job-bar")
    expect(bar).to_contain_text("3 de 3", timeout=8000)
    expect(bar).not_to_have_attribute("hx-get", "/job")


def test_what_cannot_be_done_says_why(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="No se puede").click(force=True)
    expect(page.locator("#toasts")).to_contain_text("Hoy es domingo")


def test_leaving_a_changed_form_asks_first(page: Page, address: str) -> None:
    page.goto(f"{address}/form")
    asked = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    # A browser asks only who has touched the page.
    page.get_by_label("Razón social").click()
    page.keyboard.type("Aceros Ficticios")
    page.goto(f"{address}/desk")
    assert asked == ["beforeunload"]


def test_the_menu_opens_on_a_phone_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="es-MX", java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/portal")
    entry = tab.get_by_role("link", name="Mis casos")
    expect(entry).to_be_hidden()
    tab.get_by_role("button", name="Abrir el menú").click()
    expect(entry).to_be_visible()
    context.close()


def test_the_theme_is_chosen_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="es-MX", java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/portal")
    tab.get_by_role("button", name="Tu cuenta: Ana Prueba").click()
    tab.get_by_role("button", name="Oscura").click()
    expect(tab.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 28)"
    context.close()


def test_the_debtors_page_has_no_script_and_is_light(page: Page, address: str) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda r: sizes.update({r.url: weight(r.url, r.body())}))
    page.goto(f"{address}/debtor")
    page.wait_for_load_state("networkidle")
    assert [url for url in sizes if url.endswith(".js")] == []
    assert sum(sizes.values()) <= 60_000


def test_a_staff_page_is_within_its_weight(page: Page, address: str) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda r: sizes.update({r.url: weight(r.url, r.body())}))
    page.goto(f"{address}/desk")
    page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) <= 220_000


def weight(url: str, body: bytes) -> int:
    """Bytes on the wire: compressed, but for fonts that are already."""
    return len(body) if url.endswith(".woff2") else len(gzip.compress(body, 6))


def test_every_target_of_the_debtor_is_large_enough_for_a_thumb(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="es-MX")
    tab = context.new_page()
    small = []
    for screen in ("debtor", "debtor-plan"):
        tab.goto(f"{address}/{screen}")
        targets = tab.locator("main a, main button, main summary, main label:has(input), header summary")
        for target in targets.all():
            box = target.bounding_box()
            if box and box["height"] < 48:
                small.append((screen, target.inner_text(), box["height"]))
    context.close()
    assert small == []


def test_after_a_refused_upload_the_page_still_takes_a_file_and_a_double_click_sends_it_once(
    page: Page, address: str, tmp_path: Path
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    bad, good = tmp_path / "no.exe", tmp_path / "cartera.csv"
    for file in (bad, good):
        file.write_text("a,b\n1,2\n")
    page.goto(f"{address.removesuffix('/dev/kit')}/give")
    page.locator("input[type=file]").set_input_files(bad)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_text("No es una hoja.")).to_be_visible()

    page.locator("input[type=file]").set_input_files(good)
    expect(page.locator("file-drop output")).to_contain_text("cartera.csv")
    page.get_by_role("button", name="Continuar").dblclick()
    page.wait_for_url("**/dev/kit/cases?asked=2")

    assert errors == []
