"""What stands in the way of making two debtors one, or two of one again: money on its way, the law, evidence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from kernel.problems import Conflict
from kernel.text import msg
from legal.matters.tables import Matter
from recobro.agreements.lifecycle import LABELS, LIVE, AgreementState, PromiseState
from recobro.agreements.tables import Agreement, Promise
from recobro.cases.lifecycle import CloseCode, Stage
from recobro.cases.tables import Case, Debt
from recobro.notices.tables import Notice
from recobro.payments.lifecycle import PaymentState
from recobro.payments.tables import Checkout, Payment, PaymentAllocation
from recobro.twins.tables import DebtorMerge
from tenants.work import Work


class MergeRefused(Conflict):
    """The two cannot be made one, or parted; the sentence names the first thing in the way."""

    code = "twins.refused"


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way: a `msg()` sentence with its fields, and the case it is on."""

    sentence: str
    case_id: UUID
    fields: Mapping[str, object] = field(default_factory=dict)


def in_the_way(work: Work, cases: Sequence[Case]) -> list[Obstacle]:
    """What forbids to move debts between these cases now; empty when nothing does."""
    found: list[Obstacle] = []
    by_id = {case.id: case for case in cases}
    for case in cases:
        if case.close_code == CloseCode.MERGED:
            found.append(_of(case, msg("El caso {case} ya se unió a otro.")))
        elif case.stage == Stage.LEGAL:
            found.append(_of(case, msg("El caso {case} está en jurídico.")))
    return [*found, *_agreements(work, by_id), *_matters(work, by_id), *_money(work, by_id), *_words(work, by_id)]


def check(obstacles: Sequence[Obstacle]) -> None:
    """MergeRefused with the first obstacle, if there is one."""
    if obstacles:
        raise MergeRefused(obstacles[0].sentence, **obstacles[0].fields)


def _of(case: Case, sentence: str, **fields: object) -> Obstacle:
    return Obstacle(sentence, case.id, {"case": case.number, **fields})


def _agreements(work: Work, cases: Mapping[UUID, Case]) -> Iterator[Obstacle]:
    # One kept to the end counts too: when a payment of it is taken back it runs again, with its discount.
    rows = work.session.scalars(
        select(Agreement).where(
            Agreement.agency_id == work.agency_id, Agreement.case_id.in_(list(cases)),
            Agreement.state.in_([*LIVE, AgreementState.COMPLETED]),
        )
    )  # fmt: skip
    for one in rows:
        yield _of(
            cases[one.case_id], msg("El caso {case} tiene el convenio {number}: {state}."), number=one.number,
            state=LABELS[AgreementState(one.state)],
        )  # fmt: skip


def _matters(work: Work, cases: Mapping[UUID, Case]) -> Iterator[Obstacle]:
    rows = work.session.scalars(
        select(Matter).where(
            Matter.agency_id == work.agency_id, Matter.case_id.in_(list(cases)),
            Matter.state.in_(["proposed", "accepted"]),
        )
    )  # fmt: skip
    for one in rows:
        yield _of(cases[one.case_id], msg("El caso {case} tiene el asunto {number} con un abogado."), number=one.number)


def _money(work: Work, cases: Mapping[UUID, Case]) -> Iterator[Obstacle]:
    checkouts = work.session.scalars(
        select(Checkout).where(
            Checkout.agency_id == work.agency_id, Checkout.case_id.in_(list(cases)),
            Checkout.state.in_(["intended", "open", "processing"]),
        )
    )  # fmt: skip
    for one in checkouts:
        yield _of(cases[one.case_id], msg("El caso {case} tiene un pago con tarjeta en curso."))
    refunds = work.session.scalars(
        select(Payment).where(
            Payment.agency_id == work.agency_id, Payment.case_id.in_(list(cases)),
            Payment.state == PaymentState.POSTED.value, Payment.reversal_reason != "",
        )
    )  # fmt: skip
    for payment in refunds:
        yield _of(
            cases[payment.case_id], msg("En el caso {case} está en curso la devolución del pago {number}."),
            number=payment.number,
        )  # fmt: skip


def _words(work: Work, cases: Mapping[UUID, Case]) -> Iterator[Obstacle]:
    """What was said or is being said: a promise kept in part, a notice that is leaving."""
    promises = work.session.scalars(
        select(Promise).where(
            Promise.agency_id == work.agency_id, Promise.case_id.in_(list(cases)),
            Promise.state == PromiseState.PENDING.value, Promise.paid > 0,
        )
    )  # fmt: skip
    for one in promises:
        yield _of(cases[one.case_id], msg("El caso {case} tiene una promesa pagada en parte."))
    notices = work.session.scalars(
        select(Notice).where(
            Notice.agency_id == work.agency_id, Notice.case_id.in_(list(cases)), Notice.state == "sending"
        )
    )
    for notice in notices:
        yield _of(cases[notice.case_id], msg("Del caso {case} está saliendo un aviso: espera un momento."))


def against_undoing(work: Work, merge: DebtorMerge, survivor: Case, other: Case) -> list[Obstacle]:
    """What forbids to part them again: what happened since and belongs to both."""
    found = [each for each in in_the_way(work, [survivor]) if survivor.close_code != CloseCode.MERGED]
    if survivor.close_code == CloseCode.MERGED:
        found.append(_of(survivor, msg("El caso {case} se unió después a otro: deshaz primero esa unión.")))
    if other.close_code != CloseCode.MERGED:
        found.append(_of(other, msg("El caso {case} ya no está unido.")))
    for number in payments_on(work, merge, since=merge.at):
        found.append(
            _of(
                survivor, msg("El pago {number}, posterior a la unión, pagó facturas del caso {other}: revierte el pago"
                              " y regístralo después donde toca."),
                number=number, other=other.number,
            )
        )  # fmt: skip
    return found


def payments_on(work: Work, merge: DebtorMerge, *, since: datetime) -> Sequence[str]:
    """The numbers of payments that stand, came in since, and paid debts that the merge had moved."""
    moved = [UUID(each) for each in merge.moved["debts"]]
    return work.session.scalars(
        select(Payment.number)
        .join(PaymentAllocation, (PaymentAllocation.agency_id == Payment.agency_id)
              & (PaymentAllocation.payment_id == Payment.id))
        .where(
            Payment.agency_id == work.agency_id, Payment.state == PaymentState.POSTED.value,
            Payment.case_id == merge.survivor_case_id, Payment.recorded_at >= since,
            PaymentAllocation.debt_id.in_(moved),
        )
        .distinct()
        .order_by(Payment.number)
    ).all()  # fmt: skip


@dataclass(frozen=True)
class Since:
    """What happened on the case that stands for both since a merge, and stays with it when that is undone."""

    payments: Sequence[str]
    debts: int
    notices: int
    promises: int


def happened_since(work: Work, merge: DebtorMerge) -> Since:
    """What stays with the survivor's case when a merge is undone."""
    case_id, moved = merge.survivor_case_id, [UUID(each) for each in merge.moved["debts"]]
    payments = work.session.scalars(
        select(Payment.number).where(
            Payment.agency_id == work.agency_id, Payment.case_id == case_id, Payment.recorded_at >= merge.at
        )
    ).all()
    debts = work.session.scalars(
        select(Debt.id).where(
            Debt.agency_id == work.agency_id, Debt.case_id == case_id, Debt.created_at > merge.at,
            Debt.id.not_in(moved),
        )
    ).all()  # fmt: skip
    notices = work.session.scalars(
        select(Notice.id).where(
            Notice.agency_id == work.agency_id, Notice.case_id == case_id,
            or_(Notice.queued_at >= merge.at, Notice.sent_at >= merge.at),
        )
    ).all()  # fmt: skip
    promises = work.session.scalars(
        select(Promise.id).where(
            Promise.agency_id == work.agency_id, Promise.case_id == case_id, Promise.made_at >= merge.at
        )
    ).all()
    return Since(payments, len(debts), len(notices), len(promises))
