"""What the command line refuses before it touches anything."""

import pytest
from click.testing import CliRunner

from kernel.problems import Invalid
from recobro.cli.main import main
from recobro.operator.rules import check_currency


@pytest.mark.parametrize("rate", ["nan", "inf", "-1", "200"])
@pytest.mark.parametrize("option", ["--commission", "--tax"])
def test_a_rate_that_is_no_percentage_is_refused_with_a_sentence(option: str, rate: str) -> None:
    done = CliRunner().invoke(main, ["client", "create", "aceros", "--agency", "demo", option, rate], env={"LANG": "C"})

    assert done.exit_code == 1
    assert "Escribe un porcentaje de 0 a 100." in done.output


def test_only_currencies_that_exist_are_taken() -> None:
    check_currency("MXN")
    for code in ("EURO", "mxn", "ZZZ"):
        with pytest.raises(Invalid):
            check_currency(code)


def test_the_help_of_import_says_that_sums_are_minor_units() -> None:
    shown = CliRunner().invoke(main, ["import", "--help"], env={"LANG": "C"}).output

    assert "unidades mínimas" in " ".join(shown.split())
