"""Time: instants are aware UTC datetimes, legal days are dates where the debtor lives. Only a Clock asks the time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class ShiftedClock:
    """Another clock moved by a fixed span: a sandbox agency's time."""

    base: Clock
    offset: timedelta

    def now(self) -> datetime:
        """The present instant of the base clock, moved."""
        return self.base.now() + self.offset


@dataclass
class ManualClock:
    """A clock that stands still until it is moved: stories and tests."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 15, 0, tzinfo=UTC))

    def now(self) -> datetime:
        """Where the clock stands."""
        return self.at

    def move_to(self, at: datetime) -> None:
        """Set the instant."""
        self.at = at.astimezone(UTC)

    def advance(self, span: timedelta) -> None:
        """Move it on."""
        self.at += span


def day_at(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day that `instant` falls on in `zone`."""
    return instant.astimezone(zone).date()


def instant_of(day: date, zone: ZoneInfo, hour: int = 0, minute: int = 0) -> datetime:
    """The instant at which a wall clock in `zone` shows that day and time, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
