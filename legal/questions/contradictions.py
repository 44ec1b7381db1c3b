"""Facts that cannot be true together, refused by the field that says the later or the odder thing."""

from collections.abc import Iterable
from datetime import date, datetime

from kernel.text import msg
from legal.questions.wrong import EARLIER, LATER, wrong
from legal.rules.contact.channels import international
from legal.rules.duties.route import Negotiation
from legal.rules.facts import Claim, Contact, ContactFacts, DebtorKind
from legal.rules.packs.loading import Pack
from legal.rules.policies import OWN


def check_debtor(debtor: DebtorKind | None, claim: Claim | None) -> None:
    """Refused: a consumer debt of a firm."""
    if debtor is DebtorKind.FIRM and claim is Claim.CONSUMER:
        raise wrong("claim", msg("El dato «{field}» dice consumo y el deudor es una empresa."))


def check_negotiation(tried: Negotiation | None, on: date) -> None:
    """Refused: what followed a negotiation before it began, and whatever is after the day asked about."""
    if tried is None:
        return
    for name in ("attempted_on", "received_on", "proposed_on", "met_on", "ended_on"):
        day = getattr(tried, name)
        if day is None:
            continue
        if day > on:
            raise wrong(f"negotiation.{name}", LATER, day=day, on=on)
        since = "received_on" if name == "ended_on" and tried.received_on else "attempted_on"
        if day < getattr(tried, since):
            raise wrong(f"negotiation.{name}", EARLIER, day=day, other=f"negotiation.{since}",
                        since=getattr(tried, since))  # fmt: skip


def check_contact(facts: ContactFacts, action: Contact, at: datetime, pack: Pack) -> None:
    """Refused: a consumer debt of a firm, what was done or said after the instant asked about, an exception to a rule
    that is not there, a calling number that is none."""
    check_debtor(facts.debtor, facts.claim)
    for field, when in _told_instants(facts):
        if when is not None and when > at:
            raise wrong(field, LATER, day=when.isoformat(), on=at.isoformat())
    if action.override is not None:
        known = {rule.id for rule in pack.rules}
        for name in action.override.rules:
            if name not in known and not name.startswith(OWN):
                raise wrong("override.rules", msg("El dato «{field}» nombra «{rule}», que no es una regla de aquí."),
                            rule=name)  # fmt: skip
    if action.caller_number is not None and international(action.caller_number, facts.country) is None:
        sentence = msg("El dato «{field}» no puede ser «{value}»: es un teléfono, mejor en E.164 (+34910000000).")
        raise wrong("caller_number", sentence, value=action.caller_number[:80])


def _told_instants(facts: ContactFacts) -> Iterable[tuple[str, datetime | None]]:
    for name in ("previous", "requests", "opt_outs", "statements", "contested"):
        for number, one in enumerate(getattr(facts, name)):
            yield f"{name}.{number}.at", one.at
    for number, contested in enumerate(facts.contested):
        yield f"contested.{number}.answered_at", contested.answered_at
