"""What a person chooses and says when two debtors are made one, or two again."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from kernel.text import msg
from recobro.twins.choosing import CHOICES, OTHER, SURVIVOR
from recobro.twins.tables import DebtorPair

MOST_REASON = 1000


class MergeForm(FlaskForm):  # type: ignore[misc]
    """Which case goes on, and why both are one debtor; the fields are radios named `field-…` beside it."""

    survivor = RadioField(validators=[InputRequired(msg("Elige qué caso sigue."))])
    reason = TextAreaField(validators=[InputRequired(msg("Di por qué son el mismo deudor.")), Length(max=MOST_REASON)])


class UndoForm(FlaskForm):  # type: ignore[misc]
    """Why they are two after all."""

    reason = TextAreaField(validators=[Length(max=MOST_REASON)])


@dataclass(frozen=True)
class Wanted:
    """What was chosen: who stands for both, and for each field whose value stands."""

    survivor_id: UUID
    other_id: UUID
    fields: Mapping[str, str]


def wanted_of(pair: DebtorPair, survivor: str, given: Mapping[str, str]) -> Wanted:
    """Read the choices of an accepted form; a field that was not chosen keeps its sensible default."""
    survivor_id = UUID(survivor)
    other_id = pair.other_id if survivor_id == pair.one_id else pair.one_id
    sides = {str(survivor_id): SURVIVOR, str(other_id): OTHER}
    chosen = {name: sides.get(given.get(f"field-{name}", ""), "") for name in CHOICES}
    return Wanted(survivor_id, other_id, {name: side for name, side in chosen.items() if side})
