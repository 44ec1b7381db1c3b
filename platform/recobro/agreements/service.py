"""Making agreements, approving, accepting, keeping and breaking them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.agreements.lifecycle import LIVE, AgreementMove, AgreementState, PromiseState, after
from recobro.agreements.schedule import Every, Limits, Plan, fill, plan, reasons_for_approval
from recobro.agreements.tables import Agreement, Instalment, Promise
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case
from recobro.clients.queries import contract_in_force
from recobro.debtors.tables import Debtor
from recobro.payments.queries import received_since
from tenants.context import Kind
from tenants.service import next_number
from tenants.work import Work

OFFER_DAYS = 10
BROKEN_AGREEMENT_PRIORITY = 800
OPENED_OFFER_PRIORITY = 550
PART_PAID_PRIORITY = 500
_ASK_FOR_SIGNATURE_AFTER = timedelta(days=3)

FIRST_PAYMENT_DAYS = 60
PROMISE_DAYS = 90


class FirstDayRefused(Invalid):
    """The first payment of a plan is on a day that is past or too far away."""

    code = "agreements.first_day"


class PromiseRefused(Invalid):
    """The promise cannot be kept in mind: its amount or its day is out of bounds. `field` says which."""

    code = "agreements.promise_refused"
    field = "amount"


class PromiseDayRefused(PromiseRefused):
    """The promise's day is past or too far away."""

    field = "day"


class AgreementInTheWay(Conflict):
    """The case already has a live agreement."""

    code = "agreements.in_the_way"


class NothingOwed(Conflict):
    """There is nothing to agree on."""

    code = "agreements.nothing_owed"


class OfferExpired(Conflict):
    """The offer is older than its last day."""

    code = "agreements.offer_expired"


def zone_of(work: Work, case: Case) -> ZoneInfo:
    """The debtor's time zone: where the days of a promise and an instalment are counted."""
    name = work.session.scalar(
        select(Debtor.time_zone).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    )
    return ZoneInfo(name or "UTC")


def open_agreement(work: Work, agreement_id: UUID, *, lock: bool = False) -> Agreement:
    """One agreement of the principal's; missing and foreign are the same."""
    query = select(Agreement).where(Agreement.agency_id == work.agency_id, Agreement.id == agreement_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese convenio no existe o no es tuyo."))
    return found


def live_agreement(work: Work, case_id: UUID) -> Agreement | None:
    """The case's agreement that is on offer, waits for approval, or runs."""
    return work.session.scalar(
        select(Agreement).where(
            Agreement.agency_id == work.agency_id,
            Agreement.case_id == case_id,
            Agreement.state.in_([state.value for state in LIVE]),
        )
    )


def instalments_of(work: Work, agreement_id: UUID) -> Sequence[Instalment]:
    """An agreement's schedule, in order."""
    return work.session.scalars(
        select(Instalment)
        .where(Instalment.agency_id == work.agency_id, Instalment.agreement_id == agreement_id)
        .order_by(Instalment.position)
    ).all()


def limits_of(work: Work, case: Case) -> tuple[Limits, int, int]:
    """What the client allows today, its grace days for instalments, and the contract's version."""
    contract = contract_in_force(work, case.client_id, work.today(zone_of(work, case)))
    limits = Limits(contract.max_discount_bp, contract.max_instalments, contract.min_instalment)
    return limits, contract.instalment_grace_days, contract.version


def check_first_day(first_on: date, today: date) -> None:
    """A plan begins today or within 60 days of the debtor's calendar; FirstDayRefused says the last day."""
    last = today + timedelta(days=FIRST_PAYMENT_DAYS)
    if not today <= first_on <= last:
        raise FirstDayRefused(
            msg("El primer pago va de hoy al {last} ({days} días)."), last=last, days=FIRST_PAYMENT_DAYS
        )


def simulate(case: Case, *, count: int, first_on: date, every: Every = Every.MONTH, discount_bp: int = 0) -> Plan:
    """The plan those terms give on what the case owes now."""
    if case.balance <= 0:
        raise NothingOwed(msg("El caso no debe nada."))
    return plan(
        Money(case.balance, case.currency), count=count, first_on=first_on, every=every, discount_bp=discount_bp
    )


def offer(
    work: Work,
    *,
    case_id: UUID,
    count: int,
    first_on: date,
    every: Every = Every.MONTH,
    discount_bp: int = 0,
) -> Agreement:
    """Put a plan on the table. Inside the client's limits it is offered at once; beyond them it waits for approval.

    One live agreement a case: an older offer that nobody accepted yields to the new one, a running one refuses it.
    """
    case = cases.open_case(work, case_id, lock=work.principal.kind in (Kind.STAFF, Kind.JOB))
    today = work.today(zone_of(work, case))
    check_first_day(first_on, today)
    _make_room(work, case)
    proposal = simulate(case, count=count, first_on=first_on, every=every, discount_bp=discount_bp)
    limits, grace_days, version = limits_of(work, case)
    reasons = reasons_for_approval(proposal, limits, discount_bp=discount_bp)
    state = AgreementState.AWAITING_APPROVAL if reasons else AgreementState.OFFERED
    agreement = Agreement(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        number=_number(work, today),
        case_id=case.id,
        state=state.value,
        currency=case.currency,
        balance=case.balance,
        total=proposal.total.minor,
        discount=proposal.discount.minor,
        discount_bp=discount_bp,
        grace_days=grace_days,
        contract_version=version,
        approval_reasons=[{"code": r.code, "sentence": r.sentence, "fields": r.fields} for r in reasons],
        offered_by=work.principal.name,
        offered_by_kind=work.principal.kind.value,
        offered_at=None if reasons else work.now(),
        expires_on=today + timedelta(days=OFFER_DAYS),
        created_at=work.now(),
    )
    work.add(agreement)
    work.flush()
    for part in proposal.parts:
        work.add(
            Instalment(
                agency_id=work.agency_id,
                client_id=case.client_id,
                id=new_id(),
                agreement_id=agreement.id,
                position=part.position,
                due_on=part.due_on,
                amount=part.amount.minor,
            )
        )
    work.flush()
    title = (
        msg("Convenio por autorizar: {count} pagos, total {total}")
        if reasons
        else msg("Convenio ofrecido: {count} pagos, total {total}")
    )
    _note(
        work, case, agreement, title, tone="warn" if reasons else "info", internal=bool(reasons),
        count=len(proposal.parts),
    )  # fmt: skip
    if not reasons:
        work.outbox.add("agreements.send_offer", agreement_id=agreement.id)
    if work.principal.kind is Kind.STAFF and case.stage != Stage.LEGAL:
        # The debtor has the word; whoever offered it asks again when nothing is heard.
        waiting = msg("Convenio por autorizar") if reasons else msg("Convenio ofrecido: falta la firma")
        cases.put_in_queue(
            work, case, reason=waiting, priority=300, at=work.now() + _ASK_FOR_SIGNATURE_AFTER, tone="info"
        )
    work.audit("agreement.offered", agreement_id=agreement.id, case_id=case.id, state=state.value)
    return agreement


def _number(work: Work, today: date) -> str:
    # A debtor cannot write the series; their own offers are numbered by the id they were born with.
    if work.principal.kind is Kind.DEBTOR:
        return f"V-{today.year}-{new_id().hex[-8:].upper()}"
    return f"V-{today.year}-{next_number(work, f'agreements-{today.year}'):05d}"


def _make_room(work: Work, case: Case) -> None:
    if case.stage == Stage.CLOSED:
        raise Conflict(msg("El caso está cerrado."))
    current = live_agreement(work, case.id)
    if current is None:
        return
    if current.state in (AgreementState.ACCEPTED, AgreementState.ACTIVE):
        raise AgreementInTheWay(msg("El caso ya tiene un convenio vigente ({number})."), number=current.number)
    _step(work, current, AgreementMove.CANCEL)
    title = msg("Una oferta nueva reemplaza a la {number}")
    _note(work, case, current, title, internal=current.offered_at is None)
    work.audit("agreement.cancelled", agreement_id=current.id, reason="replaced")


def _step(work: Work, agreement: Agreement, step: AgreementMove) -> None:
    agreement.state = after(AgreementState(agreement.state), step).value
    if agreement.state not in {state.value for state in LIVE}:
        agreement.ended_at = work.now()
    work.flush()


def _note(
    work: Work, case: Case, agreement: Agreement, title: str, *, tone: str = "info", internal: bool = False,
    **details: Any,
) -> None:  # fmt: skip
    # What a debtor does themselves is theirs to see; what agency and client settle between them is not.
    hidden = internal and work.principal.kind is not Kind.DEBTOR
    cases.note_event(
        work,
        case,
        kind="agreement",
        title=title,
        tone=tone,
        visibility="client" if hidden else "debtor",
        ref_table="agreements",
        ref_id=agreement.id,
        total={"minor": agreement.total, "currency": agreement.currency},
        number=agreement.number,
        **details,
    )


def approve(work: Work, agreement_id: UUID) -> None:
    """A supervisor or the client lets a plan beyond the limits be offered."""
    agreement = open_agreement(work, agreement_id, lock=True)
    case = cases.open_case(work, agreement.case_id)
    _step(work, agreement, AgreementMove.APPROVE)
    agreement.approved_by = work.principal.name
    agreement.approved_at = agreement.offered_at = work.now()
    agreement.expires_on = work.today(ZoneInfo("UTC")) + timedelta(days=OFFER_DAYS)
    _note(work, case, agreement, msg("Convenio autorizado"), tone="ok", internal=True)
    count = len(instalments_of(work, agreement.id))
    _note(work, case, agreement, msg("Convenio ofrecido: {count} pagos, total {total}"), count=count)
    work.outbox.add("agreements.send_offer", agreement_id=agreement.id)
    work.audit("agreement.approved", agreement_id=agreement.id)


def refuse(work: Work, agreement_id: UUID, *, reason: str) -> None:
    """A supervisor or the client does not allow a plan, and says why."""
    agreement = open_agreement(work, agreement_id, lock=True)
    case = cases.open_case(work, agreement.case_id)
    _step(work, agreement, AgreementMove.REFUSE)
    agreement.refusal = reason
    cases.note_event(
        work, case, kind="agreement", title=msg("Convenio no autorizado"), body=reason, tone="warn",
        ref_table="agreements", ref_id=agreement.id,
    )  # fmt: skip
    work.outbox.add("agreements.refused", agreement_id=agreement.id)
    work.audit("agreement.refused", agreement_id=agreement.id)


def accept(work: Work, agreement_id: UUID, *, evidence: dict[str, object]) -> Agreement:
    """The debtor signs: what they saw, when, from where is kept. Document and queue follow in a job."""
    agreement = open_agreement(work, agreement_id, lock=True)
    case = cases.open_case(work, agreement.case_id)
    today = work.today(zone_of(work, case))
    if today > agreement.expires_on:
        raise OfferExpired(msg("Esta oferta venció el {day}. Pide una nueva."), day=agreement.expires_on)
    if case.balance != agreement.balance:
        raise Conflict(msg("El saldo cambió desde que se hizo la oferta. Pide una nueva."))
    _step(work, agreement, AgreementMove.ACCEPT)
    agreement.accepted_at = work.now()
    agreement.accepted_on = today
    agreement.evidence = evidence
    _note(work, case, agreement, msg("Convenio aceptado: {number}"), tone="ok")
    work.outbox.add("agreements.accepted", agreement_id=agreement.id)
    work.audit("agreement.accepted", agreement_id=agreement.id)
    return agreement


def offer_seen(work: Work, case_id: UUID) -> bool:
    """The debtor opened their page: an offer that waits there for its signature brings the case back a day later."""
    case = cases.open_case(work, case_id, lock=True)
    agreement = live_agreement(work, case_id)
    if agreement is None or agreement.state != AgreementState.OFFERED or case.stage in (Stage.CLOSED, Stage.LEGAL):
        return False
    cases.put_in_queue(
        work, case, reason=msg("Abrió el convenio, no firmó"), priority=OPENED_OFFER_PRIORITY,
        at=work.now() + timedelta(days=1), tone="info",
    )  # fmt: skip
    return True


def decline(work: Work, agreement_id: UUID) -> None:
    """The debtor does not want the plan."""
    agreement = open_agreement(work, agreement_id, lock=True)
    _step(work, agreement, AgreementMove.DECLINE)
    _note(work, cases.open_case(work, agreement.case_id), agreement, msg("Convenio rechazado por el deudor"))
    work.outbox.add("agreements.refused", agreement_id=agreement.id)


def cancel(work: Work, agreement_id: UUID, *, reason: str) -> None:
    """Staff take a plan back."""
    agreement = open_agreement(work, agreement_id, lock=True)
    case = cases.open_case(work, agreement.case_id, lock=True)
    known = agreement.state != AgreementState.AWAITING_APPROVAL
    _step(work, agreement, AgreementMove.CANCEL)
    _settle(work, case, agreement)
    _note(work, case, agreement, msg("Convenio cancelado: {reason}"), tone="warn", internal=True, reason=reason)
    if known:
        _note(work, case, agreement, msg("Convenio sin efecto: {number}"))
    work.audit("agreement.cancelled", agreement_id=agreement.id, reason=reason)


def activate(work: Work, agreement_id: UUID, *, file_id: UUID, sha256: str) -> None:
    """The signed document exists: the plan runs, the case is in negotiation and out of the queue."""
    agreement = open_agreement(work, agreement_id, lock=True)
    case = cases.open_case(work, agreement.case_id, lock=True)
    _step(work, agreement, AgreementMove.SIGN)
    agreement.file_id = file_id
    agreement.file_sha256 = sha256
    _settle(work, case, agreement)
    negotiate(work, case, why=agreement.number)
    cases.leave_queue(work, case)
    apply_payments(work, case)


def _settle(work: Work, case: Case, agreement: Agreement) -> None:
    # A debtor never pays more than a running plan asks: what it forgives must not be taken, nor earn a commission.
    runs = agreement.state == AgreementState.ACTIVE and agreement.discount > 0
    total = Money(agreement.total, agreement.currency) if runs else None
    cases.settle_for(work, case, total, since=agreement.accepted_at)


def negotiate(work: Work, case: Case, *, why: str) -> None:
    """Bring a case to negotiation when its stage allows it; a matter in court stays with the lawyer."""
    if case.stage in (Stage.RECEIVED, Stage.NOTICES, Stage.CALLS):
        cases.move(work, case, Move.NEGOTIATE, why=why)


def check_promise(case: Case, *, amount: Money, due_on: date, today: date) -> None:
    """Whether that promise can be made on the case; PromiseRefused says what is wrong, its `field` where."""
    if amount.minor <= 0:
        raise PromiseRefused(msg("Una promesa es de un importe mayor que cero."))
    if amount.currency == case.currency and amount.minor > case.balance:
        balance = Money(case.balance, case.currency)
        raise PromiseRefused(msg("El importe supera el saldo del caso, {balance}."), balance=balance)
    if due_on < today:
        raise PromiseDayRefused(msg("La fecha prometida ({day}) ya pasó."), day=due_on)
    if due_on > today + timedelta(days=PROMISE_DAYS):
        last = today + timedelta(days=PROMISE_DAYS)
        raise PromiseDayRefused(
            msg("Una promesa es para el {last} ({days} días) a más tardar."), last=last, days=PROMISE_DAYS
        )


def make_promise(work: Work, *, case_id: UUID, amount: Money, due_on: date, note: str = "") -> Promise:
    """Keep the debtor's word: an amount up to the balance, from today to 90 days ahead; PromiseRefused beyond.

    The case rests until day and grace are over.
    """
    case = cases.open_case(work, case_id, lock=work.principal.kind is Kind.STAFF)
    zone = zone_of(work, case)
    today = work.today(zone)
    check_promise(case, amount=amount, due_on=due_on, today=today)
    contract = contract_in_force(work, case.client_id, today)
    promise = Promise(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        amount=amount.minor,
        currency=amount.currency,
        due_on=due_on,
        grace_days=contract.promise_grace_days,
        note=note,
        made_on=today,
        made_at=work.now(),
        made_by=work.principal.name,
        made_by_kind=work.principal.kind.value,
        made_by_id=work.principal.person_id,
    )
    work.add(promise)
    cases.note_event(
        work, case, kind="promise", title=msg("Promesa de pago: {amount} el {due_on}"), tone="info",
        body=note if work.principal.kind is Kind.DEBTOR else "",  # what staff note is theirs
        visibility="debtor", ref_table="promises", ref_id=promise.id,
        amount={"minor": amount.minor, "currency": amount.currency}, due_on=due_on.isoformat(),
    )  # fmt: skip
    if work.principal.kind is Kind.DEBTOR:
        work.outbox.add("agreements.promised", promise_id=promise.id)
    else:
        rest(work, promise, case)
    return promise


def rest(work: Work, promise: Promise, case: Case) -> None:
    """A case with a fresh promise leaves the queue and is in negotiation; older promises yield to it."""
    for older in work.session.scalars(
        select(Promise).where(
            Promise.agency_id == work.agency_id,
            Promise.case_id == case.id,
            Promise.id != promise.id,
            Promise.state == PromiseState.PENDING.value,
            Promise.currency == promise.currency,
        )
    ):
        older.state = PromiseState.CANCELLED.value
        older.settled_at = work.now()
    negotiate(work, case, why="promise")
    cases.leave_queue(work, case)


def apply_payments(work: Work, case: Case) -> None:
    """Recompute promises and the running agreement from the payments that stand: the same however often it runs."""
    _apply_to_promises(work, case)
    agreement = work.session.scalar(
        select(Agreement)
        .where(
            Agreement.agency_id == work.agency_id,
            Agreement.case_id == case.id,
            Agreement.state.in_([AgreementState.ACTIVE.value, AgreementState.COMPLETED.value]),
        )
        .order_by(Agreement.accepted_at.desc())
        .limit(1)
        .with_for_update()
    )
    if agreement is None or agreement.accepted_at is None:
        return
    today = work.today(zone_of(work, case))
    paid = received_since(work, case_id=case.id, currency=agreement.currency, recorded_from=agreement.accepted_at)
    parts = instalments_of(work, agreement.id)
    for part, covered in zip(parts, fill([part.amount for part in parts], paid), strict=True):
        if covered == part.amount and part.paid != part.amount:
            part.paid_on = today
        elif covered < part.amount:
            part.paid_on = None
        part.paid = covered
    complete = paid >= agreement.total
    if complete and agreement.state == AgreementState.ACTIVE:
        _step(work, agreement, AgreementMove.COMPLETE)
        _settle(work, case, agreement)
        _note(work, case, agreement, msg("Convenio cumplido: {number}"), tone="ok")
        if case.balance > 0 and agreement.discount > 0:
            cases.forgive(work, case, currency=agreement.currency, why=agreement.number)
        if case.stage != Stage.CLOSED and case.balance == 0:
            code = CloseCode.SETTLED if agreement.discount else CloseCode.PAID
            cases.move(work, case, Move.CLOSE, why=agreement.number, close_code=code)
    elif not complete and agreement.state == AgreementState.COMPLETED:
        # A reversed payment brings the plan back to life, and what was forgiven is owed again.
        _step(work, agreement, AgreementMove.CURE)
        _settle(work, case, agreement)
        cases.owe_again(work, case, currency=agreement.currency)
        agreement.ended_at = None
    work.flush()


def follow_part_payment(work: Work, case: Case) -> bool:
    """Money came that pays a part, and nothing is agreed on for the rest: the case waits for a person who thanks and
    asks. Whether it does."""
    if case.balance <= 0 or case.stage in (Stage.CLOSED, Stage.LEGAL) or live_agreement(work, case.id) is not None:
        return False
    promised = select(Promise.id).where(
        Promise.agency_id == work.agency_id,
        Promise.case_id == case.id,
        Promise.state == PromiseState.PENDING.value,
    )
    if work.session.scalar(promised.limit(1)) is not None:
        return False
    cases.put_in_queue(work, case, reason=msg("Pago parcial recibido"), priority=PART_PAID_PRIORITY, tone="ok")
    return True


def _apply_to_promises(work: Work, case: Case) -> None:
    promises = work.session.scalars(
        select(Promise)
        .where(
            Promise.agency_id == work.agency_id,
            Promise.case_id == case.id,
            Promise.state == PromiseState.PENDING.value,
        )
        .with_for_update()
    ).all()
    for promise in promises:
        promise.paid = received_since(work, case_id=case.id, currency=promise.currency, recorded_from=promise.made_at)
        if promise.paid >= promise.amount:
            promise.state = PromiseState.KEPT.value
            promise.settled_at = work.now()
            cases.note_event(
                work, case, kind="promise", title=msg("Promesa cumplida"), tone="ok",
                ref_table="promises", ref_id=promise.id,
            )  # fmt: skip


def break_due(work: Work, *, limit: int = 500) -> int:
    """Break the promises and agreements whose day and grace are over, and bring their cases back on top of the queue.

    Days are the debtor's own. You get how many were broken; run it as often as you like.
    """
    return _break_promises(work, limit) + _break_agreements(work, limit)


def _break_promises(work: Work, limit: int) -> int:
    latest = work.today(ZoneInfo("Etc/GMT-14"))
    broken = 0
    rows = work.session.execute(
        select(Promise, Case)
        .join(Case, (Case.agency_id == Promise.agency_id) & (Case.id == Promise.case_id))
        .where(
            Promise.agency_id == work.agency_id,
            Promise.state == PromiseState.PENDING.value,
            Promise.due_on < latest,
        )
        .order_by(Promise.due_on, Promise.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for promise, case in rows:
        if work.today(zone_of(work, case)) <= promise.due_on + timedelta(days=promise.grace_days):
            continue
        _apply_to_promises(work, case)
        if promise.state != PromiseState.PENDING:
            continue
        promise.state = (PromiseState.PARTLY_KEPT if promise.paid else PromiseState.BROKEN).value
        promise.settled_at = work.now()
        amount = {"minor": promise.amount, "currency": promise.currency}
        cases.note_event(
            work, case, kind="promise", title=msg("Promesa rota: {amount} para el {due_on}, no se registró el pago"),
            tone="neg", ref_table="promises", ref_id=promise.id, amount=amount, due_on=promise.due_on.isoformat(),
        )  # fmt: skip
        if case.stage not in (Stage.CLOSED, Stage.LEGAL):
            _back_to_calls(work, case, why="broken promise")
            cases.put_in_queue(
                work, case, reason=msg("Promesa rota"), priority=800,
                tone="neg", amount=amount, due_on=promise.due_on.isoformat(),
            )  # fmt: skip
        broken += 1
    return broken


def _break_agreements(work: Work, limit: int) -> int:
    latest = work.today(ZoneInfo("Etc/GMT-14"))
    overdue = (
        select(Instalment.agreement_id)
        .where(Instalment.agency_id == work.agency_id, Instalment.due_on < latest, Instalment.paid < Instalment.amount)
        .distinct()
    )
    broken = 0
    rows = work.session.execute(
        select(Agreement, Case)
        .join(Case, (Case.agency_id == Agreement.agency_id) & (Case.id == Agreement.case_id))
        .where(
            Agreement.agency_id == work.agency_id,
            Agreement.state == AgreementState.ACTIVE.value,
            Agreement.id.in_(overdue),
        )
        .order_by(Agreement.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for agreement, case in rows:
        apply_payments(work, case)
        today = work.today(zone_of(work, case))
        missed = next(
            (
                part
                for part in instalments_of(work, agreement.id)
                if part.paid < part.amount and today > part.due_on + timedelta(days=agreement.grace_days)
            ),
            None,
        )
        if missed is None or agreement.state != AgreementState.ACTIVE:
            continue
        _step(work, agreement, AgreementMove.BREAK)
        _settle(work, case, agreement)
        missing = {"minor": missed.amount - missed.paid, "currency": agreement.currency}
        _note(
            work, case, agreement, msg("Convenio roto: faltan {missing} del pago {position} ({due_on})"), tone="neg",
            missing=missing, position=missed.position, due_on=missed.due_on.isoformat(),
        )  # fmt: skip
        if case.stage not in (Stage.CLOSED, Stage.LEGAL):
            _back_to_calls(work, case, why=f"broken {agreement.number}")
            cases.put_in_queue(
                work, case, reason=msg("Convenio roto"), priority=BROKEN_AGREEMENT_PRIORITY,
                tone="neg", amount=missing, due_on=missed.due_on.isoformat(), position=missed.position,
            )  # fmt: skip
        work.audit("agreement.broken", agreement_id=agreement.id, case_id=case.id)
        broken += 1
    return broken


def _back_to_calls(work: Work, case: Case, *, why: str) -> None:
    if case.stage in (Stage.NEGOTIATION, Stage.NOTICES, Stage.RECEIVED):
        cases.move(work, case, Move.CALL, why=why)
