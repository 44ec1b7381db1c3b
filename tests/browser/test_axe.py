"""Every page of the product in Chromium, as the person it is for: readable by all, policy kept, no wider than a phone.

Each page is loaded twice under the strict policy: in Spanish and light at 1280 px, where axe asks every rule and no
table scrolls sideways, and in English and dark on a phone, where it asks of colours alone: words do not depend on the
theme. No page is wider than a phone in either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from sqlalchemy import select
from werkzeug.routing import Rule

from legal.records.tables import DecisionRecord, Dispute
from recobro.complaints.tables import Complaint
from recobro.debtor_pages.views import COOKIE as VISIT
from recobro.intake.doors import sources
from recobro.intake.tables import IntakeSource
from recobro.notices.tables import Notice, PrintBatch
from recobro.payments.tables import Payment
from recobro.people.invitations import invite
from recobro.people.resets import ask_reset
from recobro.remittances.tables import Remittance
from recobro.strategies.tables import Strategy
from recobro.web.requests import COOKIE
from tenants.roles import GRANTS, Role
from tenants.tables import Membership
from tests.browser.breaches import breaches
from tests.browser.sample import Sample, live
from tests.support.accounts import Visitor, account
from tests.support.pages import Pages
from tests.support.site import Site
from tests.support.stories import Story, a_story

OF_COLOUR = ["color-contrast", "link-in-text-block"]
LISTEN = """window.violations = [];
const keep = (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
document.addEventListener("securitypolicyviolation", keep);"""
# Files, answers for machines, parts of pages, and what another test looks at (the kit).
NOT_PAGES = (
    "static", "kit.", "site.csrf_token", "site.livez", "site.readyz", "site.home", ".progress", ".document", ".logo",
    ".download", ".paper", "api.",
)  # fmt: skip
ROLES = (Role.ADMIN, Role.COLLECTOR, Role.CLIENT_ADMIN, Role.COUNSEL, Role.OPERATOR, Role.DEBTOR)
# What of a table cannot be seen without scrolling it sideways: the whole, or one of its figures.
UNSEEN = """() => [...document.querySelectorAll(".table-wrap")].filter((wrap) => wrap.offsetParent).flatMap((wrap) => {
  const frame = wrap.getBoundingClientRect();
  const out = (cell) => cell.offsetParent && (cell.getBoundingClientRect().right > frame.right + 1
    || cell.getBoundingClientRect().left < frame.left - 1);
  const cells = [...wrap.querySelectorAll(".num")].filter(out).map((cell) => cell.textContent.trim());
  const scrolls = wrap.scrollWidth > wrap.clientWidth + 1 ? [`${wrap.clientWidth}/${wrap.scrollWidth}`] : [];
  return [...scrolls, ...cells].map((what) => `${wrap.getAttribute("aria-label")}: ${what}`);
})"""
# Text of a debtor's page that sticks out of its card or note, and columns too narrow to read.
CARDS = ".d-card, .d-more, .d-choice, .d-note, .d-button, .d-links"
STICKING = """(cards) => [...document.querySelectorAll(cards)].flatMap((card) => {
  const frame = card.getBoundingClientRect();
  const walk = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width && (box.right > frame.right || box.left < frame.left)) found.push(`out: ${node.data.trim()}`);
  }
  const narrow = [...card.querySelectorAll("th")].filter((cell) => cell.offsetParent && cell.clientWidth < 100);
  return [...found, ...narrow.map((cell) => `narrow: ${cell.textContent.trim()}`)];
})"""
# Pages that show something else besides what their address alone shows.
MORE = ("/cases?view=waiting&sort=-late", "/search?q=Abarrotes", "/people/invite", "/d/unknown")


@dataclass
class Findings:
    """What was wrong, and how many pages were looked at."""

    wrong: list[tuple[str, ...]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Address:
    """One page: its path, and who looks at it (nobody: a stranger), by which cookie."""

    endpoint: str
    path: str
    cookies: Mapping[str, str]


@dataclass
class Everybody:
    """The site, its sample, and a cookie for each role."""

    site: Site
    story: Story
    sample: Sample
    tokens: dict[Role, str]
    links: dict[str, str]

    def addresses(self) -> list[Address]:
        """Every GET page there is."""
        adapter = self.site.app.url_map.bind("127.0.0.1")
        found = []
        for rule in sorted(self.site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if "GET" not in (rule.methods or ()) or any(part in rule.endpoint for part in NOT_PAGES):
                continue
            if rule.rule.endswith((".csv", ".pdf")) or "ending" in rule.arguments:
                continue
            role = self._role(rule)
            for values in self._values(rule):
                path = adapter.build(rule.endpoint, values)
                found.append(Address(rule.endpoint, path, self._cookies(role, rule)))
        for path in MORE:
            role = None if path.startswith("/d/") else Role.ADMIN
            found.append(Address(path, path, self._cookies(role, None)))
        placement = f"/placements/{self.sample.open_placement}"
        ledger = f"/cases/{self.sample.offered}/consents"
        for act in ("", "grant", "stop", "inconvenient", "lawyer", "employer"):
            found.append(Address("act", f"{ledger}?act={act}", self._cookies(Role.ADMIN, None)))
        with self.story.looking() as work:
            dispute = work.session.scalars(select(Dispute.id).where(Dispute.case_id == self.sample.offered)).one()
        path = f"/cases/{self.sample.offered}/disputes/{dispute}"
        found.append(Address("dispute", path, self._cookies(Role.ADMIN, None)))
        found.append(Address("closed", "/complaints?view=all", self._cookies(Role.ADMIN, None)))
        for step in ("review", "confirm"):
            found.append(Address(step, f"{placement}?step={step}", self._cookies(Role.ADMIN, None)))
        return found

    def _role(self, rule: Rule) -> Role | None:
        needed = getattr(self.site.app.view_functions[rule.endpoint], "needs", None)
        if needed is None:
            return None
        if rule.rule.startswith("/portal"):
            return Role.CLIENT_ADMIN
        return next(role for role in ROLES if needed in GRANTS[role])

    def _cookies(self, role: Role | None, rule: Rule | None) -> Mapping[str, str]:
        if role is Role.DEBTOR:
            endpoint = rule.endpoint if rule else ""
            state = {"debtor_pages.review": "offered", "debtor_pages.signed": "running"}.get(endpoint, "free")
            return {VISIT: self.sample.visits[state].cookie}
        return {COOKIE: self.tokens[role]} if role else {}

    def _values(self, rule: Rule) -> Iterator[dict[str, Any]]:
        names = set(rule.arguments)
        if not names:
            yield {}
        elif names == {"token"}:
            yield {"token": self.links.get(rule.endpoint, self.sample.visits["offered"].token)}
        elif names == {"case_id"}:
            cases = [self.sample.promised]
            if rule.endpoint in ("cases.show_case", "portal.show_case"):
                cases += [self.sample.running, self.sample.handed]
            yield from ({"case_id": case_id} for case_id in cases)
        elif names == {"placement_id"}:
            yield {"placement_id": self.sample.placement}
            yield {"placement_id": self.sample.open_placement}
        elif names <= set(self._known()):
            yield {name: self._known()[name] for name in names}

    def _known(self) -> dict[str, Any]:
        tables: Mapping[str, Any] = {
            "decision_id": DecisionRecord, "notice_id": Notice, "batch_id": PrintBatch, "payment_id": Payment,
            "remittance_id": Remittance, "strategy_id": Strategy, "membership_id": Membership,
            "source_id": IntakeSource, "complaint_id": Complaint,
        }  # fmt: skip
        with self.story.looking() as work:
            found: dict[str, Any] = {
                name: work.session.scalars(
                    select(table.id).where(table.agency_id == work.agency_id).order_by(table.id).limit(1)
                ).first()
                for name, table in tables.items()
            }
        found |= {"client_id": self.story.client_id, "matter_id": self.sample.matter}
        found |= {"country": "MX", "place": "mx", "pack_id": "mx"}
        found["agreement_id"] = self._agreement()
        return {name: value for name, value in found.items() if value is not None}

    def _agreement(self) -> UUID:
        from recobro.agreements.service import live_agreement

        with self.story.looking() as work:
            agreement = live_agreement(work, self.sample.running)
            assert agreement is not None
            return agreement.id


@pytest.fixture(scope="module")
def everybody(site: Site) -> Iterator[Everybody]:
    with a_story(site, "2026-03-02") as story:
        sample = live(story)
        with story.as_(Role.ADMIN) as work:
            senders = ["cuentas@aceros.example"]
            sources.add_email(work, client_id=story.client_id, name="Correo", senders=senders, auto_confirm=True)
        tokens = {}
        for role in (Role.ADMIN, Role.COLLECTOR, Role.COUNSEL):
            tokens[role] = _cookie(Pages(site.app, story.people[role]))
        client = story.world.principal(Role.CLIENT_ADMIN, client_id=story.client_id, name="Clara Cliente")
        tokens[Role.CLIENT_ADMIN] = _cookie(Pages(site.app, client))
        olga = account(None, enrolled=True)
        visitor = Visitor(site.app)
        visitor.sign_in(olga)
        visitor.send("/sign-in/second-factor", {"code": olga.code()})
        tokens[Role.OPERATOR] = _cookie(visitor)
        yield Everybody(site, story, sample, tokens, _links(story))


def _links(story: Story) -> dict[str, str]:
    """The secret parts of an invitation's and a reset's link, out of their mails."""
    asked = {"people.accept_invitation": "nueva@recobro.example", "people.reset": account(story.world).email}
    with story.as_(Role.ADMIN) as work:
        invite(work, email=asked["people.accept_invitation"], name="Nora Nueva", role=Role.COLLECTOR)
    ask_reset(asked["people.reset"], ip="203.0.113.7")
    story.run()
    return {endpoint: story.site.mails_to(email)[-1].links[0].rsplit("/", 1)[1] for endpoint, email in asked.items()}


def _cookie(pages: Pages) -> str:
    found = pages.client.get_cookie(COOKIE)
    assert found is not None
    return found.value


def _context(browser: Browser, language: str, **more: Any) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale=language, reduced_motion="reduce", **more
    )  # fmt: skip
    context.add_init_script(LISTEN)
    return context


def _go(site: Site, page: Page, address: Address, language: str = "es-MX", theme: str = "light") -> str:
    """Load a page as its reader; what is wrong with the answer itself, or nothing."""
    page.context.clear_cookies()
    wanted = {
        **address.cookies,
        "locale": language.replace("-", "_") if language != "en-US" else "en",
        "theme": theme,
    }
    page.context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in wanted.items()])
    try:
        answer = page.goto(site.url + address.path)
    except Error as error:
        return "is no page" if "Download is starting" in error.message else error.message
    assert answer is not None
    expected = 404 if address.path == "/d/unknown" else 200
    if answer.status != expected:
        return f"answers {answer.status}"
    return "" if answer.headers.get("content-type", "").startswith("text/html") else "is no page"


@pytest.mark.parametrize(("language", "theme"), [("es-MX", "light"), ("en-US", "dark")])
def test_every_page_is_readable_by_all_and_keeps_the_policy(
    browser: Browser, everybody: Everybody, language: str, theme: str
) -> None:
    context = _context(browser, language)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    found, tables = Findings(), 0
    for address in everybody.addresses():
        phone = 360 if address.path.startswith(("/d/", "/debtor", "/stop")) else 390
        if theme == "dark" and page.viewport_size != {"width": phone, "height": 800}:
            page.set_viewport_size({"width": phone, "height": 800})
        trouble = _go(everybody.site, page, address, language, theme)
        if trouble:
            if trouble != "is no page":
                found.wrong.append((address.path, trouble))
            continue
        found.seen.add(address.endpoint)
        found.wrong += [(address.path, "policy", one) for one in page.evaluate("window.violations")]
        wide = page.evaluate("document.documentElement.scrollWidth") if theme == "dark" else _narrowed(page, phone)
        found.wrong += [(address.path, "wide", str(wide))] if wide > phone else []
        if theme == "light":
            tables += page.locator(".table-wrap").count() > 0
            found.wrong += [(address.path, "table", str(what)) for what in page.evaluate(UNSEEN)]
        rules = OF_COLOUR if theme == "dark" else ()
        found.wrong += [(address.path, *one) for one in breaches(page, rules=rules)]
        found.wrong += [(address.path, "script", error) for error in errors]
        errors.clear()
    context.close()
    assert not found.wrong, "\n".join(" · ".join(one) for one in found.wrong)
    assert len(found.seen) > 60
    assert tables > 25 or theme == "dark"


def _narrowed(page: Page, phone: int) -> int:
    """How wide the page is on a phone of that width; it is then as wide as it was."""
    wide = page.viewport_size
    assert wide is not None
    page.set_viewport_size({"width": phone, "height": 800})
    found: int = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(wide)
    return found


def test_the_debtors_pages_need_no_script_and_fit_a_small_phone(browser: Browser, everybody: Everybody) -> None:
    context = _context(browser, "es-MX", java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    wrong = []
    for address in everybody.addresses():
        if not address.path.startswith(("/d/", "/debtor", "/stop")):
            continue
        trouble = _go(everybody.site, page, address)
        if trouble == "is no page":
            continue
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        wide = page.evaluate("document.documentElement.scrollWidth")
        sticking = page.evaluate(STICKING, CARDS)
        if trouble or wide > 360 or sticking or page.locator("script").count():
            wrong.append((address.path, trouble, wide, sticking))
    context.close()
    assert wrong == []


def test_on_a_phone_each_row_of_a_list_is_a_card_with_its_amount_in_sight(
    browser: Browser, everybody: Everybody
) -> None:
    context = _context(browser, "es-MX")
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    wrong = []
    lists = ("/cases", "/payments", "/promises", "/agreements", "/remittances", "/ledger", "/matters", "/clients",
             "/portal/cases", "/portal/payments", "/portal/remittances")  # fmt: skip
    for address in everybody.addresses():
        if address.path not in lists:
            continue
        trouble = _go(everybody.site, page, address)
        row = page.locator(".data-table-cards > tbody > tr").first
        shown = row.evaluate("(row) => [getComputedStyle(row).display, row.querySelector('.num')?.innerText]")
        wrong += [(address.path, trouble, *shown)] if trouble or shown[0] != "flex" or not shown[1] else []
        wrong += [(address.path, what) for what in page.evaluate(UNSEEN)]
    context.close()
    assert wrong == []
