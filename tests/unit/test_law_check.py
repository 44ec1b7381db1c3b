"""`recobro law check` tells a lawyer who proposes a change what is wrong in a pack, and what would change."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from legal.rules.packs.loading import PACKS
from recobro.cli.main import main

HOURS = 'mon = "07:00-19:00"'


def check(*told: str) -> Result:
    return CliRunner().invoke(main, ["law", "check", *told])


def proposed(folder: Path, *changes: tuple[str, str], name: str = "co.toml") -> str:
    """A copy of a pack's file with some words changed, each of which must be there."""
    text = (PACKS / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / name).write_text(text)
    return str(folder / name)


def test_the_packs_that_ship_are_whole() -> None:
    found = check()

    assert found.exit_code == 0, found.output
    assert [line.split(":")[0] for line in found.output.splitlines()] == sorted(p.name for p in PACKS.glob("*.toml"))


def test_a_wrong_field_is_named_with_its_file_and_rule(tmp_path: Path) -> None:
    wrong = proposed(tmp_path, (HOURS, 'mon = "7-19"'))

    found = check(wrong)

    assert found.exit_code == 1
    assert found.output == "co.toml: co.hours: parameters.windows: «7-19» no es HH:MM-HH:MM.\n"


def test_what_nobody_read_is_marked_only_where_the_answer_can_do_without_it(tmp_path: Path) -> None:
    unread = ('unread = ["suspended"]', 'unread = ["suspended", "years", "colour"]')

    found = check(proposed(tmp_path, unread))

    assert found.exit_code == 1
    assert found.output.splitlines() == [
        "co.toml: co.limitation: unread: «years» decide en una regla de este tipo: sin leer, la regla va como policy o "
        "apagada.",
        "co.toml: co.limitation: unread: no hay un parámetro «colour».",
    ]


def test_a_file_that_is_no_toml_says_where_it_breaks(tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text("[pack\n")

    found = check(str(tmp_path / "xx.toml"))

    assert found.exit_code == 1
    assert "xx.toml: no es TOML" in found.output
    assert "line 1" in found.output


VERSION = ('version = "2026.11"', 'version = "2027.01"')
SPLIT = (
    """id = "co.opt_out"
kind = "opt_out"
title = "Autorización revocada"
from = 2012-10-18
""",
    """id = "co.opt_out"
kind = "opt_out"
title = "Autorización revocada"
from = 2012-10-18
to = 2026-12-31
""",
)
NEXT = (
    'parameters = { allow_purposes = ["legal_notice"] }\n',
    """parameters = { allow_purposes = ["legal_notice"] }

[[rule]]
id = "co.opt_out"
kind = "opt_out"
title = "Autorización revocada"
from = 2027-01-01
basis = "law"
confidence = "V1"
citation = "Ley de ejemplo de 2026 art. 1"
source_url = "https://example.org/ley"
checked_on = 2026-12-15
parameters = { allow_purposes = ["legal_notice", "receipt"] }
""",
)


def test_the_worked_change_of_the_guide_passes_and_is_told(tmp_path: Path) -> None:
    found = check(proposed(tmp_path, VERSION, SPLIT, NEXT))

    assert found.exit_code == 0, found.output
    assert "co.toml: en orden, versión 2027.01" in found.output
    assert "  cambia   co.opt_out, desde el 2012-10-18: to — → 2026-12-31" in found.output
    assert "  nueva    co.opt_out, desde el 2027-01-01" in found.output


def test_a_version_that_is_not_closed_overlaps_with_the_next(tmp_path: Path) -> None:
    found = check(proposed(tmp_path, VERSION, NEXT))

    assert found.exit_code == 1
    assert "co.toml: co.opt_out: from: la versión desde 2012-10-18 no termina (to)" in found.output


def test_a_changed_text_has_a_new_version(tmp_path: Path) -> None:
    found = check(proposed(tmp_path, SPLIT, NEXT))

    assert found.exit_code == 1
    assert "co.toml: pack: version: el texto cambió y la versión sigue siendo 2026.11: súbela." in found.output


@pytest.mark.parametrize(("note", "code"), [("", 1), ("Corregido: la ley dice 18. ", 0)])
def test_a_version_that_has_begun_is_corrected_only_with_a_word(tmp_path: Path, note: str, code: int) -> None:
    words = "Otras horas solo si el consumidor"
    changed = proposed(tmp_path, VERSION, (HOURS, 'mon = "07:00-18:00"'), (words, note + words))

    found = check(changed)

    assert found.exit_code == code
    assert ("co.hours: parameters.windows.mon: esta versión ya regía el 2023-10-10" in found.output) is bool(code)


def test_a_phrase_without_words_is_found(tmp_path: Path) -> None:
    found = check(proposed(tmp_path, VERSION, ('phrases = ["asks_reason"]', 'phrases = ["asks_why"]')))

    assert "co.toml: co.words.reason: parameters: no hay palabras para «asks_why»." in found.output


def test_a_missing_file_to_include_is_named(tmp_path: Path) -> None:
    found = check(proposed(tmp_path, ('includes = ["house"]', 'includes = ["home"]')))

    assert found.output == "co.toml: pack: includes: no hay un paquete «home» que incluir.\n"


def test_it_answers_in_json_too(tmp_path: Path) -> None:
    wrong = proposed(tmp_path, ('kind = "opt_out"', 'kind = "optout"'))

    found = check("--json", wrong)

    [answer] = json.loads(found.output)
    assert answer["complaints"] == [
        {"rule": "co.opt_out", "field": "kind", "sentence": "no hay un tipo de regla «optout»."}
    ]


def test_the_holidays_of_a_year_are_written_as_a_pack_keeps_them() -> None:
    found = CliRunner().invoke(main, ["law", "holidays", "co", "--year", "2026"])

    assert found.exit_code == 0
    assert found.output in (PACKS / "co.toml").read_text()
    assert "07-13" in found.output
