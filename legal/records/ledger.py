"""What a debtor's ledger of consent comes to: the lines that stand, in the words of the law. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.clock import instant_of
from legal.records.tables import ConsentEvent, Dispute
from legal.rules.facts import (
    Agreed,
    Channel,
    Contested,
    DebtorRequest,
    GivenConsent,
    Inconvenient,
    Lawyer,
    OptOut,
)

# What was said in such a way can be read again.
WRITTEN = frozenset({"letter", "email", "page", "link"})


@dataclass(frozen=True)
class Standing:
    """What holds now: channels closed and allowed, consents given, what does not suit, who acts for the debtor.

    `at_work` are the contact points where the employer wants no calls.
    """

    opt_outs: tuple[OptOut, ...] = ()
    allowed: frozenset[Channel] = frozenset()
    requests: tuple[DebtorRequest, ...] = ()
    consents: tuple[GivenConsent, ...] = ()
    inconvenient: tuple[Inconvenient, ...] = ()
    lawyer: Lawyer | None = None
    employer_prohibits: bool | None = None
    at_work: frozenset[UUID] = frozenset()


NOTHING_SAID = Standing()


def standing(lines: Sequence[ConsentEvent], zone: ZoneInfo) -> Standing:
    """What a ledger says, its lines given in the order in which things were said. `zone` is the debtor's."""
    if not lines:
        return NOTHING_SAID
    live = living(lines)
    lawyers = [line for line in live if line.kind == "lawyer"]
    employers = [line for line in live if line.kind == "employer"]
    return Standing(
        opt_outs=_opt_outs(live),
        allowed=_allowed(live),
        requests=tuple(DebtorRequest(line.at, Channel(line.channel)) for line in live if line.kind == "asked"),
        consents=tuple(_consent(line, live, zone) for line in live if line.kind == "grant"),
        inconvenient=tuple(_inconvenient(line) for line in live if line.kind == "inconvenient"),
        lawyer=_lawyer(lawyers[-1]) if lawyers else None,
        employer_prohibits=True if employers else None,
        at_work=frozenset(line.contact_point_id for line in employers if line.contact_point_id),
    )


def living(lines: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """The lines that no later line has ended."""
    ended = {line.ends_id for line in lines if line.kind == "ended"}
    return [line for line in lines if line.kind != "ended" and line.id not in ended]


def closing(live: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """The lines that still close a channel, or all, in order.

    A later `resume` takes back a `stop`, of one channel or of all; so does a new consent to the channel. What is said
    of one number or address is kept with that number.
    """
    closed: list[ConsentEvent] = []
    for line in live:
        if line.contact_point_id is not None:
            continue
        if line.kind == "stop":
            closed.append(line)
        elif opens(line):
            closed = [one for one in closed if line.channel and one.channel != line.channel]
    return closed


def _opt_outs(live: Sequence[ConsentEvent]) -> tuple[OptOut, ...]:
    """What is still closed, each channel by what was said last."""
    last = {line.channel: line for line in closing(live)}
    return tuple(
        OptOut(Channel(line.channel) if line.channel else None, line.at, written=line.how in WRITTEN)
        for line in last.values()
    )


def opens(line: ConsentEvent) -> bool:
    """Whether a line opens a channel, or all, that an earlier one closed."""
    return line.kind == "resume" or (line.kind == "grant" and line.scope in ("", Agreed.CHANNEL))


def _allowed(live: Sequence[ConsentEvent]) -> frozenset[Channel]:
    """The channels to which the debtor, or the client for the debtor, said yes, and nothing later says otherwise."""
    allowed: set[Channel] = set()
    for line in live:
        if line.contact_point_id is not None:
            continue
        channels = {Channel(line.channel)} if line.channel else set(Channel)
        told = line.kind == "resume" and line.how == "client" and line.channel
        if told or (line.kind == "grant" and line.scope in ("", Agreed.CHANNEL)):
            allowed |= channels
        elif line.kind == "stop" or (line.kind == "withdraw" and line.scope in ("", Agreed.CHANNEL)):
            allowed -= channels
    return frozenset(allowed)


def _consent(line: ConsentEvent, live: Sequence[ConsentEvent], zone: ZoneInfo) -> GivenConsent:
    what = Agreed(line.scope or Agreed.CHANNEL)
    return GivenConsent(
        what=what,
        at=line.at,
        until=instant_of(line.until + timedelta(days=1), zone) if line.until else None,
        channel=Channel(line.channel) if line.channel else None,
        direct=line.how != "client",
        written=line.how in WRITTEN,
        withdrawn_at=next((other.at for other in live if _takes_back(other, line, what)), None),
    )


def _takes_back(other: ConsentEvent, line: ConsentEvent, what: Agreed) -> bool:
    same = other.kind == "withdraw" and Agreed(other.scope or Agreed.CHANNEL) is what
    stopped = other.kind == "stop" and what is Agreed.CHANNEL and other.contact_point_id is None
    later = (other.at, other.id) > (line.at, line.id)
    return later and (same or stopped) and other.channel in (line.channel, "")


def _inconvenient(line: ConsentEvent) -> Inconvenient:
    given = line.details
    return Inconvenient(
        since=line.at,
        days=tuple(given.get("days", ())),
        begins=_time(given.get("begins")),
        ends=_time(given.get("ends")),
        workplace=True if given.get("workplace") else None,
        channel=Channel(line.channel) if line.channel else None,
    )


def _time(told: str | None) -> time | None:
    return time.fromisoformat(told) if told else None


def _lawyer(line: ConsentEvent) -> Lawyer:
    given = line.details
    known = bool(given.get("name")) and any(given.get(name) for name in ("address", "phone", "email"))
    return Lawyer(since=line.at, reachable=known)


def contested(disputes: Sequence[Dispute], zone: ZoneInfo) -> tuple[Contested, ...]:
    """What was disputed, when, and when its proof was sent; a day is its first instant where the debtor is."""
    return tuple(
        Contested(
            at=instant_of(one.received_on, zone),
            written=one.medium == "written",
            origin=one.kind == "first_creditor",
            answered_at=_sent(one, zone),
        )
        for one in disputes
    )


def _sent(one: Dispute, zone: ZoneInfo) -> datetime | None:
    return instant_of(one.verification_sent_on, zone) if one.verification_sent_on else None
