"""How often somebody may guess. Counted in PostgreSQL, so that the lock holds when Redis is down.

An attempt is written and committed before it is judged: a thousand guesses at once are still five.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Kind, Problem
from kernel.text import msg
from tenants.tables import SignInAttempt
from tenants.work import door_work

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 50
_KEPT = timedelta(days=1)


class TooManyAttempts(Problem):
    """This account or this address has guessed wrong too often."""

    kind = Kind.TOO_MANY
    code = "people.too_many_attempts"


@contextmanager
def counted(account: str, address: str) -> Iterator[None]:
    """A guess at an account's secret from an address: TooManyAttempts when there were too many; a success is forgotten.

    The account is any text that names what is guessed at; it need not exist.
    """
    here = enter(account, address)
    yield
    with door_work() as door:
        forget(door, account)
        _forget(door, here)
        door.execute(delete(SignInAttempt).where(SignInAttempt.at < SystemClock().now() - _KEPT))


def enter(account: str, address: str) -> UUID:
    """Count one try, for good; TooManyAttempts when the account or the address had too many. You get the try's id."""
    now = SystemClock().now()
    own, from_here = _subject("account", account), _subject("address", address)
    attempt, here = new_id(), new_id()
    with door_work() as door:
        door.add(SignInAttempt(id=attempt, subject=own, at=now))
        door.add(SignInAttempt(id=here, subject=from_here, at=now))
    with door_work() as door:
        refused = _recent(door, own, now) > PER_ACCOUNT or _recent(door, from_here, now) > PER_ADDRESS
        if refused:
            # A refused try is not judged, and so does not make the lock last longer.
            _forget(door, attempt, here)
    if refused:
        raise TooManyAttempts(
            msg("Demasiados intentos. Espera {minutes} minutos y vuelve a probar."),
            minutes=int(WINDOW.total_seconds() // 60),
        )
    return here


def forget(door: Session, account: str) -> None:
    """Open an account's lock: its secret was given, or is new."""
    door.execute(delete(SignInAttempt).where(SignInAttempt.subject == _subject("account", account)))


def _forget(door: Session, *attempts: UUID) -> None:
    door.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(attempts)))


def _recent(door: Session, subject: str, now: datetime) -> int:
    query = select(func.count()).where(SignInAttempt.subject == subject, SignInAttempt.at > now - WINDOW)
    return door.scalar(query) or 0


def _subject(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}|{value}".encode()).hexdigest()
