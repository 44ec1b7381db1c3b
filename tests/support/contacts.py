"""Debtors of four countries, a call and a message: plain defaults that a test changes by name."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from legal.rules.decision import Decision
from legal.rules.facts import (
    Channel,
    Claim,
    Contact,
    ContactFacts,
    ContactPoint,
    CreditorType,
    DebtorKind,
    Quality,
    Registration,
    Source,
)

MEXICO, BOGOTA, MADRID, CANARY = "America/Mexico_City", "America/Bogota", "Europe/Madrid", "Atlantic/Canary"
SANTIAGO, LIMA, LONDON = "America/Santiago", "America/Lima", "Europe/London"
CHICAGO, NEW_YORK, LOS_ANGELES = "America/Chicago", "America/New_York", "America/Los_Angeles"

_KNOWN = ContactPoint(Source.CREDITOR, Quality.VERIFIED)


def at(text: str, zone: str = "UTC") -> datetime:
    """The instant at which a clock in `zone` shows that."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def mexican(**changes: Any) -> ContactFacts:
    """A person in Mexico City who owes a shop."""
    facts = ContactFacts(
        "MX",
        zones=(MEXICO,),
        creditor_type=CreditorType.COMMERCIAL,
        debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER,
        debt_proof=True,
        registrations=(Registration("redeco"),),
    )
    return replace(facts, **changes)


def colombian(**changes: Any) -> ContactFacts:
    """A person in Colombia who authorised WhatsApp."""
    facts = ContactFacts(
        "CO",
        creditor_type=CreditorType.COMMERCIAL,
        debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER,
        authorised_channels=(Channel.WHATSAPP,),
    )
    return replace(facts, **changes)


def spanish(**changes: Any) -> ContactFacts:
    """A person in Madrid who owes a firm."""
    facts = ContactFacts(
        "ES",
        zones=(MADRID,),
        region="MD",
        creditor_type=CreditorType.OTHER,
        debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER,
    )
    return replace(facts, **changes)


def american(**changes: Any) -> ContactFacts:
    """A person in Chicago who owes a bank, about one debt."""
    facts = ContactFacts(
        "US",
        zones=(CHICAGO,),
        region="IL",
        creditor_type=CreditorType.FINANCIAL,
        debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER,
        debts=("A",),
    )
    return replace(facts, **changes)


def chilean(**changes: Any) -> ContactFacts:
    """A person in Santiago who owes a shop."""
    facts = ContactFacts("CL", zones=(SANTIAGO,), debtor=DebtorKind.PERSON, claim=Claim.CONSUMER)
    return replace(facts, **changes)


def peruvian(**changes: Any) -> ContactFacts:
    """A person in Lima who owes a shop."""
    facts = ContactFacts("PE", zones=(LIMA,), debtor=DebtorKind.PERSON, claim=Claim.CONSUMER)
    return replace(facts, **changes)


def british(**changes: Any) -> ContactFacts:
    """A person in London who owes a shop, to an agency that the regulator knows."""
    facts = ContactFacts(
        "GB",
        zones=(LONDON,),
        debtor=DebtorKind.PERSON,
        claim=Claim.CONSUMER,
        registrations=(Registration("fca_debt_collecting"),),
    )
    return replace(facts, **changes)


def call(**changes: Any) -> Contact:
    """A call to a verified number of the creditor's file, from a fixed line that shows."""
    shown = Contact(Channel.PHONE, contact_point=_KNOWN, caller_id_withheld=False, caller_number="+34 910 000 000")
    return replace(shown, **changes)


def message(channel: Channel = Channel.WHATSAPP, **changes: Any) -> Contact:
    """A message, a letter or a visit to a verified contact point of the creditor's file."""
    return replace(Contact(channel, contact_point=_KNOWN), **changes)


def codes(decision: Decision) -> list[str]:
    """Why not, strictest first."""
    return [outcome.code for outcome in decision.failed]


def warnings(decision: Decision) -> list[str]:
    """What the answer asks to mind."""
    return [outcome.code for outcome in decision.warned]
