"""What axe finds wrong with a page."""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What is well is much to carry out of the browser, and nobody asks for it. Of many rows the first ones tell of all.
_RUN = """(runOnly) => axe.run({include: document, exclude: ["tbody > tr:nth-child(n + 9)"]},
  {runOnly, preload: false, iframes: false, resultTypes: ["violations"]}).then((results) =>
  results.violations.map((one) => [one.id, one.nodes[0].html.slice(0, 120)]))"""
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def breaches(page: Page, *, rules: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The rules of WCAG 2.2 AA and of good practice (or those named) that the page breaks, each with one element."""
    page.evaluate(AXE_SCRIPT)
    asked = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": STANDARDS}
    return [(rule, html) for rule, html in page.evaluate(_RUN, asked)]
