"""Where a case stands and how a payment came about, in the client's words; as SQL, so that sums and lists agree."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, and_, case, cast, exists, func

from kernel.text import msg
from legal.matters.tables import Matter
from recobro.agreements.tables import Agreement, Promise
from recobro.cases.tables import Case, CaseFlag
from recobro.payments.tables import Payment


class Standing(StrEnum):
    """Where a case stands for its client; each case is in exactly one."""

    RECEIVED = "received"
    WORKING = "working"
    PROMISE = "promise"
    AGREEMENT = "agreement"
    DISPUTE = "dispute"
    LEGAL = "legal"
    CLOSED = "closed"


class Way(StrEnum):
    """How a payment came about; each payment in exactly one."""

    VOLUNTARY = "voluntary"
    AGREEMENT = "agreement"
    LEGAL = "legal"


STANDING_LABELS: Mapping[Standing, str] = {
    Standing.RECEIVED: msg("Sin contactar"),
    Standing.WORKING: msg("En gestión"),
    Standing.PROMISE: msg("Promesa vigente"),
    Standing.AGREEMENT: msg("Convenio activo"),
    Standing.DISPUTE: msg("En aclaración"),
    Standing.LEGAL: msg("Jurídico"),
    Standing.CLOSED: msg("Cerrado"),
}
STANDING_TONES: Mapping[Standing, str] = {
    Standing.RECEIVED: "",
    Standing.WORKING: "info",
    Standing.PROMISE: "info",
    Standing.AGREEMENT: "ok",
    Standing.DISPUTE: "warn",
    Standing.LEGAL: "legal",
    Standing.CLOSED: "",
}
WAY_LABELS: Mapping[Way, str] = {
    Way.VOLUNTARY: msg("Pago voluntario"),
    Way.AGREEMENT: msg("Convenio"),
    Way.LEGAL: msg("Judicial"),
}


def _of_case(table: Any) -> Any:
    return and_(table.agency_id == Case.agency_id, table.case_id == Case.id)


def standing() -> Any:
    """The standing of a `Case` row: what stops work first, so that a dispute counts wherever the case stands; then
    court, what was agreed, what was done."""
    dispute = exists().where(_of_case(CaseFlag), CaseFlag.kind == "dispute", CaseFlag.closed_at.is_(None))
    agreed = exists().where(_of_case(Agreement), Agreement.state.in_(["accepted", "active"]))
    promised = exists().where(_of_case(Promise), Promise.state == "pending")
    return case(
        (Case.stage == "closed", Standing.CLOSED.value),
        (dispute, Standing.DISPUTE.value),
        (Case.stage == "legal", Standing.LEGAL.value),
        (agreed, Standing.AGREEMENT.value),
        (promised, Standing.PROMISE.value),
        (and_(Case.stage == "received", Case.last_contact_at.is_(None)), Standing.RECEIVED.value),
        else_=Standing.WORKING.value,
    )


def way(zone: str) -> Any:
    """The way of a `Payment` row: after the handoff, while an agreement ran, or by itself. Days are the client's."""
    in_court = exists().where(
        Matter.agency_id == Payment.agency_id,
        Matter.case_id == Payment.case_id,
        Matter.state != "returned",
        cast(func.timezone(zone, Matter.proposed_at), Date) <= Payment.received_on,
    )
    agreed = exists().where(
        Agreement.agency_id == Payment.agency_id,
        Agreement.case_id == Payment.case_id,
        Agreement.currency == Payment.currency,
        Agreement.accepted_on <= Payment.received_on,
        func.coalesce(cast(func.timezone(zone, Agreement.ended_at), Date), Payment.received_on) >= Payment.received_on,
    )
    return case((in_court, Way.LEGAL.value), (agreed, Way.AGREEMENT.value), else_=Way.VOLUNTARY.value)
