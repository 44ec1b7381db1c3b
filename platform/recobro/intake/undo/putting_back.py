"""The way back from a file of another kind than new debts, by what was written down while it was done: debts that it
took back are claimed again, payments are reversed, charges and credits are taken off, corrected
data are what they were, words of consent are taken back, documents leave their cases. What somebody changed or used
since stays, and the reason is told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case, CaseEvent, Debt, DebtComponent
from recobro.intake.kinds import consenting
from recobro.intake.staged import effects, waiting
from recobro.intake.tables import Placement, PlacementEffect
from recobro.intake.undo import detaching, restoring, unsaying, untaking
from recobro.payments.lifecycle import PaymentState
from recobro.payments.reversing import reverse_payment
from recobro.payments.tables import Payment
from tenants.work import Work

AGAIN_PRIORITY = 500
REASONS: Mapping[str, str] = {
    "claimed": msg("el adeudo ya se cobra otra vez"),
    "closed": msg("su caso se cerró después por otra razón"),
    "reversed": msg("un pago que el archivo canceló no vuelve por sí solo: regístralo de nuevo si fue un error"),
    "taken_back": msg("el pago ya se revirtió"),
    "returned": msg("su excedente ya se devolvió al deudor"),
    "paid": msg("lo que se sumó ya se pagó"),
    "settled": msg("el adeudo ya no está abierto"),
    **restoring.REASONS,
    **unsaying.REASONS,
    **detaching.REASONS,
}
WHY = msg("Se deshizo la carga {number}")
PUT_BACK = msg("Se deshizo el retiro de la carga {number}: se cobra otra vez {references}")
TAKEN_OFF = msg("Se deshizo un cargo o crédito de la carga {number}: {reference}")
AGAIN = msg("Volvió: se deshizo su retiro")
# What undoing does, by kind.
WAYS: Mapping[str, str] = {
    "recall": msg(
        "Los adeudos retirados se cobran otra vez y sus casos se abren donde estaban. Las promesas, los convenios y "
        "los asuntos que el retiro terminó no vuelven: acuérdalos de nuevo."
    ),
    "financial": msg(
        "Los pagos del archivo se revierten con sus honorarios, y sus cargos y créditos se quitan. El libro conserva "
        "las dos anotaciones."
    ),
    "maintenance": msg(
        "Los datos corregidos vuelven a lo que eran y los contactos nuevos se dan de baja. Lo que alguien cambió o usó "
        "después se queda."
    ),
    "consent": msg(
        "Lo que el archivo dijo del consentimiento deja de contar, como si el cliente no lo hubiera dicho. Nada se "
        "borra: queda anotado que se tomó de vuelta. La palabra del propio deudor no cambia."
    ),
    "documents": msg(
        "Los documentos que nadie ha usado salen de sus casos. Se conservan en la carga, y el caso dice que estuvieron "
        "ahí."
    ),
}


@dataclass(frozen=True)
class Back:
    """What of a file's effects can be put back, and how many stay for each reason (codes of `REASONS`)."""

    count: int
    stays: Mapping[str, int]


def look(work: Work, placement: Placement) -> Back:
    """What undoing would put back now; nothing changes."""
    ways = {"maintenance": restoring.look, "consent": unsaying.look, "documents": detaching.look}
    if placement.kind in ways:
        return Back(*ways[placement.kind](work, placement))
    found = _done(work, placement)
    reasons = _reasons(work, found)
    stays = Counter(reasons[one.id] for one in found if reasons[one.id])
    return Back(len(found) - sum(stays.values()) + waiting.count(work, placement), stays)


def corrections(work: Work, placement: Placement) -> int:
    """How many debts that a file corrected would be what they were."""
    found = untaking.reasons(work, [one.id for one in effects.of(work, placement) if untaking.is_one(one)])
    return sum(1 for reason in found.values() if not reason)


def put_back(work: Work, placement: Placement) -> Back:
    """Put back what nobody has changed since, the last first; you get how many, and why the others stay."""
    if placement.kind == "maintenance":
        return Back(*restoring.restore(work, placement))
    if placement.kind == "consent":
        return Back(*unsaying.unsay(work, placement, consenting.WORDS))
    if placement.kind == "documents":
        return Back(*detaching.detach(work, placement))
    found = _done(work, placement)
    stays: Counter[str] = Counter()
    recalled: list[PlacementEffect] = []
    done = waiting.count(work, placement)
    for one in found:
        reason = _reasons(work, [one])[one.id]
        if reason:
            stays[reason] += 1
            continue
        if untaking.is_one(one):
            untaking.take_back(work, placement, one)
        elif one.kind == "recalled":
            recalled.append(one)
        elif one.kind == "paid":
            _reverse(work, placement, one)
        else:
            _take_off(work, placement, one)
        done += 1
        work.flush()
    _claim_again(work, placement, recalled)
    waiting.drop(work, placement)
    return Back(done, stays)


def _done(work: Work, placement: Placement) -> Sequence[PlacementEffect]:
    """What a file did, the last first: but for payments and credits of debts that are gone, or that it placed itself,
    which go or stay with those; and recalls of what its own debts replace, while these are there."""
    found = effects.of(work, placement)
    debts = {debt.id: debt.placement_id for debt in _rows(work, Debt, [one.ref_id for one in found])}
    replacing = [one.details["line"] for one in found if "line" in one.details and one.kind == "recalled"]
    own = (Debt.agency_id == work.agency_id, Debt.placement_id == placement.id, Debt.placement_line.in_(replacing))
    there = set(work.session.scalars(select(Debt.placement_line).where(*own))) if replacing else set()
    return [
        one
        for one in found
        if (one.kind not in ("paid", "credited") or debts.get(one.ref_id, placement.id) != placement.id)
        and not (one.kind == "recalled" and one.details.get("line") in there)
    ]


def _reasons(work: Work, found: Sequence[PlacementEffect]) -> dict[UUID, str]:
    """Why each effect stays; empty where it can be put back."""
    debts = {debt.id: debt for debt in _rows(work, Debt, [one.ref_id for one in found])}
    closed = {case.id: case for case in _rows(work, Case, [one.case_id for one in found if one.case_id])}
    keys = [one.details["key"] for one in found if one.kind == "paid"]
    paid = {
        payment.key: payment
        for payment in work.session.scalars(
            select(Payment).where(Payment.agency_id == work.agency_id, Payment.key.in_(keys))
        )
    }
    corrected = untaking.reasons(work, [one.id for one in found if untaking.is_one(one)])
    reasons: dict[UUID, str] = {}
    for one in found:
        if untaking.is_one(one):
            reasons[one.id] = corrected[one.id]
        elif one.kind == "recalled":
            reasons[one.id] = _stays_recalled(debts.get(one.ref_id), closed)
        elif one.kind == "paid":
            reasons[one.id] = _stays_paid(paid.get(one.details["key"]))
        elif one.kind == "reversed":
            reasons[one.id] = "reversed"
        else:
            reasons[one.id] = _stays_moved(work, one, debts.get(one.ref_id))
    return reasons


def _rows(work: Work, table: Any, ids: Sequence[UUID]) -> Sequence[Any]:
    return work.session.scalars(
        select(table).where(table.agency_id == work.agency_id, table.id.in_(set(ids)))
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip


def _stays_recalled(debt: Debt | None, places: Mapping[UUID, Case]) -> str:
    if debt is None or debt.state != "recalled":
        return "claimed"
    case = places.get(debt.case_id)
    if case is not None and case.stage == Stage.CLOSED and case.close_code != CloseCode.RECALLED:
        return "closed"
    return ""


def _stays_paid(payment: Payment | None) -> str:
    if payment is None or payment.state == PaymentState.REVERSED:
        return "taken_back"
    return "returned" if payment.excess_entry_id is not None else ""


def _stays_moved(work: Work, one: PlacementEffect, debt: Debt | None) -> str:
    if debt is None or debt.state not in ("open", "settled") or (one.kind == "charged" and debt.state != "open"):
        return "settled"
    _, parts = _noted(work, one)
    owed = {part.kind: part.owed for part in _components(work, one.ref_id)}
    return "paid" if any(owed.get(kind, 0) + change < 0 for kind, change in parts.items()) else ""


def _noted(work: Work, one: PlacementEffect) -> tuple[CaseEvent, dict[str, int]]:
    """The event of a charge or credit, and what taking it off adds to each component (minor units)."""
    event = work.session.scalars(
        select(CaseEvent)
        .where(
            CaseEvent.agency_id == work.agency_id, CaseEvent.ref_id == one.ref_id,
            CaseEvent.ref_table == ("charges" if one.kind == "charged" else "credits"),
            CaseEvent.details["key"].as_string() == one.details["key"],
        )
        .order_by(CaseEvent.id.desc())
        .limit(1)
    ).one()  # fmt: skip
    if one.kind == "charged":
        return event, {event.details["component"]: -int(event.details["amount"]["minor"])}
    return event, dict(event.details["parts"])


def _components(work: Work, debt_id: UUID) -> Sequence[DebtComponent]:
    return work.session.scalars(
        select(DebtComponent)
        .where(DebtComponent.agency_id == work.agency_id, DebtComponent.debt_id == debt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _reverse(work: Work, placement: Placement, one: PlacementEffect) -> None:
    payment = work.session.scalars(
        select(Payment).where(Payment.agency_id == work.agency_id, Payment.key == one.details["key"])
    ).one()
    reverse_payment(work, payment.id, reason=WHY.format(number=placement.number))
    # The same file may come again: its payment is another one then.
    payment.key = f"undone:{payment.id}:{payment.key}"


def _take_off(work: Work, placement: Placement, one: PlacementEffect) -> None:
    event, parts = _noted(work, one)
    debt = work.session.scalars(
        select(Debt).where(Debt.agency_id == work.agency_id, Debt.id == one.ref_id).with_for_update()
    ).one()
    for component in _components(work, debt.id):
        change = parts.get(component.kind, 0)
        component.owed += change
        component.charged += change
        debt.balance += change
    debt.state = "open" if debt.balance else "settled"
    case = cases.open_case(work, debt.case_id, lock=True)
    cases.refresh_balances(work, [case.id])
    cases.note_event(
        work, case, kind="placement", title=TAKEN_OFF, tone="warn", ref_table="undone", ref_id=event.id,
        number=placement.number, reference=debt.reference,
    )  # fmt: skip
    if case.debt_count and case.stage == Stage.CLOSED and case.close_code in (CloseCode.SETTLED, CloseCode.PAID):
        cases.move(work, case, Move.REOPEN, why=placement.number)
        cases.put_in_queue(work, case, reason=msg("Se deshizo un crédito"), priority=AGAIN_PRIORITY)
    elif not case.debt_count and case.stage != Stage.CLOSED:
        cases.move(work, case, Move.CLOSE, why=placement.number, close_code=CloseCode.SETTLED)


def _claim_again(work: Work, placement: Placement, recalled: Sequence[PlacementEffect]) -> None:
    if not recalled:
        return
    ids = [one.ref_id for one in recalled]
    work.session.execute(
        text("UPDATE debts SET state = 'open' WHERE agency_id = :agency AND id = ANY(CAST(:debts AS uuid[]))"),
        {"agency": work.agency_id, "debts": ids},
    )
    work.session.expire_all()
    debts = _rows(work, Debt, ids)
    stages = {one.case_id: one.details.get("stage", "") for one in recalled}
    by_case: dict[UUID, list[str]] = {}
    for debt in debts:
        by_case.setdefault(debt.case_id, []).append(debt.reference)
    cases.refresh_balances(work, list(by_case))
    for case_id, references in sorted(by_case.items()):
        case = cases.open_case(work, case_id, lock=True)
        named = ", ".join(sorted(references)[:5]) + ("…" if len(references) > 5 else "")
        cases.note_event(work, case, kind="placement", title=PUT_BACK, tone="warn", number=placement.number,
                         references=named)  # fmt: skip
        if case.stage == Stage.CLOSED:
            cases.move(work, case, Move.REOPEN, why=placement.number)
            if stages.get(case_id) in (Stage.RECEIVED, Stage.NOTICES):
                cases.move(work, case, Move.NOTIFY, why=placement.number)
                work.outbox.add("strategies.reconsider", case_id=case.id)
            else:
                cases.put_in_queue(work, case, reason=AGAIN, priority=AGAIN_PRIORITY)
    work.audit("debts.put_back", placement_id=placement.id, number=placement.number, count=len(debts),
               cases=len(by_case))  # fmt: skip
