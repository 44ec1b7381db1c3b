"""Where an agency is registered, as it says once and the rules of each place ask."""

from datetime import date

import pytest

from legal.rules.contact.registers import REGISTERS, kept_as, registers_of, registrations_told
from legal.rules.facts import Registration


def test_every_register_a_pack_asks_for_has_a_name() -> None:
    assert set(registers_of()) <= set(REGISTERS)
    assert registers_of("MX") == ("redeco",)
    assert registers_of("US") == ("us_tx_bond",)
    assert registers_of("CO") == ()


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ({}, None),
        ({"fca_debt_collecting": {"held": True, "until": ""}}, None),
        ({"redeco": {"held": False, "until": ""}}, ()),
        ({"redeco": {"held": True, "until": ""}}, (Registration("redeco"),)),
        ({"redeco": {"held": True, "until": "2027-01-31"}}, (Registration("redeco", until=date(2027, 1, 31)),)),
    ],
)
def test_what_an_agency_said_of_a_places_registers(
    told: dict[str, dict[str, object]], held: tuple[Registration, ...] | None
) -> None:
    assert registrations_told(told, "MX") == held


def test_into_redeco_each_creditor_enters_the_agency() -> None:
    told = {"redeco": {"held": True, "until": ""}, kept_as("redeco", "c1"): {"held": False, "until": ""}}

    assert registrations_told(told, "MX", "c1") == ()
    assert registrations_told(told, "MX", "c2") == (Registration("redeco"),)
    assert registrations_told({kept_as("redeco", "c1"): {"held": True}}, "MX", "c2") is None
    assert registrations_told({kept_as("us_tx_bond", "c1"): {"held": True}}, "US", "c1") is None
