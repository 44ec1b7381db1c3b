"""The facts of cases, read with a handful of queries however many cases there are.

`gather` gives the tables' own objects, for those who write to a debtor or change a case; `gather_rows` plain rows of
only what planner and gate look at, their ids as text, for looking at a whole portfolio. The same functions make of them
what is asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select

from kernel.problems import NotFound
from kernel.text import msg
from legal.records.consents import holding
from legal.records.disputes import disputes_of, notices_of
from legal.records.tables import ConsentEvent, Dispute, ValidationNotice
from legal.rules.facts import Purpose
from recobro.cases.tables import Case, CaseFlag, Debt
from recobro.clients.queries import receivers
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.notices.elsewhere import elsewhere
from recobro.notices.facts import NOTHING_ELSEWHERE, CaseFacts, house_of
from recobro.notices.tables import Notice
from tenants.columns import Base
from tenants.service import agency_of
from tenants.sets import among, array_of, columns, plain, tuples
from tenants.tables import Client
from tenants.work import Work

Found = TypeVar("Found")
_POINT = plain(
    ContactPoint, "debtor_id", "id", "channel", "value", "value_norm", "person_role", "source", "consent", "quality"
)
_DEBTOR = plain(Debtor, "id", "kind", "country", "region", "city", "time_zone", "birth_year", "tax_id_norm")
_FLAG = plain(CaseFlag, "case_id", "kind", "expires_on")
_WITHOUT_REFERENCE = (Debt(reference=""),)


def gather(work: Work, case_ids: Iterable[UUID]) -> dict[UUID, CaseFacts]:
    """The facts of these cases, by case; cases that are not the principal's are absent."""
    wanted = array_of(case_ids)
    rows = work.session.execute(
        select(Case, Debtor, Client)
        .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
        .join(Client, (Client.agency_id == Case.agency_id) & (Client.id == Case.client_id))
        .where(Case.agency_id == work.agency_id, among(Case.id, wanted))
    ).all()
    if not rows:
        return {}
    debtors = array_of(debtor.id for _, debtor, _ in rows)
    points = _objects(work, ContactPoint, "debtor_id", debtors, order=("created_at", "id"))
    flags = _objects(work, CaseFlag, "case_id", wanted, CaseFlag.closed_at.is_(None))
    debts = _objects(work, Debt, "case_id", wanted, Debt.state == "open", order=("due_on", "id"))
    return _facts(
        work, rows, _by(points, "debtor_id"), _by(flags, "case_id"), _by(debts, "case_id"), wanted, debtors
    )  # fmt: skip


def gather_one(work: Work, case_id: UUID) -> CaseFacts:
    """The facts of one case; missing and foreign are the same."""
    found = gather(work, [case_id]).get(case_id)
    if found is None:
        raise NotFound(msg("Ese caso no existe o no es tuyo."))
    return found


def gather_rows(work: Work, cases: Sequence[Any]) -> dict[Any, CaseFacts]:
    """The facts of cases given as rows with `id`, `client_id` and `debtor_id`, by that id."""
    ids, debtor_ids = array_of(case.id for case in cases), array_of(case.debtor_id for case in cases)
    debtors = {row[0]: row for row in _rows(work, _DEBTOR, Debtor, "id", debtor_ids)}
    clients = {row.id: row for row in tuples(work, select(*plain(Client, "id", "creditor_type")))}
    made = columns(ContactPoint, "created_at", "id")
    points = _by_first(_rows(work, _POINT, ContactPoint, "debtor_id", debtor_ids, order=made))
    flags = _by_first(_rows(work, _FLAG, CaseFlag, "case_id", ids, CaseFlag.closed_at.is_(None)))
    unproven = _some(work, Debt, ids, Debt.state == "open", func.btrim(Debt.reference) == "")
    rows = [(case, debtors[str(case.debtor_id)], clients[str(case.client_id)]) for case in cases]
    return _facts(work, rows, points, flags, dict.fromkeys(unproven, _WITHOUT_REFERENCE), ids, debtor_ids)


def _facts(
    work: Work,
    rows: Iterable[Any],
    points: Mapping[str, Sequence[Any]],
    flags: Mapping[str, Sequence[Any]],
    debts: Mapping[str, Sequence[Any]],
    case_ids: str,
    debtor_ids: str,
) -> dict[Any, CaseFacts]:
    """Cases, debtors and clients with what was said and what happened; most have little of it."""
    agency = agency_of(work)
    wishes = _by(_objects(work, ConsentEvent, "debtor_id", debtor_ids, order=("at", "id")), "debtor_id")
    others = elsewhere(work, debtor_ids, wishes)
    disputes = _by(disputes_of(work, map(UUID, _some(work, Dispute, case_ids))), "case_id")
    validation = _by(notices_of(work, map(UUID, _some(work, ValidationNotice, case_ids))), "case_id")
    introduced, house = _introduced(work, case_ids), house_of(agency)
    client_ids = map(UUID, {str(client.id) for _, _, client in rows})
    today = work.today(ZoneInfo(agency.time_zone))
    pay_to = {str(client_id): told for client_id, told in receivers(work, list(client_ids), today).items()}
    found = {}
    for case, debtor, client in rows:
        case_id, debtor_id = str(case.id), str(debtor.id)
        said = wishes.get(debtor_id)
        found[case.id] = CaseFacts(
            case, debtor, client, agency, house, points.get(debtor_id, ()), flags.get(case_id, ()),
            holding(said, work.today(ZoneInfo(debtor.time_zone))) if said else (),
            debts.get(case_id, ()), disputes.get(case_id, ()), validation.get(case_id, ()), case_id in introduced,
            pay_to[str(client.id)], others.get(debtor_id, NOTHING_ELSEWHERE),
        )  # fmt: skip
    return found


def _introduced(work: Work, case_ids: str) -> set[str]:
    """The cases whose debtor got a notice: none goes out without what a first contact must say."""
    collected = (Notice.purpose == Purpose.COLLECT.value, Notice.state.in_(("sent", "delivered", "printed")))
    return _some(work, Notice, case_ids, *collected)


def _objects(
    work: Work, table: type[Found], key: str, ids: str, *where: Any, order: Sequence[str] = ()
) -> Sequence[Found]:
    of: Any = table
    query = select(table).where(of.agency_id == work.agency_id, among(getattr(of, key), ids), *where)
    return work.session.scalars(query.order_by(*(getattr(of, name) for name in order))).all()


def _rows(
    work: Work, wanted: Sequence[Any], table: type[Base], key: str, ids: str, *where: Any, order: Any = ()
) -> Sequence[Row[Any]]:
    owner, column = columns(table, "agency_id", key)
    query = select(*wanted).where(owner == work.agency_id, among(column, ids), *where).order_by(*order)
    return tuples(work, query)


def _some(work: Work, table: type[Base], case_ids: str, *where: Any) -> set[str]:
    """Those cases that have any, by their ids as text; mostly few."""
    return {row[0] for row in _rows(work, plain(table, "case_id"), table, "case_id", case_ids, *where)}


def _by(rows: Iterable[Found], column: str) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = defaultdict(list)
    for row in rows:
        found[str(getattr(row, column))].append(row)
    return found


def _by_first(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found
