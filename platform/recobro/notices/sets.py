"""The facts of many cases at once, for looking at a whole portfolio: plain rows of only what planner and gate look at.

They stand where `facts.gather` has the tables' own objects, so that what is made of them is made by the same functions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Row, Uuid, any_, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from legal.records.consents import holding
from legal.records.disputes import disputes_of, notices_of
from legal.records.tables import ConsentEvent, Dispute, ValidationNotice
from recobro.cases.tables import CaseFlag, Debt
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.notices.facts import CaseFacts, introduced_among
from tenants.service import agency_of
from tenants.tables import Client
from tenants.work import Work

_POINT = (
    ContactPoint.debtor_id, ContactPoint.id, ContactPoint.channel, ContactPoint.value, ContactPoint.person_role,
    ContactPoint.source, ContactPoint.consent, ContactPoint.quality,
)  # fmt: skip
_DEBTOR = (
    Debtor.id, Debtor.kind, Debtor.country, Debtor.region, Debtor.city, Debtor.time_zone, Debtor.birth_year,
    Debtor.tax_id_norm,
)  # fmt: skip


def among(column: InstrumentedAttribute[UUID], ids: Iterable[UUID]) -> ColumnElement[bool]:
    """That a column is one of these ids: one array, however many there are."""
    return column == any_(bindparam(None, list(ids), ARRAY(Uuid)))


def gather_rows(work: Work, cases: Sequence[Any]) -> dict[UUID, CaseFacts]:
    """The facts of cases given as rows with `id`, `client_id` and `debtor_id`, by case."""
    agency = agency_of(work)
    ids, debtor_ids = [case.id for case in cases], [case.debtor_id for case in cases]
    debtors = {row.id: row for row in work.session.execute(_of(work, _DEBTOR, Debtor.id, debtor_ids))}
    clients = {row.id: row for row in work.session.execute(select(Client.id, Client.creditor_type))}
    points = _by_first(
        work.session.execute(
            _of(work, _POINT, ContactPoint.debtor_id, debtor_ids).order_by(ContactPoint.created_at, ContactPoint.id)
        )
    )
    flags = _by_first(
        work.session.execute(
            _of(work, (CaseFlag.case_id, CaseFlag.kind, CaseFlag.expires_on), CaseFlag.case_id, ids).where(
                CaseFlag.closed_at.is_(None)
            )
        )
    )
    wishes = _wishes(work, debtor_ids)
    disputes = _by(disputes_of(work, _some(work, Dispute.case_id, ids)), "case_id")
    validation = _by(notices_of(work, _some(work, ValidationNotice.case_id, ids)), "case_id")
    unproven = set(
        work.session.scalars(
            _of(work, (Debt.case_id,), Debt.case_id, ids).where(Debt.state == "open", func.btrim(Debt.reference) == "")
        )
    )
    introduced = introduced_among(work, ids)
    found = {}
    for case in cases:
        debtor = debtors[case.debtor_id]
        said = wishes.get(debtor.id)
        found[case.id] = CaseFacts(
            case, cast(Any, debtor), cast(Any, clients[case.client_id]), agency,
            cast(Any, points.get(debtor.id, ())), cast(Any, flags.get(case.id, ())),
            holding(said, work.today(ZoneInfo(debtor.time_zone))) if said else (),
            _WITHOUT_REFERENCE if case.id in unproven else (),
            disputes.get(case.id, ()), validation.get(case.id, ()), case.id in introduced,
        )  # fmt: skip
    return found


_WITHOUT_REFERENCE = (Debt(reference=""),)


def _of(work: Work, columns: Sequence[Any], key: InstrumentedAttribute[UUID], ids: Collection[UUID]) -> Any:
    owner = key.class_.agency_id
    return select(*columns).where(owner == work.agency_id, among(key, ids))


def _some(work: Work, key: InstrumentedAttribute[UUID], ids: Collection[UUID]) -> list[UUID]:
    """Those of them that have any; mostly few."""
    return list(work.session.scalars(_of(work, (key,), key, ids).distinct()))


def _wishes(work: Work, debtor_ids: Collection[UUID]) -> Mapping[UUID, list[ConsentEvent]]:
    lines = work.session.scalars(
        _of(work, (ConsentEvent,), ConsentEvent.debtor_id, debtor_ids).order_by(ConsentEvent.at, ConsentEvent.id)
    )
    return _by(lines, "debtor_id")


def _by(rows: Iterable[Any], column: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _by_first(rows: Iterable[Row[Any]]) -> dict[UUID, list[Row[Any]]]:
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found
