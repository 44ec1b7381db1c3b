"""The ways of saying what must not be said, in the words of people: each example is heard, and its like is not."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from legal.questions.registry import QUESTIONS
from legal.rules.contact.required_words import NoticeFacts, NoticeText, check_notice
from legal.rules.facts import Channel
from legal.rules.packs.loading import pack_of

FILE = Path(__file__).with_name("phrases.jsonl")


def phrases() -> Iterator[Any]:
    """Each with its element, its place, and whether it says it."""
    for line in FILE.read_text().splitlines():
        told = json.loads(line)
        yield pytest.param(told, id=f"{told['country']}-{told['text'][:40]}")


@pytest.mark.parametrize("told", list(phrases()))
def test_a_phrase_is_heard_and_its_like_is_not(told: dict[str, Any]) -> None:
    facts = NoticeFacts(Channel.PHONE, date(2026, 11, 20))

    found = check_notice(NoticeText(told["text"]), facts, pack=pack_of(told["country"]))

    heard = [one for one in found if one.inputs.get("element") == told["element"] and "said" in one.inputs]
    assert bool(heard) is told["said"], [one.inputs for one in heard]


def test_an_answer_says_that_passing_proves_nothing() -> None:
    asked = {"country": "CO", "channel": "phone", "on": "2026-11-20", "body": "Buenos días."}

    [note] = QUESTIONS["notice"].ask(asked)["notes"]

    assert "no prueba nada" in note
