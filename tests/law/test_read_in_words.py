"""What people read of a decision: no name of a fact, no zone's code, no instant as a machine writes it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kernel.problems import Problem
from legal.questions import contact
from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision
from recobro.notices.words import INPUTS, RuleLine, rule_lines
from recobro.web import translations

EXAMPLES = Path(__file__).parent / "examples"
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+|\d{4}-\d\d-\d\d[T ]\d\d|\b(True|False|None)\b")


@pytest.fixture(scope="module")
def decided() -> list[tuple[str, Decision]]:
    """The decision on each contact of the examples, made once for all languages."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return list(_decided(monkeypatch))


def _decided(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Decision]]:
    kept: list[Decision] = []

    def keep(*args: Any, **more: Any) -> Decision:
        kept.append(decide(*args, **more))
        return kept[-1]

    monkeypatch.setattr(contact, "decide", keep)
    for file in sorted(EXAMPLES.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            told = json.loads(line)
            if told.get("question") != "contact":
                continue
            try:
                contact.CONTACT.ask(told["facts"])
            except Problem:
                continue
            yield told["id"], kept[-1]


def lines(decision: Decision) -> list[RuleLine]:
    return rule_lines(json.loads(json.dumps(decision.record())))


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_rule_of_every_example_is_read_in_words(decided: list[tuple[str, Decision]], language: str) -> None:
    app = Flask(__name__)
    translations.install(app)
    found: set[str] = set()
    seen = 0
    with app.test_request_context(headers={"Accept-Language": language}):
        for example, decision in decided:
            for line in lines(decision):
                seen += 1
                for text in (line.sentence, *(value for _, value in line.inputs)):
                    found |= {f"{example} {line.rule}: {text}"} if CODE.search(text) else set()
            names = {name for outcome in decision.outcomes for name in outcome.inputs}
            found |= names - INPUTS.keys() - {"broken"}

    assert seen > 1000
    assert found == set()
