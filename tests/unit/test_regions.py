"""Addresses on an envelope."""

import pytest

from recobro.debtors.regions import address_lines, region_name


@pytest.mark.parametrize(
    ("address", "country", "lines"),
    [
        ("Calle Falsa 123, Int. 4, 37000 León, GUA", "MX", ["Calle Falsa 123, Int. 4", "37000 León, Guanajuato"]),
        ("Av. Ficticia 100, 76000 Querétaro, QUE", "MX", ["Av. Ficticia 100", "76000 Querétaro"]),
        ("Carrera 7 # 1-23, 110111 Bogotá, DC", "CO", ["Carrera 7 # 1-23", "110111 Bogotá, D.C."]),
        ("Calle Inventada 5, 41001 Sevilla, AN", "ES", ["Calle Inventada 5", "41001 Sevilla, Andalucía"]),
        ("Calle Falsa 123, Monterrey", "MX", ["Calle Falsa 123", "Monterrey"]),
        ("Domicilio conocido", "MX", ["Domicilio conocido"]),
    ],
)
def test_an_address_is_written_in_lines_with_its_state_by_name(address: str, country: str, lines: list[str]) -> None:
    assert address_lines(address, country) == lines


def test_a_code_means_what_its_country_means() -> None:
    assert [region_name("GUA", country) for country in ("MX", "CO", "US")] == ["Guanajuato", "Guainía", "GUA"]
