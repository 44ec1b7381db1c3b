"""An answer of the law is told in the reader's language; what programs read of it is the same in all."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from legal.questions.registry import QUESTIONS
from recobro.cli.main import main
from recobro.web.translations import translations
from tests.law.test_examples import answered, examples

TEXTS = {"title", "citation", "source", "note", "notes", "words", "because", "receipt_words", "sentence"}
FACTS = {
    "country": "CO", "at": "2026-11-20T10:00", "zones": ["America/Bogota"], "creditor_type": "financial",
    "debtor": "person", "claim": "consumer", "debts": ["1"], "channel": "phone", "target": "debtor",
    "purpose": "collect",
}  # fmt: skip


def texts(answer: Any, name: str = "") -> Iterator[str]:
    """What is said in an answer."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key != "inputs":
                yield from texts(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from texts(value, name)
    elif isinstance(answer, str) and name in TEXTS:
        yield answer


def without_texts(answer: Any) -> Any:
    """What programs read of an answer."""
    if isinstance(answer, dict):
        return {name: without_texts(value) for name, value in answer.items() if name not in TEXTS}
    return [without_texts(one) for one in answer] if isinstance(answer, list) else answer


def asked(monkeypatch: pytest.MonkeyPatch, language: str) -> Any:
    """The answer of the command line to whoever has that language."""
    monkeypatch.setenv("LC_ALL", language)
    found = CliRunner().invoke(main, ["law", "contact", "--facts", "-"], input=json.dumps(FACTS))
    return json.loads(found.output)


def test_the_command_line_answers_in_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    spanish, english = asked(monkeypatch, "C"), asked(monkeypatch, "en_US.UTF-8")

    [said] = [one for one in english["rules"] if one["rule"] == "co.channels"]
    assert said["title"] == "Only by the channels the debtor authorized"
    assert said["sentence"] == "A fact this rule needs is missing: authorised_channels."
    assert said["citation"] == "Ley 2300 de 2023 art. 2"
    assert set(texts(spanish)) != set(texts(english))
    assert without_texts(spanish) == without_texts(english)


def test_no_text_of_an_answer_is_left_in_spanish() -> None:
    say = translations("en").gettext
    left: dict[str, list[str]] = {}
    for told in (example.values[0] for example in examples()):
        spanish = answered(told)
        if "error" in spanish:
            continue
        english = QUESTIONS[told["question"]].ask(told["facts"], say)
        assert without_texts(english) == without_texts(spanish)
        if found := [text for text in texts(english) if text and say(text) != text]:
            left[told["id"]] = found

    assert left == {}
