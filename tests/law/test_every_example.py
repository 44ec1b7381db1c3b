"""No dated example of the research is forgotten: each is a line of a data file, or left out with its reason."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
IDS = tuple((HERE / "ids.txt").read_text().split())
FILES = sorted((HERE / "examples").glob("*.jsonl"))
# How each text of the research writes the id of an example.
WRITTEN = {
    "mx-co-es.md": r"^\| ((?:MX|CO|ES)-[A-Z]\d+[a-z]?) \||^((?:MX|CO|ES)-R\d): |\b(MX-R2): |\b((?:CL|PE)-G\d)\b",
    "us-uk-eu.md": r'^\{"id": "([^"]+)"',
    "regf-examples.md": r"^\*\*(RF-\d+)\*\*",
}


def told(files: Iterable[Path]) -> list[str]:
    """The ids of the lines of data files."""
    return [json.loads(line)["id"] for file in files for line in file.read_text().splitlines()]


def test_every_example_of_the_research_is_a_line_or_left_out_with_a_reason() -> None:
    lines = told(file for file in FILES if file.name != "left-out.jsonl")
    left_out = told(file for file in FILES if file.name == "left-out.jsonl")

    asked = {one for one in IDS if any(line == one or line.startswith(f"{one}-") for line in lines)}

    assert sorted(set(IDS) - asked - set(left_out)) == []
    assert sorted(asked & set(left_out)) == []
    assert sorted(set(left_out) - set(IDS)) == []


def test_no_two_lines_have_the_same_id() -> None:
    lines = told(FILES)

    assert sorted(lines) == sorted(set(lines))


def test_whatever_is_left_out_says_why() -> None:
    for line in (HERE / "examples" / "left-out.jsonl").read_text().splitlines():
        assert len(json.loads(line)["reason"]) > 20


def test_the_ids_are_those_of_the_research(shared_data: Path) -> None:
    found = set()
    for name, pattern in WRITTEN.items():
        text = (shared_data.parent / "law" / name).read_text()
        found |= {
            one
            for match in re.findall(pattern, text, re.M)
            for one in ([match] if isinstance(match, str) else match)
            if one
        }

    assert found == set(IDS)
