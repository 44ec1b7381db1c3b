"""Making two debtors of one again: everything goes back to where a merge found it, unless it was changed since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records.consents import Said, end, ledger
from legal.records.ledger import living
from legal.records.tables import ContactAttempt
from recobro.agreements.lifecycle import PromiseState
from recobro.agreements.tables import Promise
from recobro.cases import service as cases
from recobro.cases.lifecycle import CloseCode, Move, Stage
from recobro.cases.tables import Case, CaseFlag, Debt, DebtorLink
from recobro.debtors.facts import note_fact, source_before
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.twins import refusing
from recobro.twins.merging import Sides, key_of, move_balances, sides_of, state_of, tell_wish
from recobro.twins.refusing import MergeRefused
from recobro.twins.tables import DebtorMerge, DebtorPair
from tenants.work import Work


def open_merge(work: Work, merge_id: UUID) -> DebtorMerge:
    """One merge of the agency's; missing and foreign are the same."""
    found = work.session.scalar(
        select(DebtorMerge).where(DebtorMerge.agency_id == work.agency_id, DebtorMerge.id == merge_id)
    )
    if found is None:
        raise NotFound(msg("Esa unión no existe o no es tuya."))
    return found


def undo_merge(work: Work, merge_id: UUID, *, reason: str) -> None:
    """Part two debtors again. What was done since on the case of both stays with the survivor.

    Refused: no reason, undone before, and what `refusing.against_undoing` names.
    """
    if not reason.strip():
        raise Invalid(msg("Di por qué no son el mismo deudor."))
    found = open_merge(work, merge_id)
    sides = sides_of(work, found.survivor_id, found.other_id)
    work.session.refresh(found, with_for_update=True)
    if found.undone_at is not None:
        raise MergeRefused(msg("Esta unión ya se deshizo."))
    refusing.check(refusing.against_undoing(work, found, sides.survivor_case, sides.other_case))
    moved = found.moved
    _rows_back(work, sides, moved)
    _contacts_back(work, sides, moved)
    _fields_back(work, sides, moved, found.id)
    _attempts_back(work, sides, moved, since=found.at)
    for channel in moved["stops"]:
        tell_wish(work, sides.survivor_case, "resume", channel)
    _lines_over(work, sides, moved)
    sides.other.merged_into = None
    work.session.execute(
        update(Debtor)
        .where(Debtor.agency_id == work.agency_id, Debtor.id.in_(_ids(moved, "pointed")))
        .values(merged_into=sides.other.id)
    )
    move_balances(work, [sides.survivor_case, sides.other_case])
    _cases_back(work, sides, moved, reason.strip(), found.id)
    found.undone_at, found.undone_by, found.undo_reason = work.now(), work.principal.name, reason.strip()
    _pair_apart(work, sides)
    work.flush()
    work.audit("debtors.parted", case_id=sides.survivor_case.id, other_case_id=sides.other_case.id, why=reason.strip())


def _lines_over(work: Work, sides: Sides, moved: Mapping[str, Any]) -> None:
    """What came over from the other's ledger no longer holds for the survivor, where nobody ended it since."""
    still = {line.id for line in living(ledger(work, sides.survivor.id))}
    for line_id in map(UUID, moved.get("lines", ())):
        if line_id in still:
            end(work, line_id, Said("merge"))


def _ids(moved: Mapping[str, Any], name: str) -> list[UUID]:
    return [UUID(each) for each in moved[name]]


def _rows_back(work: Work, sides: Sides, moved: Mapping[str, Any]) -> None:
    agency, case, other = work.agency_id, sides.survivor_case, sides.other_case
    run = work.session.execute
    run(
        update(Debt)
        .where(Debt.agency_id == agency, Debt.id.in_(_ids(moved, "debts")), Debt.case_id == case.id)
        .values(case_id=other.id, debtor_id=other.debtor_id)
    )
    run(
        update(CaseFlag)
        .where(CaseFlag.agency_id == agency, CaseFlag.id.in_(_ids(moved, "flags")), CaseFlag.case_id == case.id)
        .values(case_id=other.id)
    )
    # One that was settled since was settled by the survivor's payments.
    run(
        update(Promise)
        .where(
            Promise.agency_id == agency, Promise.id.in_(_ids(moved, "promises")),
            Promise.state == PromiseState.PENDING.value, Promise.paid == 0,
        )
        .values(case_id=other.id)
    )  # fmt: skip
    run(
        update(DebtorLink)
        .where(DebtorLink.agency_id == agency, DebtorLink.id.in_(_ids(moved, "links")))
        .values(dead_at=None)
    )


def _contacts_back(work: Work, sides: Sides, moved: Mapping[str, Any]) -> None:
    work.session.execute(
        update(ContactPoint)
        .where(
            ContactPoint.agency_id == work.agency_id, ContactPoint.id.in_(_ids(moved, "points")),
            ContactPoint.debtor_id == sides.survivor.id,
        )
        .values(debtor_id=sides.other.id)
    )  # fmt: skip
    for change in moved["point_changes"]:
        point = work.session.get_one(ContactPoint, (work.agency_id, UUID(change["id"])))
        if [point.consent, point.quality] == change["to"]:
            point.consent, point.quality = change["from"]


def _fields_back(work: Work, sides: Sides, moved: Mapping[str, Any], merge_id: UUID) -> None:
    for column, change in moved["fields"].items():
        # What somebody has changed since is theirs.
        if getattr(sides.survivor, column) != change["to"]:
            continue
        setattr(sides.survivor, column, change["from"])
        if not column.endswith("_norm"):
            value = "" if change["from"] is None else str(change["from"])
            was = source_before(work, sides.survivor, column, merge_id)
            note_fact(work, sides.survivor.id, column, value, was.kind, was.ref, line=was.line, by=was.by)


def _attempts_back(work: Work, sides: Sides, moved: Mapping[str, Any], *, since: datetime) -> None:
    for was in moved["attempts"]:
        attempt = work.session.get_one(ContactAttempt, (work.agency_id, UUID(was["id"])))
        attempt.person_key = was["key"]
    work.session.execute(
        update(ContactAttempt)
        .where(
            ContactAttempt.agency_id == work.agency_id, ContactAttempt.debtor_id == sides.survivor.id,
            ContactAttempt.at >= since,
        )
        .values(person_key=key_of(sides.survivor))
    )  # fmt: skip


def _cases_back(work: Work, sides: Sides, moved: Mapping[str, Any], reason: str, merge_id: UUID) -> None:
    survivor, other = sides.survivor_case, sides.other_case
    before = moved["other_before"]
    stage = _stage_now(work, other, moved)
    code = before["close_code"] if stage is Stage.CLOSED else ""
    cases.take_back_merge(work, other, stage=stage, close_code=code, why=survivor.number)
    if other.stage != Stage.CLOSED:
        _restore(other, before)
        if before["stage"] == Stage.CLOSED and _owes_brought(work, other, moved):
            cases.put_in_queue(work, other, reason=msg("Llegaron adeudos nuevos"))
    was, unchanged = moved["survivor_before"], state_of(survivor) == moved["survivor_after"]
    if was["stage"] == Stage.CLOSED and survivor.stage != Stage.CLOSED and not survivor.debt_count:
        cases.move(work, survivor, Move.CLOSE, why=other.number, close_code=CloseCode(was["close_code"]))
    elif unchanged:
        _restore(survivor, was)
    for case, title, number in (
        (survivor, msg("Se separó el caso {number}: no era el mismo deudor"), other.number),
        (other, msg("Separado del caso {number}: no era el mismo deudor"), survivor.number),
    ):
        cases.note_event(
            work, case, kind="stage", title=title, number=number, ref_table="debtor_merges", ref_id=merge_id
        )
    cases.note_event(work, survivor, kind="note", title=msg("Por qué se separaron"), body=reason, visibility="staff")


def _stage_now(work: Work, case: Case, moved: Mapping[str, Any]) -> Stage:
    """Where it was; but a closed case owes again when the payment that closed it was taken back since, or when a later
    file brought a debt for it."""
    before = moved["other_before"]
    stage = Stage(before["stage"])
    if stage is not Stage.CLOSED or not case.debt_count:
        return stage
    again = before["close_code"] in (CloseCode.PAID, CloseCode.SETTLED) or _owes_brought(work, case, moved)
    return Stage.CALLS if again else stage


def _owes_brought(work: Work, case: Case, moved: Mapping[str, Any]) -> bool:
    """Whether a case owes what a later file brought for its debtor while that was merged."""
    brought = [UUID(each) for each in moved.get("brought", ())]
    owed = select(Debt.id).where(
        Debt.agency_id == work.agency_id, Debt.case_id == case.id, Debt.id.in_(brought), Debt.state == "open"
    )
    return work.session.scalar(owed.limit(1)) is not None


def _restore(case: Case, was: Mapping[str, Any]) -> None:
    for name in ("queue_priority", "queue_reason", "queue_details", "step", "next_step_why"):
        setattr(case, name, was[name])
    for name in ("queue_at", "next_step_at"):
        setattr(case, name, datetime.fromisoformat(was[name]) if was[name] else None)


def _pair_apart(work: Work, sides: Sides) -> None:
    """They were looked at and are two: apart until more speaks for it."""
    one, other = sorted((sides.survivor.id, sides.other.id))
    work.session.execute(
        update(DebtorPair)
        .where(DebtorPair.agency_id == work.agency_id, DebtorPair.one_id == one, DebtorPair.other_id == other)
        .values(state="proposed", by=work.principal.name, at=work.now())
    )
