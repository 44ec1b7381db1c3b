"""The passage of a case to a lawyer and back. Effects that outside counsel may not have are named in the outbox."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import Money
from kernel.problems import Conflict, Invalid
from kernel.text import msg
from legal.matters import service as matters
from legal.matters.lifecycle import STAGE_LABELS, CourtStage, MatterMove
from legal.matters.tables import Matter, MatterCost
from recobro.agreements.service import live_agreement
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case
from recobro.debtors.tables import Debtor
from recobro.files import keep_file
from recobro.handoff.queries import case_file
from recobro.handoff.rules import PAPER_PREFIX, Paper, missing
from recobro.ledger import service as ledger
from recobro.ledger.rules import Account, EntryKind, credit, debit
from tenants.context import Kind
from tenants.tables import File, Membership
from tenants.work import Work

RETURNED_PRIORITY = 750
PAPER_BYTES = 10_000_000
_KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def attach(work: Work, case_id: UUID, *, paper: Paper, name: str, data: bytes) -> File:
    """Keep a document of the debt's origin with its case. PDF, PNG or JPEG up to 10 MB, told by their first bytes."""
    case = cases.open_case(work, case_id)
    media_type = next((kind for sign, kind in _KINDS.items() if data.startswith(sign)), "")
    if not media_type:
        raise Invalid(msg("El documento debe ser PDF, PNG o JPEG."))
    if len(data) > PAPER_BYTES:
        raise Invalid(msg("El documento pesa más de 10 MB."))
    safe = "".join(c if c.isalnum() or c in "-_. " else "_" for c in name)[-80:].strip() or "documento"
    row = keep_file(
        work, name=f"{PAPER_PREFIX[paper]}-{safe}", media_type=media_type, data=data, client_id=case.client_id,
        case_id=case.id, visibility="client",
    )  # fmt: skip
    work.audit("handoff.paper_attached", case_id=case.id, file_id=row.id, paper=paper.value, sha256=row.sha256)
    return row


def propose(work: Work, *, case_id: UUID, membership_id: UUID, why: str = "") -> Matter:
    """Hand a case to a lawyer of the agency or to outside counsel: it moves to the legal stage and leaves the queue.

    The dossier follows by a job. Refused: a closed case, one without a balance, a running agreement, a lawyer who is
    not one of the agency's.
    """
    case = cases.open_case(work, case_id, lock=True)
    lawyer = _lawyer(work, membership_id)
    agreement = live_agreement(work, case.id)
    if agreement is not None and agreement.state in ("accepted", "active"):
        raise Conflict(msg("El caso tiene un convenio vigente ({number}): no puede pasar a jurídico."),
                       number=agreement.number)  # fmt: skip
    if case.balance <= 0:
        raise Conflict(msg("El caso no debe nada."))
    file = case_file(work, case)
    claim = next(whole for _, _, whole in file.sums() if whole.currency == case.currency)
    matter = matters.propose(
        work, client_id=case.client_id, case_id=case.id, claim=claim, missing=missing(list(file.items)),
        counsel_id=lawyer.person_id if lawyer.kind == Kind.COUNSEL else None, counsel_name=lawyer.name,
    )  # fmt: skip
    if case.stage != Stage.LEGAL:
        cases.move(work, case, Move.HAND_OFF, why=why or matter.number)
    cases.leave_queue(work, case)
    _tell(work, case, matter, msg("Caso propuesto a {lawyer}, asunto {number}"), body=why, kind="handoff",
          lawyer=lawyer.name)  # fmt: skip
    work.outbox.add("handoff.dossier", matter_id=matter.id)
    return matter


def _lawyer(work: Work, membership_id: UUID) -> Membership:
    found = work.session.scalar(
        select(Membership).where(
            Membership.agency_id == work.agency_id,
            Membership.id == membership_id,
            Membership.status == "active",
            Membership.role.in_(["lawyer", "counsel"]),
        )
    )
    if found is None:
        raise Invalid(msg("Elige un abogado de la lista."))
    return found


def _tell(
    work: Work, case: Case, matter: Matter, title: str, *, body: str = "", tone: str = "legal", kind: str = "matter",
    **details: Any,
) -> None:  # fmt: skip
    cases.note_event(
        work, case, kind=kind, title=title, body=body, tone=tone, ref_table="matters", ref_id=matter.id,
        number=matter.number, **details,
    )  # fmt: skip


def zone_of(work: Work, matter: Matter) -> ZoneInfo:
    """The debtor's zone: where the days of a matter are counted."""
    name = work.session.scalar(
        select(Debtor.time_zone)
        .join(Case, (Case.agency_id == Debtor.agency_id) & (Case.debtor_id == Debtor.id))
        .where(Case.agency_id == work.agency_id, Case.id == matter.case_id)
    )
    return ZoneInfo(name or "UTC")


def today_of(work: Work, matter: Matter) -> date:
    """The present day where the debtor is."""
    return work.today(zone_of(work, matter))


def accept(work: Work, matter_id: UUID) -> None:
    """The lawyer takes the matter; it begins with its study."""
    today = today_of(work, matters.open_matter(work, matter_id))
    matter = matters.move(work, matter_id, MatterMove.ACCEPT, today=today)
    _tell(work, cases.open_case(work, matter.case_id), matter, msg("El abogado aceptó el asunto {number}"))


def give_back(work: Work, matter_id: UUID, *, reason: str) -> None:
    """The lawyer returns the matter, with reasons: the case goes back to calls and to the queue."""
    matter = matters.move(work, matter_id, MatterMove.RETURN, reason=reason)
    case = cases.open_case(work, matter.case_id)
    _tell(work, case, matter, msg("Jurídico devolvió el asunto {number}"), body=matter.return_reason, tone="warn",
          kind="handoff")  # fmt: skip
    if work.principal.kind is Kind.COUNSEL:
        work.outbox.add("handoff.returned", matter_id=matter.id)
    else:
        take_back(work, matter.id)


def take_back(work: Work, matter_id: UUID) -> None:
    """What a returned matter does to its case. Counsel sees it no more. Again changes nothing."""
    matter = matters.open_matter(work, matter_id, lock=True)
    case = cases.open_case(work, matter.case_id, lock=True)
    matter.counsel_id = None
    if matter.state != "returned" or case.stage != Stage.LEGAL:
        work.flush()
        return
    cases.move(work, case, Move.TAKE_BACK, why=matter.return_reason)
    cases.put_in_queue(
        work, case, reason=msg("Jurídico lo devolvió: {why}"), priority=RETURNED_PRIORITY, tone="warn",
        why=matter.return_reason,
    )  # fmt: skip


def reach_stage(work: Work, matter_id: UUID, stage: CourtStage, *, on: date, note: str = "") -> None:
    """The lawsuit reached a stage on a day; everybody on the case but the debtor sees it."""
    matter = matters.open_matter(work, matter_id)
    matters.reach_stage(work, matter_id, stage, on=on, today=today_of(work, matter), note=note)
    _tell(work, cases.open_case(work, matter.case_id), matter, STAGE_LABELS[stage], body=note, on=on.isoformat())


def close(work: Work, matter_id: UUID, *, reason: str) -> None:
    """The lawsuit is over; the case keeps its stage until somebody closes it against the money."""
    matter = matters.move(work, matter_id, MatterMove.CLOSE, reason=reason)
    _tell(work, cases.open_case(work, matter.case_id), matter, msg("Asunto {number} concluido"), body=reason)


def add_cost(work: Work, matter_id: UUID, *, concept: str, amount: Money, spent_on: date, recoverable: bool) -> UUID:
    """Money spent on the matter: kept, told, and posted as costs advanced (by a job when counsel writes it down)."""
    matter = matters.open_matter(work, matter_id)
    if spent_on > today_of(work, matter):
        raise Invalid(msg("Un gasto no puede ser de un día que no ha llegado."))
    cost_id = matters.add_cost(
        work, matter_id, concept=concept, amount=amount, spent_on=spent_on, recoverable=recoverable
    )
    plain: dict[str, Any] = {"minor": amount.minor, "currency": amount.currency}
    _tell(work, cases.open_case(work, matter.case_id), matter, msg("Gasto del asunto {number}: {amount}"),
          body=concept, amount=plain)  # fmt: skip
    if work.principal.kind is Kind.COUNSEL:
        work.outbox.add("handoff.cost", cost_id=cost_id)
    else:
        post_cost(work, cost_id)
    return cost_id


def post_cost(work: Work, cost_id: UUID) -> None:
    """Write a matter's cost into the agency's own book. Again gives the same entry.

    One for the client's account is owed by the client and stands on the next statement; another stays advanced.
    """
    cost = work.session.scalars(
        select(MatterCost).where(MatterCost.agency_id == work.agency_id, MatterCost.id == cost_id).with_for_update()
    ).one()
    amount = Money(cost.amount, cost.currency)
    cost.entry_id = ledger.post(
        work,
        kind=EntryKind.COST,
        key=f"matter-cost:{cost.id}",
        postings=[
            debit(Account.CLIENT_RECEIVABLE, amount, cost.client_id)
            if cost.recoverable
            else debit(Account.COSTS_ADVANCED, amount),
            credit(Account.BANK_OPERATING, amount),
        ],
        on=cost.spent_on,
        client_id=cost.client_id,
        ref=("matter_costs", cost.id),
        details={"concept": cost.concept},
    )
    work.flush()
