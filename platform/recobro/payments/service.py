"""Recording payments: debts, ledger, commission, history, all in one transaction, one payment or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case
from recobro.clients.queries import contract_in_force
from recobro.clients.tables import Contract
from recobro.commissions import service as commissions
from recobro.commissions.rules import Earned, Facts, Part, commission_on, read_rules, whole
from recobro.debtors.tables import Debtor
from recobro.ledger import service as ledger
from recobro.ledger.rules import EntryKind
from recobro.payments.applying import Owing, Share, apply_shares, owing_of
from recobro.payments.lifecycle import Direction, Method
from recobro.payments.queries import received_since
from recobro.payments.rules import Outcome, apply_by_law, postings_of
from recobro.payments.tables import Payment
from tenants.service import next_numbers
from tenants.work import Work


class PaymentRefused(Invalid):
    """What was given cannot be a payment on this case."""

    code = "payments.refused"


@dataclass(frozen=True)
class Arrived:
    """Money that arrived, as it is told to us: what `record_payment` takes."""

    case_id: UUID
    amount: Money
    direction: Direction
    method: Method
    received_on: date
    key: str
    reference: str = ""
    debts: Sequence[UUID] = ()
    kept: Money | None = None
    checkout_id: UUID | None = None


@dataclass(frozen=True)
class _Place:
    """A case, locked, and where its debtor lives."""

    case: Case
    country: str
    zone: ZoneInfo


@dataclass(frozen=True)
class _Reckoned:
    """A payment worked out but not yet written."""

    arrived: Arrived
    place: _Place
    payment: Payment
    outcome: Outcome
    kept: Money
    contract: Contract
    earned: Sequence[Earned]


def open_payment(work: Work, payment_id: UUID, *, lock: bool = False) -> Payment:
    """One payment of the principal's; missing and foreign are the same."""
    query = select(Payment).where(Payment.agency_id == work.agency_id, Payment.id == payment_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese pago no existe o no es tuyo."))
    return found


def record_payment(
    work: Work,
    *,
    case_id: UUID,
    amount: Money,
    direction: Direction,
    method: Method,
    received_on: date,
    key: str,
    reference: str = "",
    debts: Sequence[UUID] = (),
    kept: Money | None = None,
    checkout_id: UUID | None = None,
) -> UUID:
    """Write down money that arrived on a day, past or present; you get the payment's id.

    It pays debts by the law of the debtor's place, those in `debts` first (the debtor's own choice); what is too much
    stays unapplied. `kept` is what counsel kept of a payment made to them. The same key again gives the same payment.
    Refused: nothing, a day to come, a currency or a debt the case does not have.
    """
    arrived = Arrived(case_id, amount, direction, method, received_on, key, reference, tuple(debts), kept, checkout_id)
    return record_payments(work, [arrived])[0]


def record_payments(work: Work, arrived: Sequence[Arrived]) -> list[UUID]:
    """Write down several payments by the rules of `record_payment`, in order; all of them or none."""
    known = _recorded_before(work, arrived)
    ids = {key: payment.id for key, payment in known.items()}
    waiting = [one for one in arrived if one.key not in ids]
    while waiting:
        # A case's second payment meets what its first one left, so each round has a case once.
        batch = {one.case_id: one for one in reversed(waiting)}
        ids |= _record_round(work, list(batch.values()))
        waiting = [one for one in waiting if one.key not in ids]
    return [ids[one.key] for one in arrived]


def _recorded_before(work: Work, arrived: Sequence[Arrived]) -> Mapping[str, Payment]:
    # The cases first: whoever holds them decides, so two callers with one key cannot both find nothing.
    _places(work, [one.case_id for one in arrived])
    found = work.session.scalars(
        select(Payment).where(Payment.agency_id == work.agency_id, Payment.key.in_([one.key for one in arrived]))
    ).all()
    known = {payment.key: payment for payment in found}
    for one in arrived:
        before = known.get(one.key)
        same = (one.case_id, one.amount.minor, one.amount.currency, one.direction.value)
        if before and same != (before.case_id, before.amount, before.currency, before.direction):
            raise ledger.KeyReused(msg("La clave {key} ya se usó para otro movimiento."), key=one.key)
    return known


def _places(work: Work, case_ids: Sequence[UUID]) -> dict[UUID, _Place]:
    """The cases, locked in the order of their ids, and where their debtors live."""
    rows = work.session.execute(
        select(Case, Debtor.country, Debtor.time_zone)
        .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
        .where(Case.agency_id == work.agency_id, Case.id.in_(set(case_ids)))
        .order_by(Case.id)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    found = {case.id: _Place(case, country, ZoneInfo(time_zone)) for case, country, time_zone in rows}
    if set(case_ids) - found.keys():
        raise NotFound(msg("Ese caso no existe o no es tuyo."))
    return found


def _record_round(work: Work, arrived: Sequence[Arrived]) -> dict[str, UUID]:
    places = _places(work, [one.case_id for one in arrived])
    owing = owing_of(work, {case_id: place.zone for case_id, place in places.items()})
    year = work.now().year
    numbers = next_numbers(work, f"payments-{year}", len(arrived))
    reckoned = [
        _reckon(work, one, places[one.case_id], owing[one.case_id], f"R-{year}-{number:05d}")
        for one, number in zip(arrived, numbers, strict=True)
    ]
    _post(work, reckoned)
    work.session.add_all(one.payment for one in reckoned)
    work.flush()
    for one in reckoned:
        if one.payment.entry_id is not None:
            commissions.keep_lines(
                work,
                payment_id=one.payment.id,
                entry_id=one.payment.entry_id,
                contract=one.contract,
                earned=one.earned,
            )
    apply_shares(
        work,
        [
            Share(one.payment, UUID(item.debt), item.component.value, item.amount.minor)
            for one in reckoned
            for item in one.outcome.applied
        ],
    )
    cases.refresh_balances(work, list(places))
    places = _places(work, list(places))
    for one in reckoned:
        _tell(work, places[one.arrived.case_id].case, one)
    return {one.arrived.key: one.payment.id for one in reckoned}


def _reckon(work: Work, arrived: Arrived, place: _Place, owing: Owing, number: str) -> _Reckoned:
    amount, case = arrived.amount, place.case
    if amount.minor <= 0:
        raise PaymentRefused(msg("Un pago es de un importe mayor que cero."))
    if arrived.received_on > work.today(place.zone):
        raise PaymentRefused(msg("Un pago no puede ser de un día que no ha llegado."))
    if case.close_code == CloseCode.MERGED and arrived.checkout_id is None:
        raise PaymentRefused(msg("Este caso se unió a otro: registra el pago en el caso que sigue."))
    chosen = [str(debt_id) for debt_id in arrived.debts]
    dues = owing.within(amount.currency)
    if set(chosen) - {due.debt for due in dues}:
        raise PaymentRefused(msg("Una de las deudas elegidas no es de este caso o no está abierta."))
    if not dues and amount.currency != case.currency:
        raise PaymentRefused(msg("El caso no tiene adeudos en {currency}."), currency=amount.currency)
    room = _room(work, case, amount.currency)
    asked = amount if room is None else min(amount, room)
    outcome = apply_by_law(asked, dues, country=place.country, on=arrived.received_on, chosen=chosen)
    outcome = replace(outcome, unapplied=outcome.unapplied + (amount - asked))
    applied = amount - outcome.unapplied
    contract = _contract(work, case.client_id, arrived.received_on)
    payment = Payment(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        number=number,
        key=arrived.key,
        case_id=case.id,
        direction=arrived.direction.value,
        method=arrived.method.value,
        currency=amount.currency,
        amount=amount.minor,
        applied=applied.minor,
        unapplied=outcome.unapplied.minor,
        received_on=arrived.received_on,
        reference=arrived.reference,
        rule_id=outcome.rule_id,
        because=outcome.because,
        receipt_words=outcome.receipt_words,
        checkout_id=arrived.checkout_id,
        recorded_at=work.now(),
        recorded_by=work.principal.name,
    )
    kept = _checked_share(arrived.kept, applied, arrived.direction)
    return _Reckoned(arrived, place, payment, outcome, kept, contract, _earned(contract, arrived, case, outcome, owing))


def _room(work: Work, case: Case, currency: str) -> Money | None:
    """What payments may still take while a plan with a discount runs; None when nothing limits them."""
    if case.settlement_total is None or case.settlement_from is None or case.settlement_currency != currency:
        return None
    taken = received_since(work, case_id=case.id, currency=currency, recorded_from=case.settlement_from)
    return Money(max(case.settlement_total - taken, 0), currency)


def _checked_share(kept: Money | None, applied: Money, direction: Direction) -> Money:
    share = kept or Money.zero(applied.currency)
    if share and direction is not Direction.TO_COUNSEL:
        raise PaymentRefused(msg("Solo de un pago al abogado puede quedarse una parte el abogado."))
    if share.minor < 0 or applied < share:
        raise PaymentRefused(msg("El abogado no puede quedarse más de lo que se aplicó."))
    return share


def _contract(work: Work, client_id: UUID, on: date) -> Contract:
    """The contract in force, remembered for this transaction: a batch asks for the same one again and again."""
    kept: dict[tuple[UUID, date], Contract] = work.session.info.setdefault("contracts", {})
    if (client_id, on) not in kept:
        kept[client_id, on] = contract_in_force(work, client_id, on)
    return kept[client_id, on]


def _earned(contract: Contract, arrived: Arrived, case: Case, outcome: Outcome, owing: Owing) -> list[Earned]:
    parts = []
    for item in outcome.applied:
        debt = owing.debts[item.debt]
        parts.append(
            Part(debt.reference, item.component.value, item.amount.minor, debt.due_on, debt.placed_on, debt.kind)
        )
    facts = Facts(
        arrived.amount.currency,
        arrived.amount.minor,
        arrived.received_on,
        arrived.direction.value,
        case.stage,
        parts,
    )
    return commission_on(facts, read_rules(contract.commission_rules), tax_bp=contract.tax_bp)


def _post(work: Work, reckoned: Sequence[_Reckoned]) -> None:
    """Write the entries of payments that post anything, and tell the payments which they are."""
    entries, payments = [], []
    for one in reckoned:
        payment = one.payment
        commission, tax = whole(one.earned, payment.currency)
        postings = postings_of(
            one.arrived.direction,
            payment.client_id,
            applied=Money(payment.applied, payment.currency),
            unapplied=Money(payment.unapplied, payment.currency),
            kept=one.kept,
            commission=commission,
            tax=tax,
        )
        if postings:
            payments.append(payment)
            entries.append(
                ledger.NewEntry(
                    kind=EntryKind.PAYMENT,
                    key=f"payment:{payment.id}",
                    postings=postings,
                    on=payment.received_on,
                    client_id=payment.client_id,
                    ref=("payments", payment.id),
                    details={"number": payment.number},
                )
            )
    for payment, entry_id in zip(payments, ledger.post_all(work, entries), strict=True):
        payment.entry_id = entry_id


_TITLES = {
    Direction.TO_AGENCY: msg("Pago recibido: {amount}"),
    Direction.TO_CLIENT: msg("Pago directo al cliente: {amount}"),
    Direction.TO_COUNSEL: msg("Pago al abogado: {amount}"),
}


def _tell(work: Work, case: Case, one: _Reckoned) -> None:
    """History, the close of a case that owes nothing more, and what has to follow."""
    payment = one.payment
    cases.note_event(
        work,
        case,
        kind="payment",
        title=_TITLES[one.arrived.direction],
        tone="ok",
        visibility="debtor",
        ref_table="payments",
        ref_id=payment.id,
        amount=plain(payment.amount, payment.currency),
        number=payment.number,
        received_on=payment.received_on.isoformat(),
        balance=plain(case.balance, case.currency),
    )
    if case.debt_count == 0 and one.outcome.applied and case.stage != Stage.CLOSED:
        cases.move(work, case, Move.CLOSE, why=payment.number, close_code=CloseCode.PAID)
    work.outbox.add("payment.recorded", payment_id=payment.id, case_id=case.id)
    work.outbox.add("payments.receipt", payment_id=payment.id)
    work.audit("payment.recorded", **audited(payment))


def plain(minor: int, currency: str) -> dict[str, object]:
    """An amount as the details of events carry it."""
    return {"minor": minor, "currency": currency}


def audited(payment: Payment) -> dict[str, object]:
    """What the audit chain keeps of a payment."""
    return {
        "payment_id": payment.id,
        "case_id": payment.case_id,
        "number": payment.number,
        "amount": payment.amount,
        "currency": payment.currency,
        "direction": payment.direction,
        "entry_id": payment.entry_id,
    }
