"""Cleared contacts for programs: asked for by channel, each with a token that is returned with what came of it."""

from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select

from kernel.problems import NotFound
from kernel.text import msg
from legal.rules.decision import DUE
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Channel
from recobro.api import forms
from recobro.api.answers import client_named
from recobro.api.blueprint import bp, once, scoped
from recobro.api.schemas import ContactsIn, OutcomeIn, prefixed
from recobro.cases.tables import Case
from recobro.cleared import service
from recobro.cleared.service import Came, Cleared, Refused, Wanted
from recobro.notices.words import rule_lines
from recobro.web.translations import spell
from tenants.roles import Permission


@bp.post("/contacts")
@scoped(Permission.CLEAR_CONTACTS)
@once
def clear_contacts() -> tuple[dict[str, Any], int]:
    """Contacts that may be made now; each counts as an attempt from here on."""
    given = forms.json_of(ContactsIn)
    wanted = Wanted(
        channel=Channel(given.channel),
        case_ids=_cases(given.cases),
        queue=given.queue,
        strategy=given.strategy,
        client_id=client_named(g.work, given.client) if given.client else None,
        limit=given.limit,
        minutes=given.minutes,
    )
    handed = service.hand_out(g.work, wanted)
    answer = {
        "object": "contacts",
        "data": [_cleared(one) for one in handed.cleared],
        "refused": [_refused(one) for one in handed.refused],
    }
    return answer, 201


@bp.post("/contacts/outcome")
@scoped(Permission.CLEAR_CONTACTS)
@once
def return_contact() -> tuple[dict[str, Any], int]:
    """What came of a contact; its token serves this once."""
    given = forms.json_of(OutcomeIn)
    came = Came(given.made, given.connected, given.conversation, given.started_at, given.ended_at)
    row = service.take_back(g.work, given.token, came)
    answer = {
        "object": "outcome",
        "case": prefixed("ca", row.case_id),
        "decision": prefixed("de", row.decision_id),
        "outcome": row.outcome,
        "counted": row.outcome == "made",
    }
    return answer, 200


def _cases(named: list[str]) -> list[UUID]:
    """The cases of these numbers or ids; an unknown one and another agency's are the same."""
    if not named:
        return []
    ids = {UUID(name[3:]): name for name in named if _is_id(name)}
    numbers = [name for name in named if not _is_id(name)]
    rows = g.work.session.execute(
        select(Case.id, Case.number).where(
            Case.agency_id == g.work.agency_id, Case.id.in_(ids) | Case.number.in_(numbers)
        )
    ).all()
    found = {row.number: row.id for row in rows} | {ids[row.id]: row.id for row in rows if row.id in ids}
    for name in named:
        if name not in found:
            raise NotFound(msg("No hay un caso «{name}»."), name=name)
    return list(dict.fromkeys(found[name] for name in named))


def _is_id(name: str) -> bool:
    return name.startswith("ca_") and len(name) == 35 and set(name[3:]) <= set("0123456789abcdef")


def _cleared(one: Cleared) -> dict[str, Any]:
    kept, row = one.decision, one.row
    due = [element for rule in kept.record["rules"] if rule["code"] == DUE for element in rule["inputs"]["elements"]]
    return {
        "object": "contact",
        "token": one.token,
        "issued_at": row.issued_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "case": prefixed("ca", row.case_id),
        "number": one.case.case.number,
        "debtor": one.case.debtor.name,
        "person": one.point.person_name,
        "role": one.point.person_role,
        "channel": row.channel,
        "address": one.point.value,
        "time_zone": one.case.debtor.time_zone,
        "decision": prefixed("de", row.decision_id),
        "pack": {"id": kept.pack_id, "version": kept.pack_version, "digest": kept.pack_digest},
        "disclosures": [
            {"element": element, "words": spell(ELEMENTS.get(element, element))} for element in dict.fromkeys(due)
        ],
        "cautions": [
            {"rule": line.rule, "sentence": line.sentence, "citation": line.citation}
            for line, rule in zip(rule_lines(kept.record), kept.record["rules"], strict=True)
            if rule["result"] == "warned" and rule["code"] != DUE
        ],
    }


def _refused(one: Refused) -> dict[str, Any]:
    return {
        "case": prefixed("ca", one.case.case.id),
        "number": one.case.case.number,
        "verdict": one.verdict,
        "reasons": list(one.reasons),
        "until": one.until.isoformat() if one.until else None,
        "decision": prefixed("de", one.decision_id) if one.decision_id else None,
    }
