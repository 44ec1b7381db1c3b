"""How old a claim may be: the terms of each place, to the day."""

from datetime import date, timedelta

import pytest

from legal.rules.facts import Claim, Title
from legal.rules.packs.loading import pack_of
from legal.rules.time.limitation import Claimed, barred_before, differs_by_region, term_of


@pytest.mark.parametrize(
    ("country", "region", "on", "first_safe"),
    [
        ("MX", None, date(2026, 12, 1), date(2016, 12, 1)),
        ("MX", None, date(2026, 12, 2), date(2016, 12, 2)),
        ("ES", None, date(2026, 11, 21), date(2021, 11, 21)),
        ("ES", "CT", date(2026, 11, 21), date(2021, 11, 21)),
        ("CO", None, date(2026, 11, 21), date(2016, 11, 21)),
        ("ES", None, date(2029, 2, 28), date(2024, 2, 28)),
        ("MX", None, date(2028, 2, 29), date(2018, 3, 1)),
    ],
)
def test_claims_due_before_a_day_are_barred(country: str, region: str | None, on: date, first_safe: date) -> None:
    assert barred_before(pack=pack_of(country), claim=Claim.COMMERCIAL, on=on, region=region) == first_safe


@pytest.mark.parametrize(
    ("state", "claim", "first_safe"),
    [
        ("CA", Claim.COMMERCIAL, date(2024, 11, 21)),
        ("TX", Claim.CONSUMER, date(2022, 11, 21)),
        ("NY", Claim.CONSUMER, date(2023, 11, 21)),
        ("NY", Claim.COMMERCIAL, date(2020, 11, 21)),
        ("PR", Claim.CONSUMER, None),
        (None, Claim.CONSUMER, None),
    ],
)
def test_in_the_united_states_the_shortest_term_of_the_state_counts(
    state: str | None, claim: Claim, first_safe: date | None
) -> None:
    assert barred_before(pack=pack_of("US", state), claim=claim, on=date(2026, 11, 21), region=state) == first_safe


@pytest.mark.parametrize(
    ("country", "region"), [("MX", None), ("CO", None), ("ES", None), ("ES", "CT"), ("US", "CA"), ("US", "NY")]
)
@pytest.mark.parametrize("claim", [Claim.CONSUMER, Claim.COMMERCIAL])
def test_the_day_parts_the_barred_from_the_others(country: str, region: str | None, claim: Claim) -> None:
    pack, on = pack_of(country, region), date(2026, 11, 21)
    first = barred_before(pack=pack, claim=claim, on=on, region=region)
    assert first is not None

    def state(due_on: date) -> str:
        return term_of(Claimed(claim, Title.ORDINARY, due_on, region), pack=pack).state(on)

    # Where only something that nobody read keeps a term alive it is "unknown": it stops the same steps.
    assert all(state(first - timedelta(days=back)) in ("barred", "unknown") for back in (1, 30, 400))
    assert state(first - timedelta(days=4000)) == "barred"
    assert all(state(first + timedelta(days=ahead)) in ("near", "running") for ahead in (0, 1, 30, 400))


@pytest.mark.parametrize(
    ("country", "region", "due_on", "ends", "longest"),
    [
        ("CO", None, date(2016, 8, 15), date(2026, 8, 16), date(2026, 12, 1)),
        ("ES", "CT", date(2018, 3, 10), date(2023, 6, 1), date(2028, 6, 1)),
    ],
)
def test_what_nobody_read_never_makes_a_term_longer(
    country: str, region: str | None, due_on: date, ends: date, longest: date
) -> None:
    term = term_of(Claimed(Claim.COMMERCIAL, Title.ORDINARY, due_on, region), pack=pack_of(country, region))

    assert (term.prescribed_from, term.longest, term.in_the_law) == (ends, longest, False)
    assert [term.state(ends - timedelta(days=1)), term.state(ends)] == ["near", "unknown"]
    assert [term.state(longest - timedelta(days=1)), term.state(longest)] == ["unknown", "barred"]


def test_what_nobody_read_says_nothing_of_terms_it_does_not_touch() -> None:
    term = term_of(Claimed(Claim.COMMERCIAL, Title.ORDINARY, date(2022, 3, 1)), pack=pack_of("CO"))

    assert (term.unread, term.longest, term.in_the_law) == ((), None, True)


def test_places_whose_regions_differ_are_known() -> None:
    differing = [one for one in ("MX", "CO", "ES", "US", "GB") if differs_by_region(pack_of(one), date(2026, 11, 21))]

    assert differing == ["ES", "US", "GB"]


def test_a_place_without_a_pack_bars_nothing() -> None:
    assert barred_before(pack=pack_of("FR"), claim=Claim.COMMERCIAL, on=date(2026, 11, 21)) is None
