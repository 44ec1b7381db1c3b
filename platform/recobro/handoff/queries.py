"""What is gathered for a handoff, and the lists of matters."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ScalarSelect, and_, func, select

from kernel.money import Money, total
from kernel.problems import Problem
from legal.matters.lifecycle import MatterState
from legal.matters.tables import Matter, MatterDeadline
from legal.records.tables import DecisionRecord
from legal.rules.calendar import region_named
from legal.rules.facts import Act, Title
from legal.rules.money.interest import Interest, late_interest
from legal.rules.packs.loading import pack_of
from legal.rules.time import limitation
from legal.rules.time.limitation import Effect, TermAct, term_of
from recobro.agreements import queries as agreements
from recobro.agreements.tables import Agreement
from recobro.cases import queries as cases
from recobro.cases.tables import Case, CaseEvent, CaseFlag, Debt
from recobro.debtors.rules import claim_of
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.desk.tables import Call
from recobro.handoff.rules import Facts, Item, Paper, Suits, checklist, paper_of
from recobro.notices.tables import Notice
from recobro.payments.tables import Payment, PaymentAllocation
from tenants.tables import Client, File, Membership
from tenants.work import Work


def proposed(work: Work) -> ScalarSelect[int]:
    """How many matters wait for a lawyer's answer, on the reader's side of the wall."""
    return (
        select(func.count())
        .where(Matter.agency_id == work.agency_id, Matter.state == MatterState.PROPOSED)
        .scalar_subquery()
    )


_SENT = ("sent", "delivered", "printed")


@dataclass(frozen=True)
class Claimed:
    """What is owed on one debt to a day: what its components owe, and default interest with its arithmetic.

    Without a rate `interest` is None and `refusal` says why: a stable code and a sentence with its fields.
    """

    debt: cases.DebtRow
    interest: Interest | None
    refusal: tuple[str, str, Mapping[str, Any]] | None = None

    @property
    def owed(self) -> Money:
        """Components and interest."""
        return self.debt.balance + self.interest.total if self.interest else self.debt.balance


@dataclass(frozen=True)
class Told:
    """One line of a case's history as a court reads it: a `msg()` sentence with the details of its fields."""

    at: datetime
    kind: str
    title: str
    details: Mapping[str, Any]
    body: str


@dataclass(frozen=True)
class CaseFile:
    """All that hangs on a case, as a dossier shows it."""

    case: Case
    debtor: Debtor
    client: Client
    day: date
    claims: Sequence[Claimed]
    addresses: Sequence[ContactPoint]
    notices: Sequence[Notice]
    decisions: Mapping[UUID, DecisionRecord]
    calls: Sequence[Call]
    promises: Sequence[agreements.PromiseRow]
    agreements: Sequence[agreements.AgreementRow]
    payments: Sequence[Payment]
    events: Sequence[Told]
    files: Sequence[File]
    flags: Sequence[CaseFlag]
    items: Sequence[Item] = ()

    def sums(self) -> list[tuple[Money, Money, Money]]:
        """Per currency: what components owe, interest that could be counted, both together."""
        found = []
        for currency in sorted({c.debt.balance.currency for c in self.claims}):
            mine = [c for c in self.claims if c.debt.balance.currency == currency]
            owed = total((c.debt.balance for c in mine), currency)
            interest = total((c.interest.total for c in mine if c.interest), currency)
            found.append((owed, interest, owed + interest))
        return found


def case_file(work: Work, case: Case) -> CaseFile:
    """Gather a case whole; amounts are to the debtor's present day."""
    agency = work.agency_id
    session = work.session
    debtor = session.scalars(select(Debtor).where(Debtor.agency_id == agency, Debtor.id == case.debtor_id)).one()
    client = session.scalars(select(Client).where(Client.agency_id == agency, Client.id == case.client_id)).one()
    day = work.today(ZoneInfo(debtor.time_zone))
    notices = session.scalars(
        select(Notice)
        .where(Notice.agency_id == agency, Notice.case_id == case.id, Notice.state.in_(_SENT))
        .order_by(Notice.queued_at)
    ).all()
    decision_ids = [notice.decision_id for notice in notices if notice.decision_id]
    calls = session.scalars(
        select(Call).where(Call.agency_id == agency, Call.case_id == case.id).order_by(Call.started_at)
    ).all()
    decision_ids += [call.decision_id for call in calls if call.decision_id]
    decisions = session.scalars(
        select(DecisionRecord).where(DecisionRecord.agency_id == agency, DecisionRecord.id.in_(decision_ids))
    )
    claims = [claimed(debt, debtor, day) for debt in cases.debts(work, case.id, only_open=True)]
    found = CaseFile(
        case=case,
        debtor=debtor,
        client=client,
        day=day,
        claims=claims,
        addresses=[p for p in cases.contact_points(work, debtor.id) if p.channel == "postal" and p.quality != "wrong"],
        notices=notices,
        decisions={row.id: row for row in decisions},
        calls=calls,
        promises=agreements.promises(work, case_id=case.id),
        agreements=agreements.agreements(work, case_id=case.id),
        payments=session.scalars(
            select(Payment)
            .where(Payment.agency_id == agency, Payment.case_id == case.id)
            .order_by(Payment.received_on, Payment.id)
        ).all(),
        events=_told(cases.history(work, case.id, limit=500)),
        files=session.scalars(
            select(File).where(File.agency_id == agency, File.case_id == case.id).order_by(File.created_at, File.id)
        ).all(),
        flags=session.scalars(
            select(CaseFlag).where(
                CaseFlag.agency_id == agency, CaseFlag.case_id == case.id, CaseFlag.closed_at.is_(None)
            )
        ).all(),
    )
    return replace(found, items=checklist(_facts(work, found)))


def _told(events: Sequence[CaseEvent]) -> list[Told]:
    """What a court may read, the oldest first: all but what stays with staff, and every call without its note."""
    return [
        Told(event.at, event.kind, event.title, event.details, "" if event.visibility == "staff" else event.body)
        for event in reversed(events)
        if event.visibility != "staff" or event.kind == "call"
    ]


def claimed(debt: cases.DebtRow, debtor: Debtor, day: date) -> Claimed:
    """A debt with its default interest to a day by the law of the debtor's place, or why there is none."""
    principal = debt.components.get("principal", debt.balance)
    claim = claim_of(debtor.kind)
    pack = pack_of(debtor.country, region_named(debtor.country, debtor.region))
    try:
        interest = late_interest(principal, pack=pack, claim=claim, due_on=debt.due_on, on=day)
    except Problem as problem:
        return Claimed(debt, None, (problem.code, problem.template, problem.details))
    return Claimed(debt, interest)


def _facts(work: Work, found: CaseFile) -> Facts:
    papers: dict[Paper, int] = {}
    for file in found.files:
        paper = paper_of(file.name)
        if paper:
            papers[paper] = papers.get(paper, 0) + 1
    extras = work.session.scalars(
        select(Debt.extra).where(Debt.agency_id == work.agency_id, Debt.case_id == found.case.id)
    )
    return Facts(
        papers=papers,
        electronic_invoices=sum(1 for extra in extras if extra.get("uuid")),
        tax_id=found.debtor.tax_id,
        addresses=len(found.addresses),
        notices_sent=len(found.notices),
        letters_sent=sum(1 for notice in found.notices if notice.channel == "letter"),
        debts=len(found.claims),
        disputed=any(flag.kind == "dispute" for flag in found.flags),
        rate_known=bool(found.claims) and all(c.interest is not None for c in found.claims),
        suits=_suits(work, found),
    )


_GRAVEST = ("barred", "unknown", "near", "running")


def _suits(work: Work, found: CaseFile) -> Suits:
    """Until when the debts may be sued, by the gravest of them, with the payments and agreements that the law of the
    place lets begin the term again. What else may have interrupted it is for a lawyer to say."""
    country, region = found.debtor.country, region_named(found.debtor.country, found.debtor.region)
    claim = claim_of(found.debtor.kind)
    pack, terms, acts = pack_of(country, region), [], _acts(work, found.case)
    for due_on, done in {(one.debt.due_on, acts(one.debt.id)) for one in found.claims}:
        try:
            terms.append(term_of(limitation.Claimed(claim, Title.ORDINARY, due_on, region), pack=pack, acts=done))
        except limitation.NoLimitationRule:
            continue
    if not terms:
        return Suits()
    first = min(terms, key=lambda term: (_GRAVEST.index(term.suit_state(found.day)), term.last_safe_day))
    years = sorted({candidate.years for term in terms for candidate in term.candidates})
    anew = [one.act for one in first.acts if one.effect is not Effect.NONE]
    return Suits(
        first.suit_state(found.day), first.last_safe_day, tuple(years), (anew[-1].kind, anew[-1].on) if anew else None
    )


def _acts(work: Work, case: Case) -> Callable[[UUID], tuple[TermAct, ...]]:
    """What the case knows that may begin a debt's term again: payments to it, agreements the debtor accepted."""
    accepted = work.session.scalars(
        select(Agreement.accepted_on).where(
            Agreement.agency_id == work.agency_id, Agreement.case_id == case.id, Agreement.accepted_on.is_not(None)
        )
    )
    said = {TermAct(Act.ACKNOWLEDGEMENT, day) for day in accepted if day is not None}
    paid: dict[UUID, set[TermAct]] = defaultdict(set)
    for debt_id, day in work.session.execute(
        select(PaymentAllocation.debt_id, Payment.received_on)
        .join(Payment, and_(Payment.agency_id == PaymentAllocation.agency_id,
                            Payment.id == PaymentAllocation.payment_id))
        .where(PaymentAllocation.agency_id == work.agency_id, PaymentAllocation.case_id == case.id,
               Payment.state == "posted")
    ):  # fmt: skip
        paid[debt_id].add(TermAct(Act.PART_PAYMENT, day))
    return lambda debt_id: tuple(sorted(said | paid[debt_id], key=lambda act: (act.on, act.kind)))


def lawyers(work: Work) -> Sequence[Membership]:
    """Who a case may be handed to: the agency's own lawyers, then outside counsel."""
    return work.session.scalars(
        select(Membership)
        .where(
            Membership.agency_id == work.agency_id,
            Membership.status == "active",
            Membership.role.in_(["lawyer", "counsel"]),
        )
        .order_by(Membership.kind.desc(), Membership.name)
    ).all()


@dataclass(frozen=True)
class MatterRow:
    """One matter as a list shows it, with its next open deadline."""

    matter: Matter
    debtor: str
    client: str
    case_number: str
    claim: Money
    next_title: str
    next_due: date | None


def matters(work: Work, *, state: str = "", limit: int = 200) -> list[MatterRow]:
    """The principal's matters, those that wait for an answer first, then by their next deadline."""
    due = (
        select(MatterDeadline.matter_id, func.min(MatterDeadline.due_on).label("due_on"))
        .where(MatterDeadline.agency_id == work.agency_id, MatterDeadline.done_at.is_(None))
        .group_by(MatterDeadline.matter_id)
        .subquery()
    )
    query = (
        select(Matter, Debtor.name, Client.name, Case.number, due.c.due_on)
        .join(Case, and_(Case.agency_id == Matter.agency_id, Case.id == Matter.case_id))
        .join(Debtor, and_(Debtor.agency_id == Case.agency_id, Debtor.id == Case.debtor_id))
        .join(Client, and_(Client.agency_id == Matter.agency_id, Client.id == Matter.client_id))
        .outerjoin(due, due.c.matter_id == Matter.id)
        .where(Matter.agency_id == work.agency_id)
    )
    if state:
        query = query.where(Matter.state == state)
    order = (Matter.state != "proposed", due.c.due_on.asc().nulls_last(), Matter.proposed_at.desc(), Matter.id)
    found = work.session.execute(query.order_by(*order).limit(limit)).all()
    titles: dict[tuple[UUID, date], str] = {}
    for row in work.session.scalars(
        select(MatterDeadline).where(
            MatterDeadline.agency_id == work.agency_id,
            MatterDeadline.done_at.is_(None),
            MatterDeadline.matter_id.in_([matter.id for matter, *_ in found]),
        )
    ):
        titles[row.matter_id, row.due_on] = row.title
    return [
        MatterRow(m, debtor, client, number, Money(m.claim, m.currency), titles.get((m.id, due_on), ""), due_on)
        for m, debtor, client, number, due_on in found
    ]


def matter_counts(work: Work) -> dict[str, int]:
    """How many matters there are by state."""
    rows = work.session.execute(
        select(Matter.state, func.count()).where(Matter.agency_id == work.agency_id).group_by(Matter.state)
    )
    return {state: count for state, count in rows}  # noqa: C416


def files_of(work: Work, case_id: UUID) -> Sequence[File]:
    """The documents of a case that the principal may open, the newest first."""
    return work.session.scalars(
        select(File)
        .where(File.agency_id == work.agency_id, File.case_id == case_id)
        .order_by(File.created_at.desc(), File.id)
    ).all()


def papers_of(work: Work, case_id: UUID) -> Sequence[tuple[File, str]]:
    """The same, each with the reference of the debt it is of."""
    rows = work.session.execute(
        select(File, Debt.reference)
        .outerjoin(Debt, (Debt.agency_id == File.agency_id) & (Debt.id == File.debt_id))
        .where(File.agency_id == work.agency_id, File.case_id == case_id)
        .order_by(File.created_at.desc(), File.id)
    )
    return [(file, reference or "") for file, reference in rows]
