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
    assert zones_with_phone(zones, number) == both
