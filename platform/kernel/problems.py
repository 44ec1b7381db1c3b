"""A refusal we expect: it has a kind, a code that never changes, and a sentence that may.

Anything that is not a Problem is a bug and is left to rise. Only the web knows HTTP status codes.
"""

from enum import StrEnum
from typing import ClassVar

from kernel.text import msg


class Kind(StrEnum):
    """What sort of refusal it is; the edge maps each to one HTTP status."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class Problem(Exception):
    """A refusal with a stable `code` (`area.reason`), a `kind`, a sentence for a person, and plain details.

    The sentence may hold `{named}` fields of the details; the edge translates `template` and fills it again.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "problem"

    def __init__(self, message: str, **details: object) -> None:
        self.template = message
        self.details = details
        self.message = message.format(**details) if details else message
        super().__init__(self.message)


class NotFound(Problem):
    """The thing does not exist, or it is not yours; the answer is the same."""

    kind = Kind.MISSING
    code = "not_found"

    def __init__(self, message: str = msg("No existe o no es tuyo."), **details: object) -> None:
        super().__init__(message, **details)


class NotAllowed(Problem):
    """You are known, and this is not yours to do."""

    kind = Kind.FORBIDDEN
    code = "not_allowed"


class Conflict(Problem):
    """It cannot be done in the present state of things."""

    kind = Kind.CONFLICT
    code = "conflict"


class Invalid(Problem):
    """What was given cannot be right; the message says what, where and how to mend it."""

    kind = Kind.INVALID
    code = "invalid"
