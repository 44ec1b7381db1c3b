"""How old a claim may be: the terms of each place, to the day."""

from datetime import date

import pytest

from legal.rules.facts import Claim
from legal.rules.packs.loading import pack_of
from legal.rules.time.limitation import barred_before


@pytest.mark.parametrize(
    ("country", "region", "on", "first_safe"),
    [
        ("MX", None, date(2026, 12, 1), date(2016, 12, 1)),
        ("MX", None, date(2026, 12, 2), date(2016, 12, 2)),
        ("ES", None, date(2026, 11, 21), date(2021, 11, 21)),
        ("ES", "CT", date(2026, 11, 21), date(2016, 8, 31)),
        ("CO", None, date(2026, 11, 21), date(2016, 8, 6)),
        ("ES", None, date(2029, 2, 28), date(2024, 2, 28)),
        ("MX", None, date(2028, 2, 29), date(2018, 3, 1)),
    ],
)
def test_claims_due_before_a_day_are_barred(country: str, region: str | None, on: date, first_safe: date) -> None:
    assert barred_before(pack=pack_of(country), claim=Claim.COMMERCIAL, on=on, region=region) == first_safe


def test_a_place_without_a_pack_bars_nothing() -> None:
    assert barred_before(pack=pack_of("FR"), claim=Claim.COMMERCIAL, on=date(2026, 11, 21)) is None
