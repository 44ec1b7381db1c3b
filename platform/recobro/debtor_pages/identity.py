"""The one fact that shows a debtor is the person of a case. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kernel.text import msg

TRIES = 5


class Fact(StrEnum):
    """What is asked: the end of a tax id, a year of birth, or the number of one of the debts."""

    TAX_ID = "tax_id"
    BIRTH_YEAR = "birth_year"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Question:
    """What is asked and in which words; `answers` are the normalised right answers."""

    fact: Fact
    label: str
    hint: str
    answers: frozenset[str]
    numeric: bool


def question_for(*, tax_id: str, birth_year: int | None, references: Sequence[str]) -> Question:
    """The easiest fact we know: year of birth, else the last four of the tax id, else a document's number."""
    if birth_year:
        return Question(
            Fact.BIRTH_YEAR, msg("¿En qué año naciste?"), msg("Cuatro cifras"), frozenset({str(birth_year)}), True
        )
    bare = _bare(tax_id)
    if len(bare) >= 6:
        return Question(
            Fact.TAX_ID,
            msg("¿Cuáles son los cuatro últimos caracteres de tu identificación fiscal?"),
            msg("RFC, NIT, cédula o NIF"),
            frozenset({bare[-4:]}),
            False,
        )
    return Question(
        Fact.REFERENCE,
        msg("¿Cuál es el número de una de las facturas o cuentas?"),
        msg("Como aparece en el documento"),
        frozenset(_bare(reference) for reference in references),
        False,
    )


def is_right(question: Question, answer: str) -> bool:
    """Whether an answer is right; spaces, dashes and case do not matter."""
    bare = _bare(answer)
    return bool(bare) and bare in question.answers


def _bare(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text).upper()
