"""Charts: right proportions, honest zero, links to rows, nothing a strict policy would refuse."""

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro.web.charts import (
    Cohort,
    Column,
    axis_values,
    bar,
    heat_map,
    highest_of,
    nice_scale,
    sparkline,
    stacked_bars,
)

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = [Column("oct", (456, 210, 66), "oct: 732", "/cases?month=10"), Column("nov", (322, 142, 48), "nov: 512")]


def drawn(svg: str) -> ElementTree.Element:
    """The chart as a tree: it is well-formed XML."""
    return ElementTree.fromstring(svg)


def columns() -> str:
    axis = [str(v) for v in axis_values(highest_of(MONTHS, 560))]
    return stacked_bars(MONTHS, axis=axis, summary="Recuperado por mes", target=560, target_label="Meta")


def test_heights_are_in_proportion_and_stand_on_zero() -> None:
    bars = [r for r in drawn(columns()).iter(f"{SVG}rect") if r.get("class", "").startswith("series")]
    heights = [float(r.attrib["height"]) + 1.5 for r in bars]
    assert heights[0] / heights[3] == pytest.approx(456 / 322, rel=0.01)
    feet = {round(float(r.attrib["y"]) + float(r.attrib["height"]) + 1.5) for r in bars if r.get("class") == "series-1"}
    assert len(feet) == 1


def test_some_columns_alone_keep_the_scale_of_all() -> None:
    axis = [str(v) for v in axis_values(highest_of(MONTHS))]
    low = stacked_bars(MONTHS[1:], axis=axis, summary="Recuperado por mes", among=MONTHS)
    heights = [
        [r.attrib["height"] for r in drawn(svg).iter(f"{SVG}rect") if r.get("class", "").startswith("series")]
        for svg in (low, stacked_bars(MONTHS, axis=axis, summary="Recuperado por mes"))
    ]
    assert heights[0] == heights[1][3:]


def test_the_three_answers_have_colours_of_their_own_and_the_least_of_them_is_seen() -> None:
    weeks = [Column("2 nov", (400, 12, 1))]
    svg = drawn(stacked_bars(weeks, axis=["0"] * 9, summary="Por semana", verdicts=True))

    bars = {r.attrib["class"]: r.attrib for r in svg.iter(f"{SVG}rect") if r.get("class", "").startswith("series")}
    assert len({bar["fill"] for bar in bars.values()}) == 3
    assert float(bars["series-3"]["height"]) >= 3
    assert float(bars["series-3"]["y"]) + float(bars["series-3"]["height"]) <= float(bars["series-2"]["y"]) + 0.01
    assert "chart-verdicts" in svg.attrib["class"]


def test_a_column_with_an_address_is_a_link_that_says_its_figures() -> None:
    links = list(drawn(columns()).iter(f"{SVG}a"))
    assert [(a.get("href"), a.get("aria-label")) for a in links] == [("/cases?month=10", "oct: 732")]


def test_the_whole_speaks_a_summary_as_a_group() -> None:
    root = drawn(columns())
    assert (root.get("role"), root.get("aria-label")) == ("group", "Recuperado por mes")


def test_words_from_outside_are_escaped() -> None:
    svg = stacked_bars([Column("<b>", (1,), '"><script>', "/x")], axis=["0"] * 5, summary="a & b")
    assert "<script" not in svg
    assert drawn(svg).get("aria-label") == "a & b"


@pytest.mark.parametrize("svg", [columns(), str(bar(3, 4)), str(sparkline([1, 5, 2]))])
def test_no_style_and_no_script(svg: str) -> None:
    assert re.search(r"\bstyle=|<script|\bon\w+=", svg) is None


def test_colours_are_attributes_so_that_paper_has_them() -> None:
    fills = {r.get("fill") for r in drawn(columns()).iter(f"{SVG}rect") if r.get("class", "").startswith("series")}
    assert fills == {"#0b7285", "#4dabb8", "#a3d5da"}


@given(st.integers(min_value=1, max_value=10**12))
def test_an_axis_holds_the_highest_in_few_round_steps(highest: int) -> None:
    top, gap = nice_scale(highest)
    assert top >= highest
    assert top - gap < highest
    assert 1 <= top / gap <= 5


def test_an_axis_of_nothing_has_one_step() -> None:
    assert axis_values(0) == [Decimal(0), Decimal(1)]


def test_a_bar_is_as_wide_as_its_share_and_never_wider() -> None:
    assert 'width="25%"' in bar(1, 4)
    assert 'width="100%"' in bar(9, 4)
    assert 'width="0%"' in bar(1, 0)


def test_a_heat_map_prints_the_figure_and_leaves_the_future_empty() -> None:
    rows = [Cohort("oct 2026", [Decimal("0.093"), Decimal("0.206")]), Cohort("nov 2026", [Decimal("0.088"), None])]
    figures = [["9.3", "20.6"], ["8.8", ""]]
    root = drawn(heat_map(rows, ["30 d", "60 d"], summary="Por mes", figures=figures))
    texts = [t.text for t in root.iter(f"{SVG}text") if "heat-figure" in t.get("class", "")]
    assert texts == ["9.3", "20.6", "8.8"]


def test_a_line_of_one_point_is_not_drawn() -> None:
    assert sparkline([5]) == ""
    assert sparkline([5, 5, 5]) != ""
