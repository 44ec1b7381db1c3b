"""The pairs that wait for a person, one pair side by side, and what a case's page says of twins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from kernel.money import Money
from kernel.pages import Cursor, Page
from recobro.cases.tables import Case, CaseBalance
from recobro.clients.tables import Contract
from recobro.debtors.facts import Source, sources_of
from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake.tables import Placement
from recobro.twins.tables import DebtorMerge, DebtorPair
from tenants.tables import Client
from tenants.work import Work

PAGE = 25
_MOST_COUNTED = 1_000


@dataclass(frozen=True)
class PairRow:
    """A pair as the list shows it: `here` is the debtor of the case with the lower number."""

    pair: DebtorPair
    client: str
    here: Debtor
    there: Debtor


@dataclass(frozen=True)
class Record:
    """One debtor of a pair, whole: its case, what it owes, how it is reached, and where each field came from."""

    debtor: Debtor
    case: Case
    owed: Sequence[Money]
    points: Sequence[ContactPoint]
    sources: Mapping[str, Source]
    placements: Mapping[UUID, str]


@dataclass(frozen=True)
class Twin:
    """Another record of what may be, or was found to be, the same debtor."""

    id: UUID
    case_id: UUID
    number: str
    name: str
    score: int = 0
    client: str = ""


def waiting(work: Work) -> Any:
    """How many pairs wait for a person, as a scalar subquery; no more are counted than a menu can show."""
    inner = select(DebtorPair.id).where(_proposed(work)).limit(_MOST_COUNTED).subquery()
    return select(func.count()).select_from(inner).scalar_subquery()


def _proposed(work: Work) -> Any:
    return and_(DebtorPair.agency_id == work.agency_id, DebtorPair.state == "proposed")


def counts(work: Work, client_id: UUID | None) -> dict[str, int]:
    """How many pairs are in each state."""
    query = select(DebtorPair.state, func.count()).where(DebtorPair.agency_id == work.agency_id)
    if client_id is not None:
        query = query.where(DebtorPair.client_id == client_id)
    return {row[0]: row[1] for row in work.session.execute(query.group_by(DebtorPair.state))}


def list_pairs(
    work: Work, *, client_id: UUID | None = None, state: str = "proposed", after: str = "", size: int = PAGE
) -> Page[PairRow]:
    """A page of pairs in a state, what says most first, continued by keyset."""
    here, there = aliased(Debtor), aliased(Debtor)
    query = (
        select(DebtorPair, Client.name, here, there)
        .join(here, and_(here.agency_id == DebtorPair.agency_id, here.id == DebtorPair.one_id))
        .join(there, and_(there.agency_id == DebtorPair.agency_id, there.id == DebtorPair.other_id))
        .join(Client, and_(Client.agency_id == DebtorPair.agency_id, Client.id == DebtorPair.client_id))
        .where(DebtorPair.agency_id == work.agency_id, DebtorPair.state == state)
        .order_by(DebtorPair.score.desc(), DebtorPair.id)
        .limit(size + 1)
    )
    if client_id is not None:
        query = query.where(DebtorPair.client_id == client_id)
    if after:
        score, last, *_ = Cursor.decode(after).values
        query = query.where(
            or_(
                DebtorPair.score < int(str(score)),
                and_(DebtorPair.score == int(str(score)), DebtorPair.id > UUID(str(last))),
            )
        )
    found = [PairRow(*row) for row in work.session.execute(query)]
    rows = found[:size]
    more = Cursor((rows[-1].pair.score, str(rows[-1].pair.id))).encode() if len(found) > size else None
    return Page(rows, None, more)


def next_pair(work: Work, pair: DebtorPair, *, client_id: UUID | None = None) -> UUID | None:
    """The pair that waits after this one, in the order of the list; from the top again after the last."""
    base = select(DebtorPair.id).where(_proposed(work), DebtorPair.id != pair.id)
    if client_id is not None:
        base = base.where(DebtorPair.client_id == client_id)
    order = (DebtorPair.score.desc(), DebtorPair.id)
    beyond = or_(DebtorPair.score < pair.score, and_(DebtorPair.score == pair.score, DebtorPair.id > pair.id))
    found = work.session.scalar(base.where(beyond).order_by(*order).limit(1))
    return found or work.session.scalar(base.order_by(*order).limit(1))


def records(work: Work, pair: DebtorPair) -> tuple[Record, Record] | None:
    """Both debtors of a pair side by side, the older case first; None when one of them has no case."""
    ids = [pair.one_id, pair.other_id]
    debtors = work.session.scalars(select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.id.in_(ids))).all()
    cases = work.session.scalars(
        select(Case).where(Case.agency_id == work.agency_id, Case.debtor_id.in_(ids)).order_by(Case.created_at, Case.id)
    ).all()
    if len(cases) < 2:
        return None
    sources = sources_of(work, debtors)
    wanted = {source.ref for each in sources.values() for source in each.values() if source.ref}
    names = work.session.execute(
        select(Placement.id, Placement.number).where(Placement.agency_id == work.agency_id, Placement.id.in_(wanted))
    )
    placements = {row[0]: row[1] for row in names}
    by_id = {debtor.id: debtor for debtor in debtors}
    one, other = (
        Record(
            by_id[case.debtor_id], case, _owed(work, case), _points(work, case.debtor_id), sources[case.debtor_id],
            placements,
        )
        for case in cases
    )  # fmt: skip
    return one, other


def _owed(work: Work, case: Case) -> list[Money]:
    rows = work.session.scalars(
        select(CaseBalance)
        .where(CaseBalance.agency_id == work.agency_id, CaseBalance.case_id == case.id, CaseBalance.balance > 0)
        .order_by(CaseBalance.currency)
    )
    return [Money(row.balance, row.currency) for row in rows] or [Money(0, case.currency)]


def _points(work: Work, debtor_id: UUID) -> Sequence[ContactPoint]:
    return work.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.agency_id == work.agency_id, ContactPoint.debtor_id == debtor_id)
        .order_by(ContactPoint.channel.desc(), ContactPoint.created_at, ContactPoint.id)
    ).all()


def proposed_of(work: Work, debtor_id: UUID) -> list[Twin]:
    """Who may be the same debtor as this one, what says most first."""
    twin = aliased(Debtor)
    query = (
        select(DebtorPair.id, Case.id, Case.number, twin.name, DebtorPair.score)
        .join(
            twin,
            and_(
                twin.agency_id == DebtorPair.agency_id, twin.id.in_([DebtorPair.one_id, DebtorPair.other_id]),
                twin.id != debtor_id,
            ),
        )
        .join(Case, and_(Case.agency_id == twin.agency_id, Case.debtor_id == twin.id))
        .where(_proposed(work), or_(DebtorPair.one_id == debtor_id, DebtorPair.other_id == debtor_id))
        .order_by(DebtorPair.score.desc(), DebtorPair.id)
        .limit(3)
    )  # fmt: skip
    return [Twin(*row) for row in work.session.execute(query)]


def merges_of(work: Work, case_id: UUID) -> list[DebtorMerge]:
    """The merges that stand in which a case took part, the last first."""
    return list(
        work.session.scalars(
            select(DebtorMerge)
            .where(
                DebtorMerge.agency_id == work.agency_id, DebtorMerge.undone_at.is_(None),
                or_(DebtorMerge.survivor_case_id == case_id, DebtorMerge.other_case_id == case_id),
            )
            .order_by(DebtorMerge.at.desc())
            .limit(20)
        )
    )  # fmt: skip


def case_numbers(work: Work, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The numbers of some cases."""
    rows = work.session.execute(select(Case.id, Case.number).where(Case.agency_id == work.agency_id, Case.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _shares(work: Work, client: Any) -> Any:
    """Whether a client's terms in force today allow that its debtors are shown elsewhere."""
    return (
        select(Contract.share_debtors)
        .where(
            Contract.agency_id == work.agency_id, Contract.client_id == client,
            Contract.valid_from <= work.now().date(),
        )
        .order_by(Contract.valid_from.desc(), Contract.version.desc())
        .limit(1)
        .scalar_subquery()
    )  # fmt: skip


def elsewhere(work: Work, case: Case) -> list[Twin]:
    """The same tax id among the debtors of other clients of the agency; only where both contracts allow it.

    Shown, never merged. A generic tax id is nobody's.
    """
    own = work.session.get_one(Debtor, (work.agency_id, case.debtor_id)).tax_id_norm
    if not own or own in GENERIC_TAX_IDS or not work.session.scalar(select(_shares(work, case.client_id))):
        return []
    query = (
        select(Debtor.id, Case.id, Case.number, Debtor.name, literal(0), Client.name)
        .join(Case, and_(Case.agency_id == Debtor.agency_id, Case.debtor_id == Debtor.id))
        .join(Client, and_(Client.agency_id == Debtor.agency_id, Client.id == Debtor.client_id))
        .where(
            Debtor.agency_id == work.agency_id, Debtor.tax_id_norm == own, Debtor.client_id != case.client_id,
            Debtor.merged_into.is_(None), _shares(work, Debtor.client_id),
        )
        .order_by(Client.name, Case.number)
        .limit(10)
    )  # fmt: skip
    return [Twin(*row) for row in work.session.execute(query)]
