"""Where a debtor may be, from what an address says."""

import pytest

from legal.rules.packs.loading import pack_of
from recobro.debtors.zones import region_code, town_of, zones_of

CENTRE = "America/Mexico_City"


@pytest.mark.parametrize(
    ("country", "region", "stored", "zones"),
    [
        ("MX", "Ciudad de México", CENTRE, (CENTRE,)),
        ("MX", "baja california", CENTRE, ("America/Tijuana",)),
        ("MX", "Chihuahua", CENTRE, ("America/Chihuahua", "America/Ciudad_Juarez", "America/Ojinaga")),
        ("MX", "", CENTRE, ()),
        ("MX", "Atlantis", CENTRE, ()),
        ("US", "California", "America/New_York", ("America/Los_Angeles",)),
        ("US", "FL", "America/New_York", ("America/New_York", "America/Chicago")),
        ("US", "", "America/New_York", ()),
        ("US", "Puerto Rico", "America/New_York", ("America/Puerto_Rico",)),
        ("US", "GU", "America/New_York", ("Pacific/Guam",)),
        ("US", "U.S. Virgin Islands", "America/New_York", ("America/St_Thomas",)),
        ("ES", "Las Palmas", "Europe/Madrid", ("Atlantic/Canary",)),
        ("ES", "MD", "Europe/Madrid", ("Europe/Madrid",)),
        ("ES", "Málaga", "Europe/Madrid", ("Europe/Madrid",)),
        ("ES", "", "Europe/Madrid", ()),
        ("ES", "MD", "Asia/Tokyo", ("Europe/Madrid", "Asia/Tokyo")),
        ("CO", "", "America/Bogota", ("America/Bogota",)),
    ],
)
def test_the_zones_of_a_place(country: str, region: str, stored: str, zones: tuple[str, ...]) -> None:
    assert zones_of(country, region, stored) == zones


def test_every_state_of_the_united_states_has_zones_that_the_pack_knows() -> None:
    known = set(pack_of("US").head.zones)
    assert len(pack_of("US").head.region_zones) == 50 + 1 + 5  # states, the capital, territories
    states = {region_code("US", name) for name in ("Alaska", "Arizona", "Hawaii", "Idaho", "Texas", "New York", "Ohio")}

    for state in states:
        assert set(zones_of("US", state, "America/New_York")) <= known


@pytest.mark.parametrize(
    ("city", "town"), [("Brooklyn", "nyc"), ("new  york", "nyc"), ("", "nyc"), ("Buffalo", None), ("Flushing", "nyc")]
)
def test_a_debtor_of_new_york_city_or_of_no_known_city_of_the_state_has_the_citys_rules(
    city: str, town: str | None
) -> None:
    assert town_of("US", "New York", city) == town
    assert town_of("US", "NJ", city) is None


def test_a_set_zone_that_is_none_of_the_countrys_stands_beside_all_of_them_where_no_region_is_known() -> None:
    zones = zones_of("US", "", "America/Puerto_Rico")

    assert zones[-1] == "America/Puerto_Rico"
    assert {"America/New_York", "America/Los_Angeles"} <= set(zones)
