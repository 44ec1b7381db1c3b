"""The facts of many cases at once, for looking at a whole portfolio: plain rows of only what planner and gate look at.

They stand where `facts.gather` has the tables' own objects, so that what is made of them is made by the same functions.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select

from legal.records.consents import holding
from legal.records.disputes import disputes_of, notices_of
from legal.records.tables import ConsentEvent, Dispute, ValidationNotice
from recobro.cases.tables import CaseFlag, Debt
from recobro.clients.queries import receivers
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.notices.facts import CaseFacts, house_of, introduced_among
from tenants.columns import Base
from tenants.service import agency_of
from tenants.sets import among, array_of, columns
from tenants.tables import Client
from tenants.work import Work

_POINT = columns(ContactPoint, "debtor_id", "id", "channel", "value", "person_role", "source", "consent", "quality")
_DEBTOR = columns(Debtor, "id", "kind", "country", "region", "city", "time_zone", "birth_year", "tax_id_norm")
_FLAG = columns(CaseFlag, "case_id", "kind", "expires_on")
_WITHOUT_REFERENCE = (Debt(reference=""),)


def gather_rows(work: Work, cases: Sequence[Any]) -> dict[UUID, CaseFacts]:
    """The facts of cases given as rows with `id`, `client_id` and `debtor_id`, by case."""
    agency = agency_of(work)
    ids, debtor_ids = array_of(case.id for case in cases), array_of(case.debtor_id for case in cases)
    debtors = {row[0]: row for row in _rows(work, _DEBTOR, Debtor, "id", debtor_ids)}
    clients = {row.id: row for row in work.session.execute(select(*columns(Client, "id", "creditor_type")))}
    made = columns(ContactPoint, "created_at", "id")
    points = _by_first(_rows(work, _POINT, ContactPoint, "debtor_id", debtor_ids, order=made))
    flags = _by_first(_rows(work, _FLAG, CaseFlag, "case_id", ids, CaseFlag.closed_at.is_(None)))
    wishes = _by(_wishes(work, debtor_ids), "debtor_id")
    disputes = _by(disputes_of(work, _some(work, Dispute, ids)), "case_id")
    validation = _by(notices_of(work, _some(work, ValidationNotice, ids)), "case_id")
    unproven = set(_some(work, Debt, ids, Debt.state == "open", func.btrim(Debt.reference) == ""))
    introduced, house = introduced_among(work, ids), house_of(agency)
    pay_to = receivers(work, {case.client_id for case in cases}, work.today(ZoneInfo(agency.time_zone)))
    found = {}
    for case in cases:
        debtor = debtors[case.debtor_id]
        said = wishes.get(debtor.id)
        found[case.id] = CaseFacts(
            case, cast(Any, debtor), cast(Any, clients[case.client_id]), agency, house,
            cast(Any, points.get(debtor.id, ())), cast(Any, flags.get(case.id, ())),
            holding(said, work.today(ZoneInfo(debtor.time_zone))) if said else (),
            _WITHOUT_REFERENCE if case.id in unproven else (),
            disputes.get(case.id, ()), validation.get(case.id, ()), case.id in introduced,
            pay_to[case.client_id],
        )  # fmt: skip
    return found


def _rows(
    work: Work, wanted: Sequence[Any], table: type[Base], key: str, ids: str, *where: Any, order: Any = ()
) -> Sequence[Row[Any]]:
    owner, column = columns(table, "agency_id", key)
    query = select(*wanted).where(owner == work.agency_id, among(column, ids), *where).order_by(*order)
    return work.session.execute(query).all()


def _some(work: Work, table: type[Base], case_ids: str, *where: Any) -> list[UUID]:
    """Those cases that have any; mostly few."""
    return [row[0] for row in _rows(work, columns(table, "case_id"), table, "case_id", case_ids, *where)]


def _wishes(work: Work, debtor_ids: str) -> Iterable[ConsentEvent]:
    return work.session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.agency_id == work.agency_id, among(ConsentEvent.debtor_id, debtor_ids))
        .order_by(ConsentEvent.at, ConsentEvent.id)
    )


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
