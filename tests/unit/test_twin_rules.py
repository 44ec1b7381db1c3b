"""How much says that two debtors are one: each thing for itself, with what speaks against, readable by a person."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recobro.debtors.words import name_words
from recobro.twins.choosing import better_known, stricter
from recobro.twins.rules import SHOWN, Known, compare

FIRM = Known("firm", "Ferretería El Tornillo Feliz, S.A. de C.V.", country="MX")
PHONE, EMAIL, STREET = ("phone", "+524425550142"), ("email", "a@b.example"), ("postal", "CALLE INVENTADA 10")


def pair(one: dict[str, Any], other: dict[str, Any]) -> tuple[Known, Known]:
    return replace(FIRM, **one), replace(FIRM, **other)


def number(ref: str) -> dict[str, Any]:
    return {"customer_ref": ref, "customer_ref_norm": ref}


def tax(tax_id: str) -> dict[str, Any]:
    return {"tax_id": tax_id, "tax_id_norm": tax_id}


def points(*found: tuple[str, str]) -> dict[str, Any]:
    return {"points": frozenset(found)}


OTHER_NAME = {"name": "Papelería La Goma Azul"}


@pytest.mark.parametrize(
    ("one", "other", "score", "says"),
    [
        ({}, {"name": "FERRETERIA EL TORNILLO FELIZ SA DE CV"}, 45, ["same_name_firm"]),
        ({}, {"name": "Tornillo Feliz Ferretería"}, 45, ["same_name_firm"]),
        ({}, {"name": "Ferreteria El Tornilo Feliz"}, 25, ["name_close"]),
        (tax("FTF190312AB4"), tax("FTF190312AB4") | OTHER_NAME, 60, ["tax_id", "other_name"]),
        (tax("XAXX010101000"), tax("XAXX010101000") | OTHER_NAME, 0, ["other_name"]),
        (number("00379"), number("379") | OTHER_NAME, 40, ["number_zeros", "other_name"]),
        (number("379"), number("380"), 40, ["same_name_firm", "other_number"]),
        (number("000"), number("0") | OTHER_NAME, 0, ["other_name"]),
        (points(PHONE), points(PHONE), 75, ["same_name_firm", "phone"]),
        (points(PHONE), points(PHONE) | OTHER_NAME, 20, ["phone", "other_name"]),
        (points(PHONE, EMAIL, STREET), points(PHONE, EMAIL, STREET) | OTHER_NAME, 65,
         ["phone", "email", "postal", "other_name"]),
        (tax("FTF190312AB4"), tax("ABA200101XY1"), 0, ["same_name_firm", "other_tax_id"]),
        ({"kind": "person", "name": "Luis Demo"}, {"kind": "person", "name": "DEMO LUIS"}, 35, ["same_name_person"]),
        ({"kind": "person", "name": "Luis Demo", "birth_year": 1980},
         {"kind": "person", "name": "Luis Demo", "birth_year": 1985}, 5, ["same_name_person", "other_birth_year"]),
        ({"name": "Luis Demo"}, {"name": "Luis Demo", "kind": "person"}, 5, ["same_name_person", "other_kind"]),
        ({"city": "Querétaro"}, {"city": "QUERETARO"}, 50, ["same_name_firm", "city"]),
    ],
)  # fmt: skip
def test_each_thing_weighs_what_it_says(
    one: dict[str, Any], other: dict[str, Any], score: int, says: list[str]
) -> None:
    found = compare(*pair(one, other))
    assert (found.points, [each.what for each in found.evidence]) == (score, says)
    assert found.shown == (score >= SHOWN)


def test_evidence_shows_both_sides_as_they_are_written() -> None:
    first = compare(*pair(number("00379"), number("379"))).evidence[0]
    assert (first.what, first.here, first.there) == ("number_zeros", "00379", "379")


@given(st.text(max_size=40), st.text(max_size=40))
def test_comparing_is_the_same_both_ways(one: str, other: str) -> None:
    here, there = pair({"name": one}, {"name": other})
    assert compare(here, there).points == compare(there, here).points
    assert 0 <= compare(here, there).points <= 100


def test_a_name_is_told_by_its_own_words() -> None:
    assert name_words("Aceros Ficticios, S. A. de C. V.") == ["ACEROS", "FICTICIOS"]
    assert name_words("La Y") == ["LA", "Y"]


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [("granted", "refused", "refused"), ("granted", "unknown", "unknown"), ("unknown", "refused", "refused")],
)
def test_the_stricter_consent_stands(one: str, other: str, stands: str) -> None:
    assert stricter(one, other) == stricter(other, one) == stands


def test_what_contact_showed_stands_over_what_nobody_tried() -> None:
    assert better_known("unknown", "verified") == "verified"
    assert better_known("verified", "wrong") == "wrong"
