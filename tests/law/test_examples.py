"""Every dated example of the research that is verified, as a line of a data file: facts in JSON, and what the answer
says at least."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kernel.problems import Problem
from legal.questions.registry import QUESTIONS
from recobro.cli.main import main

EXAMPLES = Path(__file__).parent / "examples"
FILES = sorted(file for file in EXAMPLES.glob("*.jsonl") if file.name != "left-out.jsonl")


def examples() -> Iterator[Any]:
    """All of them, each under its id."""
    for file in FILES:
        for line in file.read_text().splitlines():
            told = json.loads(line)
            yield pytest.param(told, id=told["id"])


def answered(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer, a refusal by its code and field."""
    try:
        return QUESTIONS[told["question"]].ask(told["facts"])
    except Problem as problem:
        return {"error": {"code": problem.code, "field": problem.details.get("field")}}


def told_of(answer: Any, expected: Any) -> Any:
    """Of an answer what the expected one speaks of."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        return {name: told_of(answer.get(name), value) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(answer, list) and len(answer) == len(expected):
        return [told_of(one, other) for one, other in zip(answer, expected, strict=True)]
    return answer


@pytest.mark.parametrize("told", list(examples()))
def test_the_law_answers_as_the_example_says(told: Mapping[str, Any]) -> None:
    answer = answered(told)

    assert told_of(answer, told["expect"]) == told["expect"]
    assert "error" in answer or told["question"] == "ids" or answer["pack"]["version"]


def test_a_list_of_facts_gets_an_answer_each_and_a_wrong_one_names_its_field(tmp_path: Path) -> None:
    asked = [json.loads(line)["facts"] for line in (EXAMPLES / "co.jsonl").read_text().splitlines()[:2]]
    file = tmp_path / "facts.json"
    file.write_text(json.dumps([*asked, {**asked[0], "colour": "red"}, {**asked[0], "channel": "fax"}]))

    found = CliRunner().invoke(main, ["law", "contact", "--facts", str(file)])

    *good, unknown, impossible = [json.loads(line) for line in found.output.splitlines()]
    assert [one["verdict"] for one in good] == ["allow", "wait"]
    assert (unknown["error"]["field"], impossible["error"]["field"]) == ("colour", "channel")
    assert found.exit_code == 2


@pytest.mark.parametrize(
    ("told", "said", "code"),
    [
        ('{"country"', '"law.no_json"', 2),
        ("\udcff", '"law.no_json"', 2),
        (r'[{"country": "\ud800"}]', '"law.no_json"', 2),
        ("[]", "[]", 0),
        ("3", '"field": "facts"', 2),
    ],
)
def test_what_is_no_question_gets_an_answer_in_json_too(told: str, said: str, code: int) -> None:
    raw = told.encode(errors="surrogateescape")

    found = CliRunner().invoke(main, ["law", "contact", "--facts", "-"], input=raw)

    assert json.loads(found.output) is not None
    assert said in found.output
    assert found.exit_code == code


@pytest.mark.parametrize("language", ["C", "en_US.UTF-8"])
def test_a_refusal_is_told_in_one_language(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", language)
    facts = {"country": "CO", "channel": "fax", "at": "2026-11-20T10:00"}

    found = CliRunner().invoke(main, ["law", "contact", "--facts", "-"], input=json.dumps(facts))

    sentence = json.loads(found.output)["error"]["sentence"]
    assert "email, sms" in sentence
    assert "Input" not in sentence


def test_the_schema_names_the_regions_and_towns_that_are_known() -> None:
    properties = QUESTIONS["contact"].schema()["properties"]

    assert properties["locality"]["enum"] == ["nyc", None]
    assert {"NY", "TX", "PR"} <= set(properties["region"]["x-known-by-country"]["US"])


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_has_a_schema_that_refuses_what_it_does_not_know(name: str) -> None:
    found = CliRunner().invoke(main, ["law", "schema", name])

    assert found.exit_code == 0
    assert json.loads(found.output)["additionalProperties"] is False
