"""The way back from a placement: what nobody has touched is removed as if it had never come; what somebody has stays,
and the reason is told.

The rows are taken away by one function of the database (`remove_placed`), for no runtime role may delete them. It
removes only what a placement itself makes and what follows from it by machine; a key that leads to anything else (a
payment, a call, a promise) stops it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from kernel.money import Money
from kernel.problems import Conflict
from kernel.text import msg
from recobro.cases import service as cases
from recobro.cases.tables import Case
from recobro.faults import reach
from recobro.intake import lifecycle
from recobro.intake.committing import alone
from recobro.intake.lifecycle import State
from recobro.intake.service import open_placement
from recobro.intake.staged import listed, waiting
from recobro.intake.tables import Placement
from recobro.intake.undo import putting_back, reclosing
from tenants.context import Kind, job_principal
from tenants.work import Work, held_connection

OpenWork = Callable[[], AbstractContextManager[Work]]
# So many cases in one transaction: short enough that nobody waits for it.
CASES_AT_ONCE = 1_000
_FIRST = str(UUID(int=0))
MOST_LISTED = 200

REASONS: Mapping[str, str] = {
    "payment": msg("entró dinero"),
    "allocation": msg("se aplicó un pago a sus facturas"),
    "checkout": msg("hay un pago con tarjeta en curso"),
    "notice": msg("salió un aviso"),
    "call": msg("hubo una llamada"),
    "promise": msg("hay una promesa"),
    "agreement": msg("hay un convenio"),
    "matter": msg("está con un abogado"),
    "flag": msg("tiene una aclaración o pausa posterior"),
    "consent": msg("el deudor dijo por dónde se le puede contactar"),
    "link": msg("el deudor tiene un enlace a su caso"),
    "note": msg("alguien anotó algo"),
    "file": msg("tiene documentos"),
    "moved": msg("alguien cambió la etapa del caso"),
    "changed": msg("alguien corrigió datos del deudor"),
    "merged": msg("se unió con otro deudor"),
    "money": msg("sus importes ya cambiaron"),
    "recalled": msg("ya se retiró"),
    "listed": msg("otra carga posterior también lo trae"),
}
# Why something stays, of a file of any kind.
EVERY_REASON: Mapping[str, str] = {**REASONS, **putting_back.REASONS}

ONLY_COMMITTED = msg("Solo se deshace una carga que ya entró.")


class CannotUndo(Conflict):
    """The placement cannot be undone from where it is."""

    code = "intake.cannot_undo"


@dataclass(frozen=True)
class Stay:
    """A case that stays, and why (codes of `REASONS`)."""

    case_id: UUID
    number: str
    debtor: str
    debts: int
    reasons: Sequence[str]


@dataclass(frozen=True)
class Group:
    """Cases that stay for the same reasons (codes of `REASONS`), and their debts. `also` is the number of the later
    placement that lists them too."""

    reasons: Sequence[str]
    cases: int
    debts: int
    also: str = ""


@dataclass(frozen=True)
class Undo:
    """What undoing would remove, and what stays: counts of debts and cases, sums by currency, the first cases, and all
    of them by reason. `claims` is how many payments and credits of its own complements it would put back: of debts that
    other files placed, or that still wait for theirs. `corrected` of them are debts of
    other files that it corrected."""

    debts: int
    cases: int
    sums: Sequence[Money]
    stay_debts: int
    stay_cases: int
    stays: Sequence[Stay]
    groups: Sequence[Group]
    claims: int = 0
    corrected: int = 0


# One row for each case with debts of the placement; `since` is when the first of them came.
_CASES = """
CREATE TEMPORARY TABLE undo_cases AS
SELECT d.case_id, c.debtor_id, min(d.created_at) AS since, count(*) AS debts, c.placement_id = :placement AS made
FROM debts d JOIN cases c ON c.agency_id = d.agency_id AND c.id = d.case_id
WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement
  AND {some} AND NOT EXISTS (SELECT FROM undo_listed l WHERE l.what = 'debts' AND l.id = d.id)
GROUP BY 1, 2, c.placement_id
"""
# The next of them, so that what is touched is asked of each case once.
_SLICE = """
d.case_id IN (SELECT DISTINCT n.case_id FROM debts n WHERE n.agency_id = :agency AND n.placement_id = :placement
              AND n.case_id > :after ORDER BY n.case_id LIMIT :most)
"""
# Whatever somebody outside, or one of ours, has done on a case since.
_TOUCHED = """
CREATE TEMPORARY TABLE undo_touched AS
SELECT u.case_id, 'payment' AS reason FROM undo_cases u
  JOIN payments x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.recorded_at >= u.since OR x.reversed_at >= u.since
UNION SELECT u.case_id, 'allocation' FROM debts d JOIN undo_cases u ON u.case_id = d.case_id
  JOIN payment_allocations x ON x.agency_id = d.agency_id AND x.debt_id = d.id
  WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement
UNION SELECT u.case_id, 'checkout' FROM undo_cases u JOIN checkouts x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.created_at >= u.since
UNION SELECT u.case_id, 'notice' FROM undo_cases u JOIN notices x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.queued_at >= u.since AND (x.state NOT IN ('queued', 'held', 'cancelled') OR x.tries > 0)
UNION SELECT u.case_id, 'call' FROM undo_cases u JOIN calls x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.started_at >= u.since
UNION SELECT u.case_id, 'promise' FROM undo_cases u JOIN promises x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.made_at >= u.since OR x.state = 'pending'
UNION SELECT u.case_id, 'agreement' FROM undo_cases u
  JOIN agreements x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.created_at >= u.since OR x.ended_at IS NULL
UNION SELECT u.case_id, 'matter' FROM undo_cases u JOIN matters x ON x.agency_id = :agency AND x.case_id = u.case_id
UNION SELECT u.case_id, 'flag' FROM undo_cases u JOIN case_flags x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.opened_at > :committed OR x.closed_at > :committed
UNION SELECT u.case_id, 'flag' FROM undo_cases u JOIN disputes x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.noted_at > :committed OR num_nonnulls(x.verification_sent_on, x.answered_on) > 0
UNION SELECT u.case_id, 'consent' FROM undo_cases u
  JOIN consent_events x ON x.agency_id = :agency AND x.case_id = u.case_id WHERE coalesce(x.noted_at, x.at) >= u.since
UNION SELECT u.case_id, 'notice' FROM undo_cases u
  JOIN contact_attempts x ON x.agency_id = :agency AND x.case_id = u.case_id WHERE x.at >= u.since
UNION SELECT u.case_id, 'link' FROM undo_cases u JOIN debtor_links x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.created_at >= u.since
UNION SELECT u.case_id, 'note' FROM undo_cases u JOIN case_notes x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.at >= u.since
UNION SELECT u.case_id, 'note' FROM undo_cases u JOIN case_events x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.at > :committed AND x.actor_kind <> 'job'
UNION SELECT u.case_id, 'file' FROM undo_cases u JOIN files x ON x.agency_id = :agency AND x.case_id = u.case_id
  WHERE x.created_at >= u.since
UNION SELECT u.case_id, 'changed' FROM undo_cases u
  JOIN debtor_facts x ON x.agency_id = :agency AND x.debtor_id = u.debtor_id WHERE x.at >= u.since
UNION SELECT u.case_id, 'changed' FROM undo_cases u
  JOIN contact_points x ON x.agency_id = :agency AND x.debtor_id = u.debtor_id
  WHERE x.source <> 'client' AND x.created_at >= u.since
UNION SELECT u.case_id, 'merged' FROM undo_cases u
  JOIN debtor_merges x ON x.agency_id = :agency AND u.case_id IN (x.survivor_case_id, x.other_case_id)
UNION SELECT u.case_id, 'money' FROM debts d JOIN undo_cases u ON u.case_id = d.case_id
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(w.credited), 0) AS credited FROM waiting_claims w
    WHERE w.agency_id = :agency AND w.client_id = :client AND w.met_by = :placement AND w.met_debt = d.id) w
  WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement
    AND (d.balance + w.credited <> d.original
         OR d.state NOT IN ('open', 'recalled', CASE w.credited WHEN d.original THEN 'settled' ELSE 'open' END))
UNION SELECT u.case_id, 'recalled' FROM debts d JOIN undo_cases u ON u.case_id = d.case_id
  WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement AND d.state = 'recalled'
"""
# A stage that a person changed by itself: one that followed from a payment or a recall is told by that.
_MOVED = """
INSERT INTO undo_touched SELECT DISTINCT u.case_id, 'moved' FROM undo_cases u
JOIN case_moves x ON x.agency_id = :agency AND x.case_id = u.case_id
WHERE x.at > :committed AND x.by <> :machine AND NOT EXISTS (SELECT FROM undo_touched t WHERE t.case_id = u.case_id)
"""
_GOES = """
SELECT count(*) AS cases, coalesce(sum(debts), 0) AS debts FROM undo_cases u
WHERE NOT EXISTS (SELECT FROM undo_touched t WHERE t.case_id = u.case_id)
"""
_SUMS = """
SELECT d.currency, sum(d.original)::bigint AS total FROM debts d JOIN undo_cases u ON u.case_id = d.case_id
WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement
  AND NOT EXISTS (SELECT FROM undo_touched t WHERE t.case_id = u.case_id)
  AND NOT EXISTS (SELECT FROM undo_listed l WHERE l.what = 'debts' AND l.id = d.id)
GROUP BY 1 ORDER BY 1
"""
_STAYS = """
SELECT u.case_id, c.number, b.name, u.debts, array_agg(t.reason ORDER BY t.reason) AS reasons,
       count(*) OVER () AS cases, sum(u.debts) OVER () AS stay_debts
FROM undo_cases u JOIN undo_touched t USING (case_id)
JOIN cases c ON c.agency_id = :agency AND c.id = u.case_id
JOIN debtors b ON b.agency_id = :agency AND b.id = c.debtor_id
GROUP BY u.case_id, c.number, b.name, u.debts ORDER BY c.number LIMIT :most
"""
_GROUPS = """
SELECT reasons, count(*) AS cases, sum(debts) AS debts FROM (
  SELECT u.case_id, u.debts, array_agg(t.reason ORDER BY t.reason) AS reasons
  FROM undo_cases u JOIN undo_touched t USING (case_id) GROUP BY 1, 2) g
GROUP BY 1 ORDER BY 2 DESC, 1
"""
_LISTED = """
SELECT p.number, count(*) AS debts FROM debts d JOIN undo_listed l ON l.id = d.id
JOIN placements p ON p.agency_id = d.agency_id AND p.id = l.placement_id
WHERE l.what = 'debts' AND d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement
GROUP BY 1 ORDER BY 1
"""
_NEXT = """
SELECT u.case_id, NOT EXISTS (SELECT FROM undo_touched t WHERE t.case_id = u.case_id) AS goes
FROM undo_cases u ORDER BY u.case_id
"""


def look_at(work: Work, placement: Placement, **some: Any) -> dict[str, Any]:
    """Find the cases of a placement and what has touched them: of all, or of the next after one."""
    parameters = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id,
        "committed": placement.committed_at, "machine": job_principal(work.agency_id).name, **some,
    }  # fmt: skip
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.undo_cases, pg_temp.undo_touched"))
    listed.find(work, placement)
    work.session.execute(text(_CASES.format(some=_SLICE if some else "true")), parameters)
    work.session.execute(text("ANALYZE pg_temp.undo_cases"))
    for statement in (_TOUCHED, _MOVED):
        work.session.execute(text(statement), parameters)
    return parameters


def may_be_undone(placement: Placement) -> bool:
    """Whether undoing can be asked for at all: a committed file, which is not being undone."""
    return placement.state == State.COMMITTED and not underway(placement)


def underway(placement: Placement) -> bool:
    """Whether a job looks at it, or undoes it, now."""
    return placement.undone.get("state") in ("asked", "running")


def has_way(placement: Placement) -> bool:
    """Whether there is a way back from a file of its kind at all."""
    return placement.kind == "placement" or placement.kind in putting_back.WAYS


def _undoable(placement: Placement) -> None:
    if placement.state != State.COMMITTED or placement.kind != "placement":
        raise CannotUndo(ONLY_COMMITTED)


def look(work: Work, placement_id: UUID) -> Undo:
    """What undoing would do now; nothing changes. Refused for what is not a committed placement of debts."""
    placement = open_placement(work, placement_id)
    _undoable(placement)
    parameters = look_at(work, placement)
    goes = work.session.execute(text(_GOES)).one()
    sums = [Money(row.total, row.currency) for row in work.session.execute(text(_SUMS), parameters)]
    stays = work.session.execute(text(_STAYS), {**parameters, "most": MOST_LISTED}).all()
    back = putting_back.look(work, placement)
    return Undo(
        debts=int(goes.debts), cases=goes.cases, sums=sums,
        stay_debts=int(stays[0].stay_debts) if stays else 0, stay_cases=stays[0].cases if stays else 0,
        stays=[Stay(row.case_id, row.number, row.name, row.debts, row.reasons) for row in stays],
        groups=[*_groups(work), *_also_in(_listed(work, parameters)), *_of_claims(back)], claims=back.count,
        corrected=putting_back.corrections(work, placement),
    )  # fmt: skip


def _of_claims(back: putting_back.Back) -> list[Group]:
    return [Group([code], 0, count) for code, count in back.stays.items()]


def _listed(work: Work, parameters: Mapping[str, Any]) -> dict[str, int]:
    """How many debts each later placement lists too, by its number."""
    return {row.number: row.debts for row in work.session.execute(text(_LISTED), parameters)}


def _also_in(found: Mapping[str, int]) -> list[Group]:
    return [Group(["listed"], 0, count, number) for number, count in found.items()]


def groups_kept(kept: Mapping[str, Any]) -> list[Group]:
    """What stays by reason, as it was written down when the placement was undone."""
    return [Group(one["reasons"], one["cases"], one["debts"], one.get("also", "")) for one in kept.get("groups", [])]


def _written(groups: Sequence[Group]) -> list[dict[str, Any]]:
    return [
        {"reasons": list(one.reasons), "cases": one.cases, "debts": one.debts}
        | ({"also": one.also} if one.also else {})
        for one in groups
    ]


def _groups(work: Work) -> list[Group]:
    return [Group(row.reasons, row.cases, int(row.debts)) for row in work.session.execute(text(_GROUPS))]


def ask_undo(work: Work, placement_id: UUID, *, partly: bool = False) -> None:
    """Let a job undo the file. Refused: not committed, being undone already, nothing that could go. What a client asks
    for is looked at by the job, for it may not see all that was done since: a file that was worked on waits until the
    client has read what stays, and asks again for the rest (`partly`)."""
    placement = open_placement(work, placement_id)
    if underway(placement) or placement.state == State.UNDONE:
        raise CannotUndo(msg("Esta carga ya se está deshaciendo."))
    if placement.state != State.COMMITTED or not has_way(placement):
        raise CannotUndo(ONLY_COMMITTED)
    _nothing_comes_in(work, placement)
    by_client = work.principal.kind is Kind.CLIENT
    if not by_client and not _something_goes(work, placement):
        raise CannotUndo(msg("Todo lo que trajo esta carga ya se trabajó: no queda nada que deshacer."))
    told = placement.undone.get("state") == "refused"
    placement.undone = {**_BEGUN, "state": "asked" if by_client and not (partly and told) else "running"}
    placement.undone_by = work.principal.name
    work.flush()
    work.audit("placement.undo_asked", placement_id=placement.id, number=placement.number)
    work.outbox.add("intake.undo", placement_id=placement.id)


_BEGUN = {"debts": 0, "cases": 0}


def _nothing_comes_in(work: Work, placement: Placement) -> None:
    """CannotUndo while another file of the client is being committed: what was shown does not know what that says."""
    number = work.session.scalar(
        select(Placement.number)
        .where(
            Placement.agency_id == work.agency_id, Placement.client_id == placement.client_id,
            Placement.state == State.COMMITTING.value, Placement.id != placement.id,
        )
        .order_by(Placement.number)
        .limit(1)
    )  # fmt: skip
    if number is not None:
        raise CannotUndo(
            msg("La carga {number} del mismo cliente está entrando: espera a que termine y mira otra vez qué saldría."),
            number=number,
        )


def _something_goes(work: Work, placement: Placement) -> bool:
    if placement.kind == "placement":
        found = look(work, placement.id)
        return bool(found.debts or found.claims)
    return bool(putting_back.look(work, placement).count)


def _looked_at(work: Work, placement: Placement) -> None:
    """What a client asked for is undone while it can be undone whole; else it is told what stays, and why."""
    if placement.state != State.COMMITTED or placement.undone.get("state") != "asked":
        return
    if placement.kind == "placement":
        found = look(work, placement.id)
        goes, groups = found.debts + found.claims, list(found.groups)
        stay = found.stay_debts + sum(one.debts for one in groups if not one.cases)
    else:
        back = putting_back.look(work, placement)
        goes, stay = back.count, sum(back.stays.values())
        groups = _of_claims(back)
    whole = goes and not stay
    placement.undone = {
        **_BEGUN, "state": "running" if whole else "refused", "goes": goes, "stay": stay,
        "groups": _written(groups),
    }  # fmt: skip


def _put_back(work: Work, placement: Placement) -> None:
    """A file of another kind is undone at once."""
    back = putting_back.put_back(work, placement)
    groups = [{"reasons": [code], "cases": 0, "debts": count} for code, count in back.stays.items()]
    placement.undone = {
        **placement.undone, "state": "done", "debts": back.count, "stay_debts": sum(back.stays.values()),
        "stay_cases": 0, "groups": groups,
    }  # fmt: skip
    _close(work, placement)


def undo(open_work: OpenWork, placement_id: UUID) -> None:
    """Remove what nobody has touched, some cases at a time; a kill in between loses nothing, the job goes on.

    Refused while another file of the client is in hand (ClientBusy): what that says again would be taken away.
    """
    with open_work() as work:
        if not underway(open_placement(work, placement_id)):
            return
        like = work
    with held_connection(like) as open_held:
        with open_held() as work:
            placement = alone(work, placement_id)
            _looked_at(work, placement)
            _pass_on(work, placement)
        while _undo_part(open_held, placement_id):
            reach("intake.undone_part")


def _undo_part(open_held: OpenWork, placement_id: UUID) -> bool:
    """Undo the next cases; whether there may be more."""
    with open_held() as work:
        placement = open_placement(work, placement_id)
        work.session.refresh(placement, with_for_update=True)
        if not _runs(placement):
            return False
        if placement.kind != "placement":
            _put_back(work, placement)
            return False
        done = placement.undone
        look_at(work, placement, after=UUID(done.get("after", _FIRST)), most=CASES_AT_ONCE)
        found = work.session.execute(text(_NEXT)).all()
        if not found:
            _end(work, placement, look_at(work, placement))
            return False
        chosen = [row.case_id for row in found if row.goes]
        removed = _remove(work, placement, chosen)
        placement.undone = {
            **done, "debts": done["debts"] + removed, "cases": done["cases"] + len(chosen),
            "after": str(found[-1].case_id),
        }  # fmt: skip
        work.outbox.alive(advanced=True)
        return True


def _runs(placement: Placement) -> bool:
    return placement.state == State.COMMITTED and placement.undone.get("state") == "running"


def _pass_on(work: Work, placement: Placement) -> None:
    """What other lists say again of this one's is theirs. Each time that the job begins: after a kill another list may
    have come in before it goes on."""
    if placement.kind != "placement" or not _runs(placement):
        return
    listed.find(work, placement)
    whose = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    found = Counter(placement.undone.get("passed", {})) + Counter(_listed(work, whose))
    listed.pass_on(work, placement)
    placement.undone = {**placement.undone, "passed": dict(found)}


def _remove(work: Work, placement: Placement, chosen: Sequence[UUID]) -> int:
    counts = {
        row.case_id: row.debts
        for row in work.session.execute(
            text("SELECT case_id, debts FROM undo_cases WHERE case_id = ANY(:cases)"), {"cases": list(chosen)}
        )
    }
    removed = work.session.execute(
        text("SELECT remove_placed(:agency, :placement, :cases)"),
        {"agency": work.agency_id, "placement": placement.id, "cases": list(chosen)},
    ).scalar_one()
    waiting.wait_again(work, placement)
    left = work.session.scalars(select(Case).where(Case.agency_id == work.agency_id, Case.id.in_(list(chosen)))).all()
    for case in left:
        cases.note_event(
            work, case, kind="placement", tone="warn", title=UNDONE, count=counts[case.id], number=placement.number
        )  # fmt: skip
    cases.refresh_balances(work, [case.id for case in left])
    reclosing.close_again(work, placement, [case.id for case in left])
    return int(removed)


UNDONE = msg("Se deshizo la carga {number}: salen {count} de sus adeudos")


def _end(work: Work, placement: Placement, parameters: Mapping[str, Any]) -> None:
    back = putting_back.put_back(work, placement)
    stays = work.session.execute(text(_STAYS), {**parameters, "most": MOST_LISTED}).all()
    passed = _also_in(placement.undone.get("passed", {}))
    placement.undone = {
        **placement.undone, "state": "done", "claims": back.count,
        "stay_debts": int(stays[0].stay_debts) if stays else 0,
        "stay_cases": stays[0].cases if stays else 0,
        "stays": [{"case_id": str(row.case_id), "number": row.number, "debtor": row.name, "debts": row.debts,
                   "reasons": list(row.reasons)} for row in stays],
        "groups": _written([*_groups(work), *passed, *_of_claims(back)]),
    }  # fmt: skip
    _close(work, placement)


def _close(work: Work, placement: Placement) -> None:
    placement.undone_at = work.now()
    placement.state = lifecycle.after(placement.state, State.UNDONE)
    placement.fingerprint = f"undone:{placement.id}"
    work.flush()
    work.audit("placement.undone", placement_id=placement.id, number=placement.number,
               debts=placement.undone["debts"], stay_debts=placement.undone["stay_debts"])  # fmt: skip
