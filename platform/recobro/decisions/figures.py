"""The figures of a compliance report: sums over whole sets, six statements whatever the period's size.

Every figure counts decisions. A contact that is planned and later sent is asked about twice, so the two moments are
told apart. A decision may have several rules against it: the figures by rule do not add up to the decisions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from kernel.clock import instant_of
from kernel.problems import Invalid
from kernel.text import msg
from tenants.service import agency_of
from tenants.work import Work

MOST_DAYS = 366
MOST_OVERRIDES = 200


@dataclass(frozen=True)
class Period:
    """The days of a report, both included, by the agency's clock; of one client or of all."""

    first: date
    last: date
    client: UUID | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid(msg("El periodo termina antes de empezar."))
        if (self.last - self.first).days >= MOST_DAYS:
            raise Invalid(msg("Un informe abarca un año como mucho."))

    @property
    def weeks(self) -> list[date]:
        """The Mondays of its weeks."""
        monday = self.first - timedelta(days=self.first.weekday())
        return [monday + timedelta(days=7 * n) for n in range((self.last - monday).days // 7 + 1)]


@dataclass(frozen=True)
class Tally:
    """How many decisions, with which answer; how long those that wait had to, in all and at most."""

    asked: int = 0
    allowed: int = 0
    delayed: int = 0
    denied: int = 0
    waited: timedelta = timedelta()
    longest: timedelta = timedelta()

    @property
    def average(self) -> timedelta:
        """The mean wait of those that had to wait."""
        return self.waited / self.delayed if self.delayed else timedelta()


@dataclass(frozen=True)
class RuleTally:
    """How often a rule stood in the way, by the answer that came of it, and how often it was set aside."""

    rule: str
    delayed: int
    denied: int
    overridden: int


@dataclass(frozen=True)
class Overriding:
    """One decision in which a supervisor set policies aside: who, why, which."""

    decision_id: UUID
    at: datetime
    by: str
    reason: str
    rules: Sequence[str]
    verdict: str
    channel: str
    case_number: str
    client: str


@dataclass(frozen=True)
class AttemptTally:
    """The contacts of a channel: leave given at the moment of sending; counted with that leave, taken back because
    they never left; and those noted afterwards, without having asked."""

    channel: str
    permitted: int = 0
    counted: int = 0
    voided: int = 0
    unasked: int = 0
    conversations: int = 0

    @property
    def missing(self) -> int:
        """Leave without an attempt (or the other way round, negative): nothing, or something is wrong."""
        return self.permitted - self.counted - self.voided


@dataclass(frozen=True)
class ComplaintTally:
    """The complaints that came in the period, and what is open of them."""

    opened: int = 0
    still_open: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class Report:
    """All figures of a period."""

    period: Period
    total: Tally
    moments: Mapping[str, Tally]
    channels: Mapping[str, Tally]
    clients: Mapping[UUID, Tally]
    weeks: Mapping[date, Tally]
    rules: Sequence[RuleTally]
    overridings: Sequence[Overriding]
    overridden: int
    attempts: Sequence[AttemptTally]
    complaints: ComplaintTally = field(default_factory=ComplaintTally)
    names: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def shown_weeks(self) -> list[tuple[date, Tally]]:
        """Its weeks, each under its first day within the period; a cut-off first week in which nothing was asked is
        left out."""
        weeks = [(max(monday, self.period.first), tally) for monday, tally in self.weeks.items()]
        cut = bool(weeks) and weeks[0][0] not in self.weeks and not weeks[0][1].asked
        return weeks[1:] if cut and len(weeks) > 1 else weeks


def report(work: Work, period: Period) -> Report:
    """The figures of a period."""
    zone = ZoneInfo(agency_of(work).time_zone)
    given = {
        "agency": work.agency_id,
        "client": period.client,
        "begin": instant_of(period.first, zone),
        "end": instant_of(period.last + timedelta(days=1), zone),
        "zone": zone.key,
        "first": period.first,
        "last": period.last,
        "today": work.today(zone),
    }
    sets = _sets(work, given)
    overridings, overridden = _overridings(work, given)
    weeks = {monday: sets["week"].get(monday, Tally()) for monday in period.weeks}
    permitted = {channel: tally.allowed for channel, tally in sets["sending"].items()}
    return Report(
        period=period,
        total=sets["total"][None],
        moments=sets["moment"],
        channels=_most_first(sets["channel"]),
        clients=_most_first(sets["client"]),
        weeks=weeks,
        rules=_rules(work, given),
        overridings=overridings,
        overridden=overridden,
        attempts=_attempts(work, given, permitted),
        complaints=_complaints(work, given),
        names={row.id: row.name for row in work.session.execute(text(_NAMES), given)},
    )


def _most_first(tallies: Mapping[Any, Tally]) -> dict[Any, Tally]:
    return dict(sorted(tallies.items(), key=lambda pair: (-pair[1].asked, str(pair[0]))))


# What a row of the grouping sets is grouped by: PostgreSQL sets a bit for each column that is not.
_KINDS = {15: "total", 7: "moment", 11: "channel", 13: "client", 14: "week", 3: "sending"}
# Added up twice: the sums by all four at once are few, and only they are sorted for each kind.
_SETS = """
SELECT GROUPING(d.moment, d.channel, d.client_id, d.week) AS kind, d.moment, d.channel, d.client_id, d.week,
  coalesce(sum(d.many), 0)::bigint AS asked,
  coalesce(sum(d.many) FILTER (WHERE d.verdict = 'allow'), 0)::bigint AS allowed,
  coalesce(sum(d.many) FILTER (WHERE d.verdict = 'wait'), 0)::bigint AS delayed,
  coalesce(sum(d.many) FILTER (WHERE d.verdict = 'deny'), 0)::bigint AS denied,
  coalesce(sum(d.waited), interval '0') AS waited,
  coalesce(max(d.longest), interval '0') AS longest
FROM (
  SELECT s.moment, s.channel, s.client_id, s.verdict,
    date_trunc('week', s.at AT TIME ZONE CAST(:zone AS text))::date AS week,
    count(*) AS many, sum(s.until - s.at) AS waited, max(s.until - s.at) AS longest
  FROM decisions s
  WHERE s.agency_id = :agency AND s.at >= :begin AND s.at < :end
    AND (CAST(:client AS uuid) IS NULL OR s.client_id = :client)
  GROUP BY 1, 2, 3, 4, 5) d
GROUP BY GROUPING SETS ((), (d.moment), (d.channel), (d.client_id), (d.week), (d.moment, d.channel))
"""


def _sets(work: Work, given: Mapping[str, Any]) -> dict[str, dict[Any, Tally]]:
    found: dict[str, dict[Any, Tally]] = {kind: {} for kind in _KINDS.values()}
    for row in work.session.execute(text(_SETS), given):
        kind = _KINDS[row.kind]
        if kind == "sending" and row.moment != "sending":
            continue
        key = {"moment": row.moment, "channel": row.channel, "sending": row.channel, "client": row.client_id,
               "week": row.week, "total": None}[kind]  # fmt: skip
        found[kind][key] = Tally(row.asked, row.allowed, row.delayed, row.denied, row.waited, row.longest)
    return found


_RULES = """
SELECT r.rule,
  count(*) FILTER (WHERE r.result = 'failed' AND r.verdict = 'wait') AS delayed,
  count(*) FILTER (WHERE r.result = 'failed' AND r.verdict = 'deny') AS denied,
  count(*) FILTER (WHERE r.result = 'overridden') AS overridden
FROM decision_rules r
WHERE r.agency_id = :agency AND r.at >= :begin AND r.at < :end
  AND (CAST(:client AS uuid) IS NULL OR r.client_id = :client)
GROUP BY r.rule
ORDER BY count(*) FILTER (WHERE r.result = 'failed') DESC, r.rule
"""


def _rules(work: Work, given: Mapping[str, Any]) -> list[RuleTally]:
    return [RuleTally(*row) for row in work.session.execute(text(_RULES), given)]


_OVERRIDINGS = """
SELECT d.id, d.at, d.record -> 'action' -> 'override' ->> 'by' AS by,
  d.record -> 'action' -> 'override' ->> 'reason' AS reason, d.overridden, d.verdict, d.channel,
  c.number, k.name, o.every
FROM (
  SELECT r.decision_id, count(*) OVER () AS every FROM (
    SELECT DISTINCT x.decision_id, x.at FROM decision_rules x
    WHERE x.agency_id = :agency AND x.result = 'overridden' AND x.at >= :begin AND x.at < :end
      AND (CAST(:client AS uuid) IS NULL OR x.client_id = :client)) r
  ORDER BY r.at DESC, r.decision_id DESC LIMIT :most) o
JOIN decisions d ON d.agency_id = :agency AND d.id = o.decision_id
JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
JOIN clients k ON k.agency_id = d.agency_id AND k.id = d.client_id
ORDER BY d.at DESC, d.id DESC
"""


def _overridings(work: Work, given: Mapping[str, Any]) -> tuple[list[Overriding], int]:
    """The newest of them, and how many there are."""
    rows = work.session.execute(text(_OVERRIDINGS), {**given, "most": MOST_OVERRIDES}).all()
    return [Overriding(*row[:-1]) for row in rows], rows[0].every if rows else 0


_ATTEMPTS = """
SELECT a.channel,
  count(*) FILTER (WHERE a.decision_id IS NOT NULL AND a.voided_at IS NULL) AS counted,
  count(*) FILTER (WHERE a.decision_id IS NOT NULL AND a.voided_at IS NOT NULL) AS voided,
  count(*) FILTER (WHERE a.decision_id IS NULL AND a.voided_at IS NULL) AS unasked,
  count(*) FILTER (WHERE a.conversation AND a.voided_at IS NULL) AS conversations
FROM contact_attempts a
WHERE a.agency_id = :agency AND NOT a.incoming AND a.at >= :begin AND a.at < :end
  AND (CAST(:client AS uuid) IS NULL OR a.client_id = :client)
GROUP BY a.channel
"""


def _attempts(work: Work, given: Mapping[str, Any], permitted: Mapping[str, int]) -> list[AttemptTally]:
    rows = {row.channel: row[1:] for row in work.session.execute(text(_ATTEMPTS), given)}
    channels = sorted({*rows, *(channel for channel, count in permitted.items() if count)})
    return [AttemptTally(one, permitted.get(one, 0), *rows.get(one, (0, 0, 0, 0))) for one in channels]


_COMPLAINTS = """
SELECT count(*), count(*) FILTER (WHERE q.state = 'open'),
  count(*) FILTER (WHERE q.state = 'open' AND q.due_on < :today)
FROM complaints q
WHERE q.agency_id = :agency AND q.received_on >= :first AND q.received_on <= :last
  AND (CAST(:client AS uuid) IS NULL OR q.client_id = :client)
"""


def _complaints(work: Work, given: Mapping[str, Any]) -> ComplaintTally:
    return ComplaintTally(*work.session.execute(text(_COMPLAINTS), given).one())


_NAMES = "SELECT k.id, k.name FROM clients k WHERE k.agency_id = :agency ORDER BY k.name"
