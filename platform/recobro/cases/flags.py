"""Opening and closing what stops or changes work on a case: disputes, complaints, holds and what a law asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.records.consents import Whose
from legal.records.disputes import Terms, note_dispute
from recobro.cases import service as cases
from recobro.cases.tables import Case, CaseFlag, Debt
from recobro.debtors.tables import Debtor
from recobro.files import keep_proof
from tenants.context import Kind
from tenants.tables import File
from tenants.work import Work

LABELS: Mapping[str, str] = {
    "hold": msg("Pausa"),
    "dispute": msg("Aclaración"),
    "hardship": msg("Dificultad de pago"),
    "complaint": msg("Queja"),
    "breathing_space": msg("Tregua legal"),
    "pleads_barred": msg("Alega prescripción"),
}
DISPUTED = msg("Aclaración por atender")
PLEADED = msg("Alega prescripción: que lo revise jurídico")
DISPUTED_PRIORITY = 700
_OPENED: Mapping[str, str] = {
    "hold": msg("Caso en pausa"),
    "dispute": msg("Aclaración abierta"),
    "hardship": msg("Dificultad de pago declarada"),
    "complaint": msg("Queja recibida"),
    "breathing_space": msg("Tregua legal del deudor"),
    "pleads_barred": msg("El deudor alega que la deuda prescribió"),
}
# What has a day of its own, and rests on something that was received.
DATED = frozenset({"breathing_space", "pleads_barred"})


# What other features have against the closing of a flag; each raises its refusal.
GUARDS: list[Callable[[Work, CaseFlag], None]] = []


@dataclass(frozen=True)
class Grounds:
    """What a flag rests on: since which day it holds or was told, and a document (name and bytes) that proves it."""

    since: date | None = None
    document: tuple[str, bytes] | None = None


def open_flag(
    work: Work, *, case_id: UUID, kind: str, reason: str, expires_on: date | None = None, grounds: Grounds | None = None
) -> UUID:
    """Mark a case: work on it stops or changes at once, until the flag is closed or expires.

    A breathing space and a plea that the debt is barred have a day, today unless said; the same twice is refused.
    """
    case = cases.open_case(work, case_id)
    since, proof = _grounds(work, case, kind, grounds or Grounds(), expires_on)
    flag = CaseFlag(
        agency_id=work.agency_id,
        client_id=case.client_id,
        id=new_id(),
        case_id=case.id,
        kind=kind,
        reason=reason,
        opened_at=work.now(),
        opened_by=work.principal.name,
        opened_by_kind=work.principal.kind.value,
        since=since,
        expires_on=expires_on,
        evidence_file_id=proof.id if proof else None,
    )
    work.add(flag)
    cases.note_event(
        work, case, kind="flag", title=_OPENED[kind], body=reason, tone="warn", visibility="debtor"
        if work.principal.kind is Kind.DEBTOR else "client", ref_table="case_flags", ref_id=flag.id,
    )  # fmt: skip
    work.audit("flag.opened", case_id=case.id, kind=kind)
    if kind == "dispute":
        shown = proof is not None and not proof.media_type.startswith("audio/")
        medium = "written" if shown or work.principal.kind in (Kind.DEBTOR, Kind.CLIENT) else "oral"
        note_dispute(
            work, Whose(case.client_id, case.id, case.debtor_id), flag_id=flag.id, today=_today(work, case),
            terms=Terms(medium=medium, received_on=since, words=reason),
        )  # fmt: skip
    if work.principal.kind in (Kind.STAFF, Kind.JOB):
        take_effect(work, case, kind)
    else:
        work.outbox.add("cases.flag_opened", flag_id=flag.id)
    return flag.id


def _grounds(
    work: Work, case: Case, kind: str, told: Grounds, expires_on: date | None
) -> tuple[date | None, File | None]:
    today = _today(work, case)
    since = told.since or (today if kind in DATED else None)
    if since is not None and since > today:
        raise Invalid(msg("Ese día no ha llegado."))
    if expires_on is not None and expires_on < today:
        raise Invalid(msg("El último día ya pasó."))
    if kind not in DATED:
        return since, _kept(work, case, told)
    up = select(CaseFlag.id).where(
        CaseFlag.agency_id == work.agency_id, CaseFlag.case_id == case.id, CaseFlag.kind == kind,
        CaseFlag.closed_at.is_(None),
    )  # fmt: skip
    if work.session.scalar(up) is not None:
        raise Conflict(msg("Ya está anotado en este caso: ciérralo antes de anotar otro."))
    return since, _kept(work, case, told)


def _kept(work: Work, case: Case, told: Grounds) -> File | None:
    """The document that was shown, if any, among the case's evidence."""
    if told.document is None:
        return None
    name, data = told.document
    return keep_proof(work, name=name, data=data, client_id=case.client_id, case_id=case.id)


def _today(work: Work, case: Case) -> date:
    zone = work.session.scalar(
        select(Debtor.time_zone).where(Debtor.agency_id == work.agency_id, Debtor.id == case.debtor_id)
    )
    return work.today(ZoneInfo(zone or "UTC"))


def take_effect(work: Work, case: Case, kind: str) -> None:
    """What a new flag does to the queue: a pause takes the case out; the others bring it before a person."""
    if kind in ("hold", "breathing_space"):
        cases.leave_queue(work, case)
    elif kind == "dispute":
        cases.put_in_queue(work, case, reason=DISPUTED, priority=DISPUTED_PRIORITY, tone="warn")
    elif kind == "pleads_barred":
        cases.put_in_queue(work, case, reason=PLEADED, priority=DISPUTED_PRIORITY, tone="warn")
    elif kind in ("hardship", "complaint"):
        cases.put_in_queue(work, case, reason=msg("El deudor pide ayuda"), priority=650, tone="warn")


def effect_of(work: Work, flag_id: UUID) -> None:
    """The same for a flag that a client or debtor opened."""
    flag = _flag(work, flag_id)
    take_effect(work, cases.open_case(work, flag.case_id, lock=True), flag.kind)


def close_flag(work: Work, flag_id: UUID, *, outcome: str) -> None:
    """End a flag and say what came of it; the history keeps both."""
    flag = _flag(work, flag_id)
    for guard in GUARDS:
        guard(work, flag)
    flag.closed_at = work.now()
    flag.closed_by = work.principal.name
    flag.outcome = outcome
    if flag.kind == "dispute":
        work.session.execute(
            update(Debt).where(Debt.agency_id == work.agency_id, Debt.case_id == flag.case_id).values(disputed=False)
        )
    cases.note_event(
        work, cases.open_case(work, flag.case_id), kind="flag", title=msg("Se cerró: {what}"), body=outcome,
        ref_table="case_flags", ref_id=flag.id, what=flag.kind,
    )  # fmt: skip
    work.audit("flag.closed", case_id=flag.case_id, kind=flag.kind)


def kept(work: Work, flag: CaseFlag) -> bool:
    """Whether something keeps a flag from being closed by hand."""
    try:
        for guard in GUARDS:
            guard(work, flag)
    except Conflict:
        return True
    return False


def expire_flags(work: Work, *, today: date) -> int:
    """End the flags whose last day is over: each case comes back with a review, never straight to dunning."""
    flags = work.session.scalars(
        select(CaseFlag)
        .where(CaseFlag.agency_id == work.agency_id, CaseFlag.closed_at.is_(None), CaseFlag.expires_on < today)
        .with_for_update(skip_locked=True)
    ).all()
    for flag in flags:
        flag.closed_at = work.now()
        flag.closed_by = work.principal.name
        flag.outcome = "expired"
        case = cases.open_case(work, flag.case_id, lock=True)
        if case.stage not in ("closed", "legal"):
            cases.put_in_queue(work, case, reason=msg("Terminó la pausa: revisar"), priority=300, tone="warn")
    return len(flags)


def _flag(work: Work, flag_id: UUID) -> CaseFlag:
    flag = work.session.scalar(
        select(CaseFlag)
        .where(CaseFlag.agency_id == work.agency_id, CaseFlag.id == flag_id, CaseFlag.closed_at.is_(None))
        .with_for_update()
    )
    if flag is None:
        raise NotFound(msg("Esa pausa o aclaración no existe o ya se cerró."))
    return flag
