"""Facts that cannot be true together, refused by the field that says the later or the odder thing."""

from collections.abc import Iterable
from datetime import date, datetime

from kernel.text import msg
from legal.questions.wrong import EARLIER, LATER, NOT_KNOWN, wrong
from legal.rules.contact.channels import international
from legal.rules.contact.registers import REGISTERS
from legal.rules.duties.route import Negotiation
from legal.rules.facts import Claim, Contact, ContactFacts, DebtorKind, Registration
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
    """Refused: a consumer debt of a firm, what was done or said after the instant asked about, an end before its
    beginning, an exception to a rule that is not there, a calling number that is none."""
    check_debtor(facts.debtor, facts.claim)
    for path, one in _told(facts, action):
        _check_order(path, one, at)
    for number, held in enumerate(facts.registrations or ()):
        if held.register not in REGISTERS:
            raise wrong(f"registrations.{number}.register", NOT_KNOWN, value=held.register[:80],
                        known=", ".join(REGISTERS))  # fmt: skip
    if action.override is not None:
        known = {rule.id for rule in pack.rules}
        for name in action.override.rules:
            if name not in known and not name.startswith(OWN):
                raise wrong("override.rules", msg("El dato «{field}» nombra «{rule}», que no es una regla de aquí."),
                            rule=name)  # fmt: skip
    if action.caller_number is not None and international(action.caller_number, facts.country) is None:
        sentence = msg("El dato «{field}» no puede ser «{value}»: es un teléfono, mejor en E.164 (+34910000000).")
        raise wrong("caller_number", sentence, value=action.caller_number[:80])


# What has happened when it is told, and what comes after what.
_HAPPENED = ("at", "used_at", "consented_at", "not_reassigned_at", "answered_at", "asked_at")
_AFTER = (("until", "at"), ("withdrawn_at", "at"), ("answered_at", "at"), ("asked_at", "since"), ("until", "since"))


def _check_order(path: str, one: object, at: datetime) -> None:
    happened = _HAPPENED if isinstance(one, Registration) else (*_HAPPENED, "since")
    for name in happened:
        when = getattr(one, name, None)
        if when is not None and when > at:
            raise wrong(f"{path}.{name}", LATER, day=when.isoformat(), on=at.isoformat())
    for name, before in _AFTER:
        later, earlier = getattr(one, name, None), getattr(one, before, None)
        if later is not None and earlier is not None and later < earlier:
            raise wrong(f"{path}.{name}", EARLIER, day=later.isoformat(), other=f"{path}.{before}",
                        since=earlier.isoformat())  # fmt: skip


def _told(facts: ContactFacts, action: Contact) -> Iterable[tuple[str, object]]:
    """Whatever tells of something that happened, by its path."""
    for name in ("previous", "requests", "opt_outs", "statements", "contested", "consents", "inconvenient",
                 "registrations"):  # fmt: skip
        for number, one in enumerate(getattr(facts, name) or ()):
            yield f"{name}.{number}", one
    yield "lawyer", facts.lawyer
    yield "contact_point", action.contact_point
