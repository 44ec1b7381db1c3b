"""What axe finds wrong with a page."""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What is well is much to carry out of the browser, and nobody asks for it.
_RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then((results) =>
  results.violations.map((one) => [one.id, one.nodes[0].html.slice(0, 120)]))"""


def breaches(page: Page, rules: Sequence[str]) -> list[tuple[str, str]]:
    """The rules of these sets that the page breaks, each with the first element that does."""
    page.evaluate(AXE_SCRIPT)
    return [(rule, html) for rule, html in page.evaluate(_RUN, list(rules))]
