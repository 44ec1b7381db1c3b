"""Keyset pagination without SQL: a page of things and the cursors to its neighbours."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kernel.problems import Invalid
from kernel.text import msg

T = TypeVar("T")


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: the sort key's values of the last row seen, as JSON scalars."""

    values: tuple[str | int | None, ...]

    def encode(self) -> str:
        """As it travels in a URL."""
        return base64.urlsafe_b64encode(json.dumps(self.values).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Back from a URL; a broken one is refused with a sentence."""
        try:
            values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except ValueError as error:
            raise Invalid(msg("La página pedida ya no existe; vuelve al principio de la lista.")) from error
        if not isinstance(values, list) or not all(isinstance(v, str | int | None) for v in values):
            raise Invalid(msg("La página pedida ya no existe; vuelve al principio de la lista."))
        return cls(tuple(values))


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows in order, how many there are in all (None: too many to count), and where the next ones begin."""

    rows: Sequence[T]
    total: int | None
    next_cursor: str | None
    first_number: int = 1
