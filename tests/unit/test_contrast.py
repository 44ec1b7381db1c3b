"""Colours: every pair of text and ground in use can be read, in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

from recobro.web import charts

CSS = Path(charts.__file__).parent / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
DEBTOR = (CSS / "debtor.css").read_text(encoding="utf-8")

# Text on ground, 4.5:1.
TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "surface-2", "sunken")],
    *[("brand-ink", ground) for ground in ("bg", "surface", "surface-2", "brand-soft", "sunken")],
    *[("ink", ground) for ground in ("brand-soft", "warn-soft", "ok-soft", "neg-soft")],
    *[("ink-2", ground) for ground in ("brand-soft", "ok-soft", "warn-soft", "neg-soft")],
    *[(tone, f"{tone}-soft") for tone in ("neg", "warn", "ok", "info", "legal", "quiet")],
    *[(tone, ground) for tone in ("neg", "warn", "ok", "info") for ground in ("bg", "surface", "surface-2")],
    ("neg", "brand-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
    ("on-bar", "bar"),
    ("on-bar", "bar-raised"),
    *[("on-heat", f"heat-{step}") for step in range(5)],
    *[("on-heat-deep", f"heat-{step}") for step in (5, 6)],
]
# Borders of controls, focus and marks of charts, 3:1.
MARKS = [
    ("line-strong", "surface"),
    ("focus", "surface"),
    ("focus", "surface-2"),
    ("focus", "bg"),
    ("brand", "surface"),
    ("tint-1", "surface"),
    *[(f"answer-{answer}", "surface") for answer in ("allow", "wait", "deny")],
]  # fmt: skip


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb (WCAG)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens(theme: int) -> dict[str, str]:
    """The colours of a theme: 0 light, 1 dark."""
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
    return {name: (light, dark)[theme] for name, light, dark in found}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(theme: int) -> None:
    colors = tokens(theme)
    weak = {
        f"{ink} on {ground}": round(contrast(colors[ink], colors[ground]), 2)
        for ink, ground in TEXT
        if contrast(colors[ink], colors[ground]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_mark_stands_out_from_its_ground(theme: int) -> None:
    colors = tokens(theme)
    weak = [pair for pair in MARKS if contrast(colors[pair[0]], colors[pair[1]]) < 3]
    assert weak == []


def test_the_chart_palette_stands_out_on_both_surfaces() -> None:
    surfaces = [tokens(theme)["surface"] for theme in (0, 1)]
    assert [c for c in charts.PALETTE for surface in surfaces if contrast(c, surface) < 3] == []


def test_figures_printed_in_a_heat_map_can_be_read_on_paper() -> None:
    inks = ["#17202b"] * 5 + ["#ffffff"] * 2
    assert [t for t, ink in zip(charts.RAMP, inks, strict=True) if contrast(t, ink) < 4.5] == []


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_debtors_page_uses_the_same_colours(theme: int) -> None:
    ours = tokens(theme)
    light, dark = re.findall(r":root \{(.*?)\}", DEBTOR, flags=re.DOTALL)
    theirs = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (light, dark)[theme]))
    assert {name: value for name, value in theirs.items() if ours[name] != value} == {}
