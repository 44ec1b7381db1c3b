"""What is done to a matter: proposed, accepted or returned, its court, stages, deadlines and costs.

It knows its case by id alone; what follows for the case is named to whoever asked.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.money import Money
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.matters.lifecycle import CourtStage, MatterMove, MatterState, Route, after, check_stage
from legal.matters.tables import Matter, MatterCost, MatterDeadline, MatterStage
from tenants.service import next_number
from tenants.work import Work


class AlreadyInHands(Conflict):
    """The case is already in a lawyer's hands."""

    code = "matters.already_in_hands"


def open_matter(work: Work, matter_id: UUID, *, lock: bool = False) -> Matter:
    """One matter of the principal's; missing and foreign are the same."""
    query = select(Matter).where(Matter.agency_id == work.agency_id, Matter.id == matter_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese asunto no existe o no es tuyo."))
    return found


def propose(
    work: Work,
    *,
    client_id: UUID,
    case_id: UUID,
    claim: Money,
    missing: Sequence[dict[str, Any]],
    counsel_id: UUID | None,
    counsel_name: str,
) -> Matter:
    """A new matter for a case, waiting for the lawyer's answer. One at a time: another that lives refuses it."""
    living = select(Matter.number).where(
        Matter.agency_id == work.agency_id, Matter.case_id == case_id, Matter.state.in_(["proposed", "accepted"])
    )
    if number := work.session.scalar(living):
        raise AlreadyInHands(msg("El caso ya está en jurídico, en el asunto {number}."), number=number)
    year = work.now().year
    matter = Matter(
        agency_id=work.agency_id,
        client_id=client_id,
        id=new_id(),
        number=f"J-{year}-{next_number(work, f'matters-{year}'):04d}",
        case_id=case_id,
        counsel_id=counsel_id,
        counsel_name=counsel_name,
        state=MatterState.PROPOSED.value,
        claim=claim.minor,
        currency=claim.currency,
        missing=list(missing),
        proposed_at=work.now(),
        proposed_by=work.principal.name,
    )
    work.add(matter)
    work.flush()
    work.audit("matter.proposed", matter_id=matter.id, case_id=case_id, number=matter.number)
    return matter


def move(work: Work, matter_id: UUID, step: MatterMove, *, reason: str = "", today: date | None = None) -> Matter:
    """Accept, return or close a matter. Returning needs a reason; an accepted one begins with its study."""
    matter = open_matter(work, matter_id, lock=True)
    to_state = after(MatterState(matter.state), step)
    if step is MatterMove.RETURN and not reason.strip():
        raise Invalid(msg("Di por qué se devuelve el asunto."))
    matter.state = to_state.value
    if step is MatterMove.RETURN:
        matter.return_reason = reason.strip()
    if step is not MatterMove.CLOSE:
        matter.answered_at = work.now()
    work.flush()
    if step is MatterMove.ACCEPT:
        day = today or work.now().date()
        reach_stage(work, matter.id, CourtStage.STUDY, on=day, today=day)
    work.audit(f"matter.{to_state.value}", matter_id=matter.id, case_id=matter.case_id, reason=reason.strip())
    return matter


def reach_stage(
    work: Work, matter_id: UUID, stage: CourtStage, *, on: date, today: date, note: str = ""
) -> MatterStage:
    """Note that the lawsuit reached a stage on a day. Refused: backwards, a day to come, before the last stage."""
    matter = _accepted(work, matter_id)
    last = work.session.scalar(
        select(MatterStage.on)
        .where(MatterStage.agency_id == work.agency_id, MatterStage.matter_id == matter.id)
        .order_by(MatterStage.on.desc(), MatterStage.at.desc())
        .limit(1)
    )
    check_stage(CourtStage(matter.stage) if matter.stage else None, last, stage, on=on, today=today)
    row = MatterStage(
        agency_id=work.agency_id, client_id=matter.client_id, id=new_id(), matter_id=matter.id, stage=stage.value,
        on=on, note=note, by=work.principal.name, at=work.now(),
    )  # fmt: skip
    work.add(row)
    matter.stage = stage.value
    work.flush()
    work.audit("matter.stage", matter_id=matter.id, stage=stage.value, on=on.isoformat())
    return row


def describe(work: Work, matter_id: UUID, *, court: str, file_no: str, route: str) -> None:
    """Write down the court, its file number and the route (a Route or empty)."""
    if route and route not in set(Route):
        raise Invalid(msg("Elige una vía de la lista."))
    matter = _accepted(work, matter_id)
    matter.court, matter.file_no, matter.route = court, file_no, route
    work.audit("matter.described", matter_id=matter.id, court=court, file_no=file_no, route=route)
    work.flush()


def open_deadline(work: Work, matter_id: UUID, *, title: str, due_on: date, counted: str = "") -> UUID:
    """A day by which something must be done, and how it was counted; you get its id."""
    matter = _accepted(work, matter_id)
    row = MatterDeadline(
        agency_id=work.agency_id, client_id=matter.client_id, id=new_id(), matter_id=matter.id, title=title,
        due_on=due_on, counted=counted, by=work.principal.name, at=work.now(),
    )  # fmt: skip
    work.add(row)
    work.flush()
    work.audit("matter.deadline_opened", matter_id=matter.id, deadline_id=row.id, due_on=due_on.isoformat())
    return row.id


def close_deadline(work: Work, matter_id: UUID, deadline_id: UUID, *, note: str) -> None:
    """The deadline was met, or no longer matters: the note says which."""
    row = work.session.scalar(
        select(MatterDeadline)
        .where(
            MatterDeadline.agency_id == work.agency_id,
            MatterDeadline.matter_id == matter_id,
            MatterDeadline.id == deadline_id,
            MatterDeadline.done_at.is_(None),
        )
        .with_for_update()
    )
    if row is None:
        raise NotFound(msg("Ese plazo no existe o ya se cerró."))
    row.done_at = work.now()
    row.done_note = note
    work.flush()
    work.audit("matter.deadline_closed", matter_id=matter_id, deadline_id=row.id)


def add_cost(work: Work, matter_id: UUID, *, concept: str, amount: Money, spent_on: date, recoverable: bool) -> UUID:
    """Money spent on the matter; you get the row's id. Refused: nothing, a currency that is not the claim's."""
    matter = _accepted(work, matter_id)
    if amount.minor <= 0:
        raise Invalid(msg("Un gasto es de un importe mayor que cero."))
    row = MatterCost(
        agency_id=work.agency_id, client_id=matter.client_id, id=new_id(), matter_id=matter.id, concept=concept,
        amount=amount.minor, currency=amount.currency, spent_on=spent_on, recoverable=recoverable,
        by=work.principal.name, at=work.now(),
    )  # fmt: skip
    work.add(row)
    work.flush()
    work.audit("matter.cost_added", matter_id=matter.id, cost_id=row.id, amount=amount.minor, currency=amount.currency)
    return row.id


def _accepted(work: Work, matter_id: UUID) -> Matter:
    matter = open_matter(work, matter_id, lock=True)
    if matter.state != MatterState.ACCEPTED:
        raise Conflict(msg("Primero hay que aceptar el asunto; uno devuelto o concluido ya no cambia."))
    return matter
