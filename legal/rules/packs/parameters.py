"""What all parameters of rules share, and the amounts by which rules are narrowed."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kernel.text import msg
from legal.rules.facts import Product, Title
from legal.rules.packs.wrong import Wrong


class Parameters(BaseModel):
    """What a rule of some kind needs to know; unknown names are refused.

    `MAY_BE_UNREAD` are those that a rule of law may take from a source nobody read: whoever asks counts with and
    without them, and the stricter answer decides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    MAY_BE_UNREAD: ClassVar[frozenset[str]] = frozenset()


class Effect(StrEnum):
    """What a broken rule does: it stands in the way, or it is only said."""

    DENY = "deny"
    WARN = "warn"


AnswerHours = Annotated[int, Field(ge=1, le=168)]
THEIR_HOUR = 2
"""Hours in which an answer still falls at the hour and the place that the person chose to ask."""
SOON = 72
"""Hours in which an answer is still given at once, over a weekend."""


def as_text(value: object) -> object:
    """Numbers of the law are written as text: a float has lost what the law says."""
    if isinstance(value, float):
        raise Wrong("", msg("una tasa o un importe se escribe como texto entre comillas, no como número."))
    return value


class Sum(Parameters):
    """An amount of money that a law names: a decimal, or the row of a table on the day, times a number."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    amount: Decimal | None = None
    table: str = ""
    times: Decimal = Decimal(1)

    _exact = field_validator("amount", "times", mode="before")(as_text)

    @model_validator(mode="after")
    def _one_source(self) -> "Sum":
        if (self.amount is None) == (self.table == ""):
            raise ValueError("either an amount or a table")
        return self


class Band(Parameters):
    """A span of amounts: `least` and `most` belong to it, `over` and `below` do not."""

    least: Sum | None = None
    over: Sum | None = None
    most: Sum | None = None
    below: Sum | None = None


class OfSomeDebts(Parameters):
    """Rules on money that speak of some debts only: by title, product and principal (none named: any)."""

    titles: tuple[Title, ...] = ()
    products: tuple[Product, ...] = ()
    bands: tuple[Band, ...] = ()
    rank: int = 5
