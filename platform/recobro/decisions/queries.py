"""Lists of decisions by what was asked, what stood in the way, who asked, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select, text

from kernel.clock import instant_of
from kernel.pages import Cursor, Page
from kernel.problems import Invalid
from kernel.text import msg
from legal.evidence.tables import DecisionRule
from legal.records.tables import DecisionRecord
from recobro.cases.tables import Case
from recobro.debtors.queries import debtors_meant
from recobro.debtors.tables import Debtor
from tenants.service import agency_of
from tenants.tables import Client, Membership
from tenants.work import Work

PAGE = 50
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class DecisionFilter:
    """What a list of decisions shows. Empty fields do not filter; days are the agency's, both included.

    `rule` is any rule that stood in the way or was set aside. `text` is a case's number or a debtor's name.
    """

    verdict: str = ""
    moment: str = ""
    channel: str = ""
    rule: str = ""
    asked_by: str = ""
    client: UUID | None = None
    case: UUID | None = None
    text: str = ""
    first: date | None = None
    last: date | None = None
    after: str = ""


@dataclass(frozen=True)
class DecisionRow:
    """One decision as a list shows it. `failed` are the rules that stood in the way, strictest first."""

    id: UUID
    at: datetime
    verdict: str
    until: datetime | None
    moment: str
    channel: str
    purpose: str
    failed: Sequence[str]
    overridden: Sequence[str]
    asked_by: str
    pack_id: str
    pack_version: str
    hash: str
    case_id: UUID
    case_number: str
    debtor: str
    client: str
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        """The debtor's clock."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Choices:
    """What a list may be filtered by: rules that ever stood in the way, people, clients (id and name)."""

    rules: Sequence[str]
    people: Sequence[str]
    clients: Sequence[tuple[UUID, str]]


def list_decisions(work: Work, wanted: DecisionFilter, *, size: int = PAGE) -> Page[DecisionRow]:
    """One page of decisions, the newest first, and how many there are up to ten thousand. Three statements at most."""
    rows, more = chunk(work, wanted, size)
    return Page(rows, _count(work, wanted), more)


def records_of(work: Work, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The whole records of some decisions."""
    found = work.session.execute(
        select(DecisionRecord.id, DecisionRecord.record).where(
            DecisionRecord.agency_id == work.agency_id, DecisionRecord.id.in_(ids)
        )
    )
    return {row.id: row.record for row in found}


def decision_row(work: Work, decision_id: UUID) -> DecisionRow | None:
    """One decision as a list shows it."""
    keys = select(DecisionRecord.id, DecisionRecord.at).where(
        DecisionRecord.agency_id == work.agency_id, DecisionRecord.id == decision_id
    )
    return next(iter(_rows(work, keys)), None)


def chunk(work: Work, wanted: DecisionFilter, size: int) -> tuple[list[DecisionRow], str | None]:
    """Some decisions of a filter, the newest first, and where the next ones begin."""
    keys, at, row_id = _keys(work, wanted)
    if wanted.after:
        when, last_id = _place(wanted.after)
        keys = keys.where(or_(at < when, and_(at == when, row_id < last_id)))
    found = _rows(work, keys.order_by(at.desc(), row_id.desc()).limit(size + 1))
    rows = found[:size]
    if len(found) <= size:
        return rows, None
    return rows, Cursor((rows[-1].at.isoformat(), str(rows[-1].id))).encode()


def _place(after: str) -> tuple[datetime, UUID]:
    try:
        when, last_id = Cursor.decode(after).values
        return datetime.fromisoformat(str(when)), UUID(str(last_id))
    except ValueError as error:
        raise Invalid(msg("La página pedida ya no existe; vuelve al principio de la lista.")) from error


def _keys(work: Work, wanted: DecisionFilter) -> tuple[Any, Any, Any]:
    """The ids that are wanted, and the columns they are ordered by: of the rules' index where a rule is asked for."""
    if wanted.rule:
        at, row_id = DecisionRule.at, DecisionRule.decision_id
        keys = select(row_id.label("id"), at.label("at")).where(
            DecisionRule.agency_id == work.agency_id, DecisionRule.rule == wanted.rule
        )
        if wanted.moment or wanted.channel or wanted.asked_by or wanted.case or wanted.text.strip():
            keys = keys.join(
                DecisionRecord,
                and_(DecisionRecord.agency_id == DecisionRule.agency_id, DecisionRecord.id == DecisionRule.decision_id),
            )
        source: Any = DecisionRule
    else:
        at, row_id = DecisionRecord.at, DecisionRecord.id
        keys = select(row_id.label("id"), at.label("at")).where(DecisionRecord.agency_id == work.agency_id)
        source = DecisionRecord
    return keys.where(*_conditions(work, wanted, source)), at, row_id


def _conditions(work: Work, wanted: DecisionFilter, source: Any) -> list[Any]:
    """`source` has instant, verdict and client; the rest is the decision's."""
    found: list[Any] = []
    if wanted.verdict:
        found.append(source.verdict == wanted.verdict)
    if wanted.client:
        found.append(source.client_id == wanted.client)
    if wanted.first or wanted.last:
        zone = ZoneInfo(agency_of(work).time_zone)
        if wanted.first:
            found.append(source.at >= instant_of(wanted.first, zone))
        if wanted.last:
            found.append(source.at < instant_of(wanted.last + timedelta(days=1), zone))
    if wanted.moment:
        found.append(DecisionRecord.moment == wanted.moment)
    if wanted.channel:
        found.append(DecisionRecord.channel == wanted.channel)
    if wanted.asked_by:
        found.append(DecisionRecord.asked_by == wanted.asked_by)
    if wanted.case:
        found.append(DecisionRecord.case_id == wanted.case)
    if wanted.text.strip():
        found.append(DecisionRecord.case_id.in_(_cases_meant(work, wanted.text.strip())))
    return found


def _cases_meant(work: Work, words: str) -> Any:
    return select(Case.id).where(
        Case.agency_id == work.agency_id,
        or_(Case.number == words.upper(), Case.debtor_id.in_(debtors_meant(work, words.upper()))),
    )


def _count(work: Work, wanted: DecisionFilter) -> int | None:
    keys, _, _ = _keys(work, wanted)
    counted = work.session.scalar(select(func.count()).select_from(keys.limit(COUNT_LIMIT + 1).subquery())) or 0
    return counted if counted <= COUNT_LIMIT else None


def _rows(work: Work, keys: Any) -> list[DecisionRow]:
    """The rows of some ids, without their records, which are large."""
    wanted, d = keys.subquery(), DecisionRecord
    found = work.session.execute(
        select(
            d.id, d.at, d.verdict, d.until, d.moment, d.channel, d.purpose, d.failed, d.overridden, d.asked_by,
            d.pack_id, d.pack_version, d.hash, d.case_id, Case.number.label("case_number"),
            Debtor.name.label("debtor"), Client.name.label("client"), Debtor.time_zone,
        )
        .join(wanted, wanted.c.id == d.id)
        .join(Case, and_(Case.agency_id == d.agency_id, Case.id == d.case_id))
        .join(Debtor, and_(Debtor.agency_id == d.agency_id, Debtor.id == d.debtor_id))
        .join(Client, and_(Client.agency_id == d.agency_id, Client.id == d.client_id))
        .where(d.agency_id == work.agency_id)
        .order_by(wanted.c.at.desc(), wanted.c.id.desc())
    )  # fmt: skip
    return [DecisionRow(**row._mapping) for row in found]


def choices(work: Work) -> Choices:
    """What there is to filter by. Three statements."""
    rules = work.session.scalars(text(_RULES), {"agency": work.agency_id}).all()
    people = work.session.scalars(
        select(Membership.name)
        .where(Membership.agency_id == work.agency_id, Membership.client_id.is_(None))
        .distinct()
        .order_by(Membership.name)
    ).all()
    clients = work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == work.agency_id).order_by(Client.name)
    )
    return Choices(rules, ["Recobro", *people], [(row.id, row.name) for row in clients])


# From one rule to the next along the index, instead of over every row.
_RULES = """
WITH RECURSIVE known(rule) AS (
  SELECT min(r.rule) FROM decision_rules r WHERE r.agency_id = :agency
  UNION ALL
  SELECT (SELECT min(r.rule) FROM decision_rules r WHERE r.agency_id = :agency AND r.rule > k.rule)
  FROM known k WHERE k.rule IS NOT NULL
)
SELECT rule FROM known WHERE rule IS NOT NULL
"""
