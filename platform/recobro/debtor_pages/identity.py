"""The one fact that shows a debtor is the person of a case. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kernel.text import msg

TRIES = 5
# A shorter number is found in five tries.
_SHORTEST = 4


class Fact(StrEnum):
    """What is asked: the end of a tax id, a year of birth, or the customer number. No letter and no mail says them."""

    TAX_ID = "tax_id"
    BIRTH_YEAR = "birth_year"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Question:
    """What is asked and in which words; `answers` are the normalised right answers."""

    fact: Fact
    label: str
    hint: str
    answers: frozenset[str]
    numeric: bool


def question_for(
    *, kind: str, tax_id: str, birth_year: int | None, customer_ref: str, references: Sequence[str]
) -> Question | None:
    """The easiest fact we know: a person's year of birth or the last four of the tax id, a firm's customer number
    (its tax id is on every invoice), else the other.

    None when we know nothing that the letters do not print (`references`: the documents' numbers): no link opens then.
    """
    known = [_birth_year(birth_year), _tax_id(tax_id), _customer(customer_ref, references)]
    if kind == "firm":
        known = [known[2], known[1]]
    return next((question for question in known if question), None)


def _birth_year(year: int | None) -> Question | None:
    if not year:
        return None
    return Question(Fact.BIRTH_YEAR, msg("¿En qué año naciste?"), msg("Cuatro cifras"), frozenset({str(year)}), True)


def _tax_id(tax_id: str) -> Question | None:
    bare = _bare(tax_id)
    if len(bare) < 6:
        return None
    return Question(
        Fact.TAX_ID,
        msg("¿Cuáles son los cuatro últimos caracteres de tu identificación fiscal?"),
        msg("RFC, NIT, cédula o NIF"),
        frozenset({bare[-4:]}),
        False,
    )


def _customer(customer_ref: str, references: Sequence[str]) -> Question | None:
    customer = _bare(customer_ref)
    if len(customer) < _SHORTEST or any(customer in _bare(reference) for reference in references):
        return None
    return Question(
        Fact.CUSTOMER,
        msg("¿Cuál es tu número de cliente con {client}?"),
        msg("Como aparece en los pedidos o en el contrato"),
        frozenset({customer}),
        False,
    )


def is_right(question: Question, answer: str) -> bool:
    """Whether an answer is right; spaces, dashes and case do not matter."""
    bare = _bare(answer)
    return bool(bare) and bare in question.answers


def _bare(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text).upper()
