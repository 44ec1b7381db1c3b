"""A telephone whose area code is of another zone than the address: its owner may be in either."""

import pytest

from recobro.debtors.zones import zones_with_phone


@pytest.mark.parametrize(
    ("zones", "number", "both"),
    [
        (("America/Mexico_City",), "+526641234567", ("America/Mexico_City", "America/Tijuana")),
        (("America/Mexico_City",), "+524425550142", ("America/Mexico_City",)),
        (("America/New_York",), "+13105551234", ("America/New_York", "America/Los_Angeles")),
        (("America/New_York", "America/Chicago"), "+12125551234", ("America/New_York", "America/Chicago")),
        (("Europe/Madrid",), "+34928123456", ("Europe/Madrid", "Atlantic/Canary")),
        # A Spanish mobile may be of either, and the address says which.
        (("Europe/Madrid",), "+34600123456", ("Europe/Madrid",)),
        (("America/Bogota",), "no es un número", ("America/Bogota",)),
        # Anywhere in the country stays anywhere.
        ((), "+526641234567", ()),
    ],
)
def test_both_zones_are_possible_where_they_differ(zones: tuple[str, ...], number: str, both: tuple[str, ...]) -> None:
    assert zones_with_phone(zones, number, "MX") == both


def test_a_telephone_of_a_territory_adds_its_zone_to_a_country_where_no_address_is_known() -> None:
    anywhere = zones_with_phone((), "+17872345678", "US")

    assert "America/Puerto_Rico" in anywhere
    assert {"America/New_York", "Pacific/Honolulu"} <= set(anywhere)


def test_a_telephone_abroad_adds_its_zone_where_the_country_has_one_clock() -> None:
    assert zones_with_phone(("America/Bogota",), "+34928123456", "CO") == ("America/Bogota", "Atlantic/Canary")
