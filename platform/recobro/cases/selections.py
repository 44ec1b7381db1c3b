"""What is done to many cases at once: who it changes, whom it skips and why, and a few statements for any number."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, exists, select, text

from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases.lifecycle import Stage
from recobro.cases.tables import Case, CaseFlag
from tenants.work import Work

# Ids of one selection; more is a matter of strategies, not of hands.
LIMIT = 5_000

MISSING = msg("Ya no existen o no son tuyos")
CLOSED = msg("Están cerrados")
THEIRS = msg("Ya son de esa persona")
NOBODYS = msg("Ya no tienen gestor")
HELD = msg("Ya están en pausa")


@dataclass(frozen=True)
class Candidate:
    """What decides whether an act on many changes one case."""

    id: UUID
    stage: str
    assigned_to: UUID | None
    held: bool


@dataclass(frozen=True)
class Effect:
    """What an act on many does: the cases it changes, and how many it skips for which reason (`msg()` sentences)."""

    changed: Sequence[UUID]
    skipped: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many were asked for."""
        return len(self.changed) + sum(self.skipped.values())


def assign_effect(work: Work, ids: Sequence[UUID], *, person_id: UUID | None) -> Effect:
    """What giving these cases to a person would do; None: back to everybody."""
    return _assignment(work, ids, person_id, lock=False)


def assign(work: Work, ids: Sequence[UUID], *, person_id: UUID | None, person: str = "") -> Effect:
    """Give open cases to one collector, or back to everybody; whoever held one lets go. Five thousand at most."""
    effect = _assignment(work, ids, person_id, lock=True)
    if effect.changed:
        work.session.execute(
            text(
                "UPDATE cases SET assigned_to = :person, claimed_by = NULL, claimed_until = NULL"
                " WHERE agency_id = :agency AND id = ANY(CAST(:cases AS uuid[]))"
            ),
            {"agency": work.agency_id, "person": person_id, "cases": list(effect.changed)},
        )
        title = msg("Asignado a {person}") if person_id else msg("Queda sin gestor asignado")
        _note(work, effect.changed, title=title, visibility="staff", details={"person": person, "icon": "user-check"})
    work.audit("cases.assigned", count=len(effect.changed), skipped=effect.total - len(effect.changed),
               person_id=person_id)  # fmt: skip
    return effect


def hold_effect(work: Work, ids: Sequence[UUID]) -> Effect:
    """What pausing these cases would do."""
    return _pause(work, ids, lock=False)


def hold(work: Work, ids: Sequence[UUID], *, reason: str, until: date) -> Effect:
    """Pause open cases to the end of a day: no notices, no queue; then each comes back for a review."""
    if not reason.strip():
        raise Invalid(msg("Escribe el motivo."))
    if until <= work.now().date():
        raise Invalid(msg("El último día de la pausa tiene que ser posterior a hoy."))
    effect = _pause(work, ids, lock=True)
    if effect.changed:
        flags = [new_id() for _ in effect.changed]
        common = {"agency": work.agency_id, "cases": list(effect.changed)}
        work.session.execute(
            text(_FLAGS),
            {**common, "flags": flags, "reason": reason.strip(), "at": work.now(), "until": until,
             "by": work.principal.name, "by_kind": work.principal.kind.value},
        )  # fmt: skip
        work.session.execute(text(_OUT_OF_QUEUE), common)
        _note(work, effect.changed, title=msg("Caso en pausa"), body=reason.strip(), tone="warn", kind="flag",
              refs=("case_flags", flags))  # fmt: skip
    work.audit("cases.held", count=len(effect.changed), skipped=effect.total - len(effect.changed), until=until)
    return effect


def _assignment(work: Work, ids: Sequence[UUID], person_id: UUID | None, *, lock: bool) -> Effect:
    def refusal(case: Candidate) -> str:
        if case.stage == Stage.CLOSED:
            return CLOSED
        if case.assigned_to == person_id:
            return THEIRS if person_id else NOBODYS
        return ""

    return _sorted_out(ids, _candidates(work, ids, lock=lock), refusal)


def _pause(work: Work, ids: Sequence[UUID], *, lock: bool) -> Effect:
    def refusal(case: Candidate) -> str:
        return CLOSED if case.stage == Stage.CLOSED else HELD if case.held else ""

    return _sorted_out(ids, _candidates(work, ids, lock=lock), refusal)


def _sorted_out(ids: Sequence[UUID], found: Sequence[Candidate], refusal: Callable[[Candidate], str]) -> Effect:
    skipped: Counter[str] = Counter({MISSING: len(set(ids)) - len(found)})
    changed = []
    for case in found:
        if why := refusal(case):
            skipped[why] += 1
        else:
            changed.append(case.id)
    return Effect(changed, {why: count for why, count in skipped.items() if count})


def _candidates(work: Work, ids: Sequence[UUID], *, lock: bool) -> list[Candidate]:
    check_size(len(ids))
    held = exists().where(
        CaseFlag.agency_id == Case.agency_id, CaseFlag.case_id == Case.id, CaseFlag.kind == "hold",
        CaseFlag.closed_at.is_(None),
    )  # fmt: skip
    query = (
        select(Case.id, Case.stage, Case.assigned_to, held)
        .where(Case.agency_id == work.agency_id, Case.id == any_(cast(list(ids), ARRAY(Uuid))))
        # Always in this order, so that two who choose the same cases wait for each other and do not lock up.
        .order_by(Case.id)
    )
    if lock:
        work.flush()
        query = query.with_for_update(of=Case)
    return [Candidate(*row) for row in work.session.execute(query)]


def check_size(count: int) -> None:
    """Refuse an empty selection and one that is too large."""
    if not count:
        raise Invalid(msg("Elige al menos un caso."))
    if count > LIMIT:
        raise Invalid(msg("Se pueden elegir hasta {limit} casos a la vez. Filtra un poco más."), limit=f"{LIMIT:,}")


def _note(
    work: Work,
    ids: Sequence[UUID],
    *,
    title: str,
    body: str = "",
    kind: str = "assignment",
    tone: str = "neutral",
    visibility: str = "client",
    details: Mapping[str, str] | None = None,
    refs: tuple[str, Sequence[UUID | None]] = ("", ()),
) -> None:
    work.session.execute(
        text(_EVENTS),
        {
            "agency": work.agency_id, "cases": list(ids), "events": [new_id() for _ in ids], "at": work.now(),
            "kind": kind, "title": title, "body": body, "tone": tone, "visibility": visibility,
            "details": json.dumps(dict(details or {})), "actor": work.principal.name,
            "actor_kind": work.principal.kind.value, "ref_table": refs[0], "refs": list(refs[1]) or [None] * len(ids),
        },
    )  # fmt: skip
    # What this work has read of these cases is old now.
    work.session.expire_all()


_FLAGS = """
INSERT INTO case_flags (agency_id, client_id, id, case_id, kind, reason, opened_at, opened_by, opened_by_kind,
                        expires_on, closed_by, outcome)
SELECT c.agency_id, c.client_id, n.flag, c.id, 'hold', :reason, :at, :by, :by_kind, :until, '', ''
FROM unnest(CAST(:flags AS uuid[]), CAST(:cases AS uuid[])) AS n (flag, case_id)
JOIN cases c ON c.agency_id = :agency AND c.id = n.case_id
"""

_OUT_OF_QUEUE = """
UPDATE cases
SET queue_at = NULL, queue_reason = '', queue_details = '{}', queue_priority = 0, claimed_by = NULL,
    claimed_until = NULL
WHERE agency_id = :agency AND id = ANY(CAST(:cases AS uuid[]))
"""

_EVENTS = """
INSERT INTO case_events (agency_id, client_id, id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT c.agency_id, c.client_id, n.event, c.id, :at, :kind, :title, :body, CAST(:details AS jsonb), :tone, :actor,
       :actor_kind, :ref_table, n.ref, :visibility
FROM unnest(CAST(:events AS uuid[]), CAST(:cases AS uuid[]), CAST(:refs AS uuid[])) AS n (event, case_id, ref)
JOIN cases c ON c.agency_id = :agency AND c.id = n.case_id
"""
