"""Making one debtor of two. Rows go to the survivor by their ids and are written down, so that all can go back.

Debts change their case and nothing else: what was paid on them hangs on the debt, and the ledger knows no case at all.
Payments, notices, calls and history stay where they happened; the case that closes says where it went.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update

from kernel.ids import new_id
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.records.consents import Said, What, Whose, ledger, note
from legal.records.ledger import living
from legal.records.tables import ConsentEvent, ContactAttempt
from legal.rules.facts import Agreed, Channel
from recobro.agreements.lifecycle import PromiseState
from recobro.agreements.tables import Promise
from recobro.cases import flags
from recobro.cases import service as cases
from recobro.cases.lifecycle import Move, Stage
from recobro.cases.tables import Case, CaseFlag, Debt, DebtorLink
from recobro.debtors.facts import note_fact
from recobro.debtors.persons import person_key
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.twins import refusing
from recobro.twins.choosing import CHOICES, OTHER, better_known, sensible, stricter
from recobro.twins.refusing import MergeRefused
from recobro.twins.tables import DebtorMerge, DebtorPair
from tenants.work import Work

_QUEUE = ("queue_at", "queue_priority", "queue_reason", "queue_details")
_STRATEGY = ("step", "next_step_at", "next_step_why")


@dataclass(frozen=True)
class Sides:
    """The two debtors and their cases, locked."""

    survivor: Debtor
    other: Debtor
    survivor_case: Case
    other_case: Case


def sides_of(work: Work, survivor_id: UUID, other_id: UUID) -> Sides:
    """Both debtors with their cases, locked in the order of their ids. Refused: two clients, a debtor without case."""
    if survivor_id == other_id:
        raise MergeRefused(msg("Un deudor no puede unirse consigo mismo."))
    both = [survivor_id, other_id]
    debtors = {
        one.id: one
        for one in work.session.scalars(
            select(Debtor)
            .where(Debtor.agency_id == work.agency_id, Debtor.id.in_(both))
            .order_by(Debtor.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if len(debtors) < 2:
        raise NotFound(msg("Ese deudor no existe o no es tuyo."))
    survivor, other = debtors[survivor_id], debtors[other_id]
    if survivor.client_id != other.client_id:
        raise MergeRefused(msg("Son deudores de clientes distintos: nunca se unen."))
    found = {
        one.debtor_id: one
        for one in work.session.scalars(
            select(Case)
            .where(Case.agency_id == work.agency_id, Case.debtor_id.in_(both))
            .order_by(Case.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if len(found) < 2:
        raise MergeRefused(msg("Solo se unen deudores que tienen caso."))
    return Sides(survivor, other, found[survivor_id], found[other_id])


def merge(work: Work, *, survivor_id: UUID, other_id: UUID, reason: str, fields: Mapping[str, str]) -> UUID:
    """Make one debtor of two; you get the merge's id. `fields` says for each of CHOICES whose value stands.

    Refused: no reason, two clients, and what `refusing.in_the_way` names of either case.
    """
    if not reason.strip():
        raise Invalid(msg("Di por qué son el mismo deudor."))
    sides = sides_of(work, survivor_id, other_id)
    refusing.check(refusing.in_the_way(work, [sides.survivor_case, sides.other_case]))
    merge_id = new_id()
    moved = _before(sides)
    moved["fields"] = _choose(work, sides, fields, merge_id)
    moved |= _contacts(work, sides)
    moved["stops"] = _wishes(work, sides)
    moved["lines"] = _lines(work, sides)
    moved["attempts"] = _attempts(work, sides)
    moved |= _rows(work, sides)
    moved["pointed"] = _stand_for(work, sides)
    move_balances(work, [sides.survivor_case, sides.other_case])
    _end_other(work, sides, reason.strip(), merge_id)
    _wake_survivor(work, sides, moved)
    moved["survivor_after"] = state_of(sides.survivor_case)
    work.add(
        DebtorMerge(
            agency_id=work.agency_id, client_id=sides.survivor.client_id, id=merge_id, survivor_id=survivor_id,
            other_id=other_id, survivor_case_id=sides.survivor_case.id, other_case_id=sides.other_case.id,
            reason=reason.strip(), moved=moved, by=work.principal.name, at=work.now(),
        )
    )  # fmt: skip
    _settle_pair(work, sides)
    work.flush()
    work.audit(
        "debtors.merged",
        case_id=sides.survivor_case.id,
        other_case_id=sides.other_case.id,
        debts=len(moved["debts"]),
        why=reason.strip(),
    )
    return merge_id


def state_of(case: Case) -> dict[str, Any]:
    """Where a case stands, as it is written down: stage, code, queue, strategy."""
    found = {name: getattr(case, name) for name in ("stage", "close_code", *_QUEUE, *_STRATEGY)}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}


def _before(sides: Sides) -> dict[str, Any]:
    return {"survivor_before": state_of(sides.survivor_case), "other_before": state_of(sides.other_case)}


def _choose(work: Work, sides: Sides, fields: Mapping[str, str], merge_id: UUID) -> dict[str, Any]:
    """Take over the fields of the other that were chosen; you get what they were and are."""
    changed: dict[str, Any] = {}
    for name, side in {**sensible(sides.survivor, sides.other), **fields}.items():
        if name not in CHOICES or side != OTHER:
            continue
        for column in CHOICES[name].columns:
            old, new = getattr(sides.survivor, column), getattr(sides.other, column)
            if old == new:
                continue
            changed[column] = {"from": old, "to": new}
            setattr(sides.survivor, column, new)
            if not column.endswith("_norm"):
                note_fact(work, sides.survivor.id, column, "" if new is None else str(new), "merge", merge_id)
    return changed


def _contacts(work: Work, sides: Sides) -> dict[str, Any]:
    """Contact points come together, each channel and value once; of two alike the stricter consent stands."""
    points: dict[UUID, dict[tuple[str, str], ContactPoint]] = {sides.survivor.id: {}, sides.other.id: {}}
    for point in work.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.agency_id == work.agency_id, ContactPoint.debtor_id.in_(list(points)))
        .order_by(ContactPoint.created_at, ContactPoint.id)
    ):
        points[point.debtor_id].setdefault((point.channel, point.value_norm), point)
    moved, changed = [], []
    for key, point in points[sides.other.id].items():
        mine = points[sides.survivor.id].get(key)
        if mine is None:
            point.debtor_id = sides.survivor.id
            moved.append(str(point.id))
            continue
        to = [stricter(mine.consent, point.consent), better_known(mine.quality, point.quality)]
        if to != [mine.consent, mine.quality]:
            changed.append({"id": str(mine.id), "from": [mine.consent, mine.quality], "to": to})
            mine.consent, mine.quality = to
    return {"points": moved, "point_changes": changed}


def _wishes(work: Work, sides: Sides) -> list[str]:
    """What the other has asked us to stop is stopped for the survivor too; you get the channels (empty: all)."""
    last: dict[UUID, dict[str, ConsentEvent]] = {sides.survivor.id: {}, sides.other.id: {}}
    said = work.session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.agency_id == work.agency_id, ConsentEvent.debtor_id.in_(list(last)))
        .order_by(ConsentEvent.at, ConsentEvent.id)
    ).all()
    for event in living(said):
        agreed = event.kind == "grant" and event.scope in ("", Agreed.CHANNEL)
        if event.contact_point_id is None and (agreed or event.kind in ("stop", "resume")):
            last[event.debtor_id][event.channel] = event
    carried = []
    for channel, event in sorted(last[sides.other.id].items()):
        mine = last[sides.survivor.id].get(channel)
        if event.kind == "stop" and (mine is None or mine.kind != "stop"):
            tell_wish(work, sides.survivor_case, "stop", channel, event.words)
            carried.append(channel)
    return carried


def _lines(work: Work, sides: Sides) -> list[str]:
    """A lawyer of the other, an employer's word, and what does not suit hold for the survivor too; you get the new
    lines of its ledger."""
    whose = Whose(sides.survivor_case.client_id, sides.survivor_case.id, sides.survivor.id)
    added = []
    for line in living(ledger(work, sides.other.id)):
        if line.kind not in ("lawyer", "employer", "inconvenient"):
            continue
        channel = Channel(line.channel) if line.channel else None
        what = What(line.kind, channel, None, line.contact_point_id, line.until, line.details)
        added.append(str(note(work, whose, what, Said("merge", person=line.person, words=line.words))))
    return added


def tell_wish(work: Work, case: Case, kind: str, channel: str, words: str = "") -> None:
    """Write down that a debtor's contact stops or resumes because two records are one, or are two again."""
    work.add(
        ConsentEvent(
            agency_id=work.agency_id, client_id=case.client_id, id=new_id(), case_id=case.id,
            debtor_id=case.debtor_id, kind=kind, channel=channel, at=work.now(), how="merge", words=words,
            by=work.principal.name,
        )
    )  # fmt: skip


def key_of(debtor: Debtor) -> str:
    """By what the gate counts contacts with a debtor."""
    return person_key(debtor.country, debtor.tax_id_norm, debtor.id)


def _attempts(work: Work, sides: Sides) -> list[dict[str, str]]:
    """Contacts with either count as contacts with the survivor: no limit of the law begins anew."""
    key, changed = key_of(sides.survivor), []
    for attempt in work.session.scalars(
        select(ContactAttempt).where(
            ContactAttempt.agency_id == work.agency_id,
            ContactAttempt.debtor_id.in_([sides.survivor.id, sides.other.id]),
            ContactAttempt.person_key != key,
        )
    ):
        changed.append({"id": str(attempt.id), "key": attempt.person_key})
        attempt.person_key = key
    return changed


def _rows(work: Work, sides: Sides) -> dict[str, Any]:
    """Debts, open flags and promises that wait go to the survivor's case; links to the other's case end."""
    agency, case, other = work.agency_id, sides.survivor_case, sides.other_case
    work.flush()
    run = work.session.scalars
    debts = run(
        update(Debt)
        .where(Debt.agency_id == agency, Debt.case_id == other.id)
        .values(case_id=case.id, debtor_id=case.debtor_id)
        .returning(Debt.id)
    ).all()
    flagged = run(
        update(CaseFlag)
        .where(CaseFlag.agency_id == agency, CaseFlag.case_id == other.id, CaseFlag.closed_at.is_(None))
        .values(case_id=case.id)
        .returning(CaseFlag.id)
    ).all()
    promises = run(
        update(Promise)
        .where(
            Promise.agency_id == agency, Promise.case_id == other.id, Promise.state == PromiseState.PENDING.value
        )
        .values(case_id=case.id)
        .returning(Promise.id)
    ).all()  # fmt: skip
    # A link was sent to one address: whoever reads it there learns nothing of the other's debts.
    links = run(
        update(DebtorLink)
        .where(DebtorLink.agency_id == agency, DebtorLink.case_id == other.id, DebtorLink.dead_at.is_(None))
        .values(dead_at=work.now())
        .returning(DebtorLink.id)
    ).all()
    found = {"debts": debts, "flags": flagged, "promises": promises, "links": links}
    return {name: [str(each) for each in ids] for name, ids in found.items()}


def _stand_for(work: Work, sides: Sides) -> list[str]:
    """From now on the survivor stands for the other, and for those the other stood for."""
    sides.other.merged_into = sides.survivor.id
    work.flush()
    pointed = work.session.scalars(
        update(Debtor)
        .where(Debtor.agency_id == work.agency_id, Debtor.merged_into == sides.other.id)
        .values(merged_into=sides.survivor.id)
        .returning(Debtor.id)
    ).all()
    return [str(each) for each in pointed]


_EMPTIED = """
UPDATE case_balances b SET placed = 0, balance = 0, debt_count = 0, oldest_due_on = NULL
WHERE b.agency_id = :agency AND b.case_id = ANY(CAST(:cases AS uuid[])) AND NOT EXISTS (
  SELECT FROM debts d WHERE d.agency_id = b.agency_id AND d.case_id = b.case_id AND d.currency = b.currency)
"""


def move_balances(work: Work, both: list[Case]) -> None:
    """What both cases owe after debts went from one to the other; a currency that left is owed no more."""
    ids = [case.id for case in both]
    work.session.execute(text(_EMPTIED), {"agency": work.agency_id, "cases": ids})
    cases.refresh_balances(work, ids)
    for case in both:
        work.session.refresh(case)


def _end_other(work: Work, sides: Sides, reason: str, merge_id: UUID) -> None:
    survivor, other = sides.survivor_case, sides.other_case
    cases.move(work, other, Move.MERGE, why=survivor.number)
    for case, title, number in (
        (other, msg("Unido al caso {number}: es el mismo deudor"), survivor.number),
        (survivor, msg("Se le unió el caso {number}: es el mismo deudor"), other.number),
    ):
        cases.note_event(
            work, case, kind="stage", title=title, number=number, ref_table="debtor_merges", ref_id=merge_id
        )
    # Why is said to the agency's own people.
    cases.note_event(work, survivor, kind="note", title=msg("Por qué se unieron"), body=reason, visibility="staff")


def _wake_survivor(work: Work, sides: Sides, moved: dict[str, Any]) -> None:
    """A closed case that now owes is worked again; what stopped the other's work stops the survivor's."""
    case = sides.survivor_case
    if case.stage == Stage.CLOSED and case.debt_count:
        cases.move(work, case, Move.REOPEN, why=sides.other_case.number)
    kinds = work.session.scalars(
        select(CaseFlag.kind).where(
            CaseFlag.agency_id == work.agency_id, CaseFlag.id.in_([UUID(each) for each in moved["flags"]])
        )
    ).all()
    if case.stage not in (Stage.CLOSED, Stage.LEGAL):
        # A pause comes last: it takes the case out of the queue again.
        for kind in sorted(set(kinds), key=lambda each: each in ("hold", "breathing_space")):
            flags.take_effect(work, case, kind)


def _settle_pair(work: Work, sides: Sides) -> None:
    one, other = sorted((sides.survivor.id, sides.other.id))
    work.session.execute(
        update(DebtorPair)
        .where(DebtorPair.agency_id == work.agency_id, DebtorPair.one_id == one, DebtorPair.other_id == other)
        .values(state="merged", by=work.principal.name, at=work.now())
    )
