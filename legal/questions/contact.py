"""May this contact be made at that instant?"""

from dataclasses import MISSING, fields, replace
from datetime import datetime
from typing import Annotated, Any, get_type_hints
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, create_model

from legal.questions.contradictions import check_contact
from legal.questions.places import check_place
from legal.questions.question import (
    INSTANT,
    REGION,
    TOWN,
    Amount,
    Answer,
    Facts,
    Question,
    in_zone,
    outcome_shown,
    pack_shown,
    refused,
)
from legal.rules.calendar import zone_named
from legal.rules.contact.conduct import is_own
from legal.rules.contact.deciding import decide
from legal.rules.contact.required_words import NoticeFacts, never_said
from legal.rules.decision import Decision, Result, plain
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Contact, ContactFacts
from legal.rules.packs.loading import Pack, pack_of
from legal.rules.towns import locality_of


def _fields_of(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    found: dict[str, Any] = {}
    for one in fields(cls):
        if one.default_factory is not MISSING:
            found[one.name] = (hints[one.name], Field(default_factory=one.default_factory))
        else:
            found[one.name] = (hints[one.name], ... if one.default is MISSING else one.default)
    return found


def _with_its_hour(told: object) -> object:
    if isinstance(told, str) and "T" in told.upper():
        return told
    raise refused(INSTANT)


ContactQuestion: type[Facts] = create_model(
    "ContactQuestion",
    __base__=Facts,
    __doc__="One proposed contact, what is known of the debtor and the case, and the instant of it. An instant "
    "without an offset is read on the debtor's wall clock; an hour that it skips or strikes twice needs one.",
    at=(Annotated[datetime, BeforeValidator(_with_its_hour)], Field(description="When the contact would be made.")),
    **{
        **_fields_of(ContactFacts),
        "region": (str | None, REGION),
        "locality": (str | None, TOWN),
        "total_with_creditor": (Amount | None, None),
    },
    **_fields_of(Contact),
)


def facts_of(asked: Any) -> ContactFacts:
    """The facts among what a question tells."""
    told = {one.name: getattr(asked, one.name) for one in fields(ContactFacts)}
    total = asked.total_with_creditor
    return ContactFacts(**{**told, "total_with_creditor": total.money if total else None})


def _answer(asked: Any) -> Answer:
    facts = facts_of(asked)
    action = Contact(**{one.name: getattr(asked, one.name) for one in fields(Contact)})
    check_place(facts.country, facts.region, facts.locality)
    if facts.locality is None:
        facts = replace(facts, locality=locality_of(facts.country, facts.region, facts.town))
    pack = pack_of(facts.country, facts.region, facts.locality)
    zone = _clock(facts, pack)
    at, facts, action = in_zone(asked.at, zone, "at"), in_zone(facts, zone), in_zone(action, zone)
    check_contact(facts, action, at, pack)
    return {
        **_told(decide(facts, action, at, pack=pack)),
        **_not_said(pack, facts, action, at),
        "pack": pack_shown(pack),
    }


def _clock(facts: ContactFacts, pack: Pack) -> ZoneInfo | None:
    """The wall clock on which instants without an offset are read; None where the debtor may have several.

    Where no rules are known nothing depends on it.
    """
    zones = [zone_named(name) for name in facts.zones]
    if zones:
        return zones[0]
    if len(pack.head.zones) == 1:
        return zone_named(pack.head.zones[0])
    return None if pack.head.country else ZoneInfo("UTC")


def _not_said(pack: Pack, facts: ContactFacts, action: Contact, at: datetime) -> Answer:
    told = NoticeFacts(
        channel=action.channel, on=at.date(), purpose=action.purpose, creditor_type=facts.creditor_type,
        debtor=facts.debtor, claim=facts.claim, verified=is_own(action.contact_point),
        collector=facts.collector,
    )  # fmt: skip
    return {"not_to_say": [{"element": one, "words": ELEMENTS.get(one, one)} for one in never_said(pack, told)]}


def _told(decision: Decision) -> Answer:
    return {
        "verdict": decision.verdict.value,
        "until": plain(decision.until),
        "deciding": [outcome.rule.id for outcome in decision.failed],
        "codes": [outcome.code for outcome in decision.failed],
        "disclosures": [{"element": one, "words": ELEMENTS.get(one, one)} for one in decision.disclosures],
        "warnings": [outcome.code for outcome in decision.outcomes if outcome.result is Result.WARNED],
        "rules": [outcome_shown(outcome) for outcome in decision.outcomes],
    }


CONTACT = Question("contact", ContactQuestion, _answer)
