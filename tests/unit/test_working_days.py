"""Days on which something is promised are days on which banks and courts work."""

from datetime import date

import pytest

from legal.rules.calendar import business_day
from legal.rules.packs.loading import pack_of
from recobro.portal.render import next_day


@pytest.mark.parametrize(
    ("country", "day", "worked"),
    [
        ("MX", date(2026, 12, 5), date(2026, 12, 7)),  # a Saturday
        ("CO", date(2026, 12, 8), date(2026, 12, 9)),  # a Tuesday, Inmaculada Concepción
        ("ES", date(2026, 12, 8), date(2026, 12, 9)),
        ("MX", date(2026, 12, 8), date(2026, 12, 8)),
        ("XX", date(2026, 11, 29), date(2026, 11, 30)),  # no law is loaded: weekends all the same
    ],
)
def test_a_day_off_gives_the_next_working_day(country: str, day: date, worked: date) -> None:
    assert business_day(pack_of(country).calendar, day) == worked


def test_the_next_remittance_is_on_a_working_day_also_when_its_own_day_has_passed() -> None:
    assert next_day(date(2026, 11, 20), 5, "MX") == date(2026, 12, 7)
    assert next_day(date(2026, 12, 6), 5, "MX") == date(2026, 12, 7)
    assert next_day(date(2026, 12, 8), 5, "MX") == date(2027, 1, 5)
    assert next_day(date(2026, 11, 20), 8, "CO") == date(2026, 12, 9)
