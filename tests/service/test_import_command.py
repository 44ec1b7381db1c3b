"""What the import and undo commands refuse, say and list, to people and to programs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from recobro.cases import service as cases
from recobro.cases.tables import Case, Debt
from recobro.cli.main import main
from tenants.audit import AuditRow
from tests.support.database import SECRET
from tests.support.world import World

ROWS = "Cliente;Factura;Vencimiento;Saldo\nUno Demo;F-1;31/12/2025;100,00\nUno Demo;F-1;31/12/2025;100,00\n"
Command = Callable[..., Result]


@pytest.fixture
def command(world: World, database_urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line in the environment of an installation with one client, and `ROWS` as a file."""
    world.client()
    for name, value in {
        "DATABASE_URL": database_urls[0], "REDIS_URL": "redis://127.0.0.1:1/0", "RECOBRO_SECRET": SECRET,
        "RECOBRO_DATA": str(tmp_path / "data"), "LC_ALL": "C",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    file = tmp_path / "f.csv"
    file.write_text(ROWS, encoding="utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, [str(file) if word == "FILE" else word for word in words])

    return run


def count(world: World, table: Any) -> int:
    with world.work() as work:
        return len(work.session.scalars(select(table)).all())


def test_a_file_that_is_not_what_was_declared_is_refused_until_it_is_forced(world: World, command: Command) -> None:
    whole = ["import", "FILE", "--agency", world.slug, "--client", "aceros", "--declare", "MXN:5:999.00"]

    refused = command(*whole)
    told = command(*whole, "--json")
    assert (refused.exit_code, told.exit_code, count(world, Debt)) == (4, 4, 0)
    assert "no cuadra con lo declarado" in refused.stderr
    answer = json.loads(told.stdout)
    assert (answer["refused"], answer["kept"], answer["problem"]["code"]) == (True, False, "intake.totals_differ")

    forced = command(*whole, "--force", "--json")
    assert (forced.exit_code, json.loads(forced.stdout)["kept"], count(world, Debt)) == (0, True, 1)
    with world.work() as work:
        actions = work.session.scalars(select(AuditRow.action)).all()
        assert "placement.declared_overruled" in actions
    assert command(*whole).exit_code == 0


def test_the_answer_names_rows_told_twice_and_how_the_file_was_read(world: World, command: Command) -> None:
    answer = json.loads(command("import", "FILE", "--agency", world.slug, "--client", "aceros", "--json").stdout)

    assert (answer["duplicates"], [one["line"] for one in answer["duplicate_rows"]]) == (1, [3])
    reading = answer["reading"]
    assert (reading["encoding"], reading["separator"], reading["header_line"]) == ("utf-8", ";", 1)
    read = {one["field"]: one.get("read_as") for one in reading["columns"]}
    assert (read["due_on"], read["balance"], read["reference"]) == ("dmy", "comma", None)


def test_a_refusal_names_what_there_is_and_is_json_where_that_was_asked_for(world: World, command: Command) -> None:
    told = command("import", "FILE", "--agency", world.slug, "--client", "nadie", "--json")
    plain = command("import", "FILE", "--agency", "nadie", "--client", "nadie")

    assert (told.exit_code, plain.exit_code, plain.stdout) == (1, 1, "")
    problem = json.loads(told.stdout)
    assert problem["code"] == "not_found"
    assert problem["title"] == "No hay un cliente con el nombre corto «nadie». Hay: aceros."
    assert problem["title"] in told.stderr
    assert "Hay: " in plain.stderr


def test_agencies_and_clients_are_listed_by_their_short_names(world: World, command: Command) -> None:
    assert world.slug in {one["agency"] for one in json.loads(command("agency", "list", "--json").stdout)}
    assert command("client", "list", "--agency", world.slug).stdout.startswith("aceros\t")


def test_debts_that_are_here_otherwise_are_kept_or_corrected_as_the_command_says(
    world: World, command: Command, tmp_path: Path
) -> None:
    whole = ["import", "FILE", "--agency", world.slug, "--client", "aceros", "--json"]
    assert command(*whole).exit_code == 0
    (tmp_path / "f.csv").write_text(ROWS.replace("100,00", "150,00"), encoding="utf-8")

    kept = json.loads(command(*whole, "--conflicts", "keep").stdout)
    assert (kept["conflicts"], kept["changed"], len(kept["decided"])) == ([], 0, 1)
    taken = json.loads(command(*whole, "--conflicts", "take").stdout)
    assert (taken["conflicts"], taken["changed"], taken["kept"]) == ([], 1, True)
    with world.work() as work:
        assert work.session.scalars(select(Debt.original)).one() == 150_00


def test_a_file_is_undone_by_its_number_after_a_look_that_changes_nothing(world: World, command: Command) -> None:
    whole = ["--agency", world.slug]
    placed = json.loads(command("import", "FILE", *whole, "--client", "aceros", "--json").stdout)["placement"]

    looked = json.loads(command("undo", placed, *whole, "--dry-run", "--json").stdout)
    assert (looked["debts"], looked["cases"], looked["sums"]) == (1, 1, {"MXN": 10000})
    assert (looked["stays"], looked["state"], count(world, Debt)) == ([], "committed", 1)

    done = command("undo", placed, *whole)
    assert (done.exit_code, count(world, Debt)) == (0, 0), done.output
    assert "Salen: adeudos 1, casos 1." in done.stdout
    again = command("undo", placed, *whole, "--json")
    assert (again.exit_code, json.loads(again.stdout)["code"]) == (1, "intake.cannot_undo")
    assert "No hay una carga P-1" in command("undo", "P-1", *whole).stderr


def test_what_somebody_worked_on_stays_and_the_command_says_why(world: World, command: Command) -> None:
    whole = ["--agency", world.slug]
    placed = json.loads(command("import", "FILE", *whole, "--client", "aceros", "--json").stdout)["placement"]
    with world.work() as work:
        cases.add_note(work, work.session.scalars(select(Case.id)).one(), text="Llamó el contador.")

    refused = command("undo", placed, *whole)
    assert (refused.exit_code, count(world, Debt)) == (1, 1)
    assert "no queda nada que deshacer" in refused.stderr
    looked = command("undo", placed, *whole, "--dry-run")
    assert "Se quedan 1: alguien anotó algo." in looked.stdout


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"column": {"Saldo": "balance"}}, "«column»"),
        ({"columns": ["Saldo"]}, "«columns»"),
        ({"columns": {"Saldo": "balance"}, "readings": {"Saldo": 1}}, "«readings» de «Saldo»"),
        ([], "El perfil es"),
    ],
)
def test_a_profile_that_is_not_of_the_known_form_is_refused_by_name(
    profile: object, said: str, world: World, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(profile), encoding="utf-8")

    refused = command("import", "FILE", "--agency", world.slug, "--client", "aceros", "--profile", str(path))

    assert (refused.exit_code, count(world, Debt)) == (1, 0)
    assert said in str(refused.exception or "") + refused.stderr
