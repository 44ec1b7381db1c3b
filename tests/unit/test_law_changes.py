"""What changed in the law of a place: by validity, and between two texts of a file."""

from datetime import date
from typing import Any

from legal.rules.packs.changes import FieldChange, Turn, changes_in, differences
from legal.rules.packs.loading import all_packs
from legal.rules.packs.schema import Rule


def cap(most: int, begins: str, ends: str | None = None, **more: Any) -> Rule:
    return Rule.model_validate({
        "id": "xx.week", "kind": "contact_cap", "title": "Por semana", "from": begins, "to": ends, "basis": "law",
        "confidence": "V1", "citation": "Ley de prueba art. 1", "source_url": "https://law.example",
        "checked_on": "2026-01-01", "parameters": {"max": most, "per": "iso_week"}, **more,
    })  # fmt: skip


def test_two_validities_of_a_rule_tell_the_day_and_what_changed() -> None:
    begins, changes, ends = sorted(
        changes_in([cap(4, "2025-07-01", "2026-06-30"), cap(3, "2020-01-01", "2025-06-30")]), key=lambda one: one.day
    )

    assert (begins.day, begins.turn) == (date(2020, 1, 1), Turn.BEGINS)
    assert (changes.day, changes.turn) == (date(2025, 7, 1), Turn.CHANGES)
    assert changes.fields == (FieldChange("parameters.max", "3", "4"),)
    assert (ends.day, ends.turn, ends.rule.parameters["max"]) == (date(2026, 7, 1), Turn.ENDS, 4)


def test_the_latest_change_comes_first() -> None:
    days = [change.day for change in changes_in(all_packs()["mx"].rules)]

    assert days == sorted(days, reverse=True)


def test_two_texts_differ_by_rule_in_what_they_add_drop_and_say_otherwise() -> None:
    kept, dropped = cap(3, "2020-01-01"), cap(1, "2021-01-01", id="xx.old")
    said_otherwise = cap(3, "2020-01-01", citation="Ley de prueba art. 2", to="2027-01-01")
    added = cap(9, "2026-01-01", id="xx.new")

    found = {change.rule.id: change for change in differences([kept, dropped], [said_otherwise, added])}

    assert {name: change.turn for name, change in found.items()} == {
        "xx.week": Turn.CHANGES, "xx.old": Turn.ENDS, "xx.new": Turn.BEGINS,
    }  # fmt: skip
    assert [field.name for field in found["xx.week"].fields] == ["citation", "to"]
    assert differences([kept], [kept]) == []
