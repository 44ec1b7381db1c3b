"""Placements as programs are answered: plain values, ids with a prefix, sums in minor units."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.pages import Cursor
from kernel.problems import Invalid, NotFound
from kernel.text import msg
from recobro.api.schemas import prefixed
from recobro.intake import queries
from recobro.intake.declared import agrees
from recobro.intake.lifecycle import State
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from recobro.intake.undo.putting_back import REASONS, Back
from recobro.intake.words import sentence
from tenants.service import client_by_id, client_by_slug
from tenants.work import Work


def brief(placement: Placement) -> dict[str, Any]:
    """A placement without its rows."""
    counts = placement.counts
    return {
        "id": prefixed("pl", placement.id),
        "object": "placement",
        "placement": placement.number,
        "client": prefixed("cl", placement.client_id),
        "kind": placement.kind,
        "source": placement.source,
        "state": placement.state,
        "file": {"name": placement.file_name, "sha256": placement.sha256, "rows": placement.row_count},
        "as_of": placement.as_of.isoformat(),
        "created_at": placement.created_at.isoformat(),
        "created_by": placement.created_by,
        "committed_at": placement.committed_at.isoformat() if placement.committed_at else None,
        "declared": placement.declared,
        "declared_agrees": agrees(placement),
        "totals": placement.totals,
        "overdue": placement.overdue,
        "rows": counts.get("rows", placement.row_count),
        "created": counts.get("created", 0),
        "changed": counts.get("changed", 0),
        "unchanged": counts.get("unchanged", 0),
        "rejected_count": counts.get("rejected", 0),
        "conflicts_count": counts.get("conflicts", 0),
        "claims_waiting_count": counts.get("claims_waiting", 0),
    }


def whole(work: Work, placement: Placement, locale: str, **more: Any) -> dict[str, Any]:
    """A placement with every row that has something to say; `more` goes on top."""
    found = brief(placement)
    if placement.counts:
        found |= queries.answer(work, placement, lambda template, details: sentence(template, details, locale))
    if placement.failure:
        found["failure"] = sentence(placement.failure["template"], placement.failure["details"], locale)
    return found | more


def undo(found: undoing.Undo, locale: str) -> dict[str, Any]:
    """What undoing takes away, and what stays with its reasons (the first cases)."""
    return {
        "debts": found.debts,
        "cases": found.cases,
        "stay_debts": found.stay_debts,
        "stay_cases": found.stay_cases,
        "stays": [{"case": one.number, "debts": one.debts, "reasons": [*one.reasons]} for one in found.stays],
        "groups": [_group(one.reasons, one.debts, locale, one.also) for one in found.groups],
    }


def put_back(found: Back, locale: str) -> dict[str, Any]:
    """What undoing a file of another kind takes back, and how much stays for each reason."""
    none = dict.fromkeys(("debts", "cases", "stay_debts", "stay_cases"), 0)
    return {
        **none,
        "stays": [],
        "changes": found.count,
        "stay_changes": sum(found.stays.values()),
        "groups": [_group([code], count, locale) for code, count in found.stays.items()],
    }


def _group(reasons: Sequence[str], count: int, locale: str, also: str = "") -> dict[str, Any]:
    words = {**undoing.REASONS, **REASONS}
    return {
        "reasons": [*reasons],
        "count": count,
        "why": ", ".join(sentence(words[one], {}, locale) for one in reasons) + (f" ({also})" if also else ""),
    }


def listed(work: Work, *, client_id: UUID | None, state: str, kind: str, cursor: str, limit: int) -> dict[str, Any]:
    """A page of placements, the newest first."""
    query = select(Placement).where(Placement.agency_id == work.agency_id).order_by(Placement.id.desc())
    if client_id is not None:
        query = query.where(Placement.client_id == client_id)
    query = query.where(Placement.state == state if state else Placement.state != State.DISCARDED.value)
    if kind:
        query = query.where(Placement.kind == kind)
    if cursor:
        query = query.where(Placement.id < after(cursor))
    found = work.session.scalars(query.limit(limit + 1)).all()
    following = Cursor((str(found[limit - 1].id),)).encode() if len(found) > limit else None
    return {"object": "list", "data": [brief(one) for one in found[:limit]], "next_cursor": following}


def after(cursor: str) -> UUID:
    """The id a page begins after; a broken cursor is refused."""
    values = Cursor.decode(cursor).values
    try:
        return UUID(str(values[0]))
    except (ValueError, IndexError) as error:
        raise Invalid(msg("La página pedida ya no existe; vuelve al principio de la lista.")) from error


def client_named(work: Work, wanted: str) -> UUID:
    """A client by `cl_…` or by its short name; missing and foreign are the same."""
    kind, _, digits = wanted.partition("_")
    if kind == "cl" and len(digits) == 32:
        try:
            return client_by_id(work, UUID(digits)).id
        except ValueError as error:
            raise NotFound(msg("Ese cliente no existe o no es tuyo.")) from error
    return client_by_slug(work, wanted).id
