"""Facts that cannot be true together, refused by the field that says the later or the odder thing."""

from collections.abc import Iterable
from datetime import date, datetime

from kernel.text import msg
from legal.questions.wrong import EARLIER, LATER, NOT_KNOWN, wrong
from legal.rules.contact.channels import international
from legal.rules.contact.registers import REGISTERS
from legal.rules.duties.route import Negotiation
from legal.rules.duties.validation import SentNotice
from legal.rules.facts import Channel, Claim, Contact, ContactFacts, DebtorKind, Purpose, Registration
from legal.rules.packs.loading import Pack
from legal.rules.policies import OWN
from legal.rules.time.moratorium import NoMoratorium, Respite, Standing, standing_on


def check_debtor(debtor: DebtorKind | None, claim: Claim | None) -> None:
    """Refused: a consumer debt of a firm."""
    if debtor is DebtorKind.FIRM and claim is Claim.CONSUMER:
        raise wrong("claim", msg("El dato «{field}» dice consumo y el deudor es una empresa."))


def check_negotiation(tried: Negotiation | None, on: date) -> None:
    """Refused: what followed a negotiation before it began, and whatever is after the day asked about."""
    followed = ("received_on", "proposed_on", "met_on", "ended_on")
    check_days(
        "negotiation", tried, on, happened=("attempted_on", *followed),
        after=[
            *((name, "attempted_on") for name in followed), ("met_on", "received_on"), ("proposed_on", "received_on"),
            ("ended_on", "received_on"), ("ended_on", "met_on"), ("ended_on", "proposed_on"),
        ],
    )  # fmt: skip


def respite_on(path: str, respite: Respite, *, pack: Pack, on: date) -> Standing:
    """Where a moratorium stands on a day. Refused, by its path: one the pack does not know."""
    try:
        return standing_on(respite, pack=pack, on=on)
    except NoMoratorium as unknown:
        raise NoMoratorium(unknown.template, **unknown.details, field=f"{path}.name".lstrip(".")) from unknown


def check_notices(notices: Iterable[SentNotice], on: date) -> None:
    """Refused, by its place in the list: a notice of which something is told that is after the day asked about."""
    for number, notice in enumerate(notices):
        check_days(f"notices.{number}", notice, on, happened=("sent_on", "received_on", "returned_on"))


def check_days(
    path: str, told: object, on: date, *, happened: Iterable[str] = (), after: Iterable[tuple[str, str]] = ()
) -> None:
    """Refused, by its path: what `happened` after the day (or instant) asked about; the first of a pair before the
    second."""
    for name in happened:
        day = getattr(told, name, None)
        if day is not None and day > on:
            raise wrong(f"{path}.{name}".lstrip("."), LATER, day=day.isoformat(), on=on.isoformat())
    for name, before in after:
        day, since = getattr(told, name, None), getattr(told, before, None)
        if day is not None and since is not None and day < since:
            raise wrong(f"{path}.{name}".lstrip("."), EARLIER, day=day.isoformat(),
                        other=f"{path}.{before}".lstrip("."), since=since.isoformat())  # fmt: skip


def check_contact(facts: ContactFacts, action: Contact, at: datetime, pack: Pack) -> None:
    """Refused: a consumer debt of a firm, what was done or said after the instant asked about, an end before its
    beginning, what cannot be true beside another fact, an exception to a rule that is not there, a calling number that
    is none."""
    check_debtor(facts.debtor, facts.claim)
    for path, one in _told(facts, action):
        happened = _HAPPENED if isinstance(one, Registration) else (*_HAPPENED, "since")
        check_days(path, one, at, happened=happened, after=_AFTER)
    for number, held in enumerate(facts.registrations or ()):
        if held.register not in REGISTERS:
            raise wrong(f"registrations.{number}.register", NOT_KNOWN, value=held.register[:80],
                        known=", ".join(REGISTERS))  # fmt: skip
    _check_together(facts, action, at)
    if action.override is not None:
        known = {rule.id for rule in pack.rules}
        for name in action.override.rules:
            if name not in known and not name.startswith(OWN):
                raise wrong("override.rules", msg("El dato «{field}» nombra «{rule}», que no es una regla de aquí."),
                            rule=name)  # fmt: skip
    if action.caller_number is not None and international(action.caller_number, facts.country) is None:
        sentence = msg("El dato «{field}» no puede ser «{value}»: es un teléfono, mejor en E.164 (+34910000000).")
        raise wrong("caller_number", sentence, value=action.caller_number[:80])


def _check_together(facts: ContactFacts, action: Contact, at: datetime) -> None:
    for number, past in enumerate(facts.previous):
        if past.conversation and not past.connected:
            raise wrong(f"previous.{number}.conversation", _AGAINST, other=f"previous.{number}.connected")
    if action.purpose is Purpose.ANSWER and not (facts.requests or facts.contested):
        raise wrong("purpose", _AGAINST, other="requests")
    if action.prerecorded and action.channel is not Channel.PHONE:
        raise wrong("prerecorded", _AGAINST, other="channel")
    if action.caller_id_withheld and action.caller_number is not None:
        raise wrong("caller_id_withheld", _AGAINST, other="caller_number")
    point = action.contact_point
    for name, day in (
        ("debts_dated", facts.debts_dated), ("contact_point.disconnected_on", point.disconnected_on if point else None),
    ):  # fmt: skip
        if day is not None and day > at.date():
            raise wrong(name, LATER, day=day.isoformat(), on=at.date().isoformat())


_AGAINST = msg("El dato «{field}» no puede ser cierto con lo que dice «{other}».")
# What has happened when it is told, and what comes after what.
_HAPPENED = ("at", "used_at", "consented_at", "not_reassigned_at", "answered_at", "asked_at")
_AFTER = (("until", "at"), ("withdrawn_at", "at"), ("answered_at", "at"), ("asked_at", "since"), ("until", "since"))


def _told(facts: ContactFacts, action: Contact) -> Iterable[tuple[str, object]]:
    """Whatever tells of something that happened, by its path."""
    for name in ("previous", "requests", "opt_outs", "statements", "contested", "consents", "inconvenient",
                 "registrations"):  # fmt: skip
        for number, one in enumerate(getattr(facts, name) or ()):
            yield f"{name}.{number}", one
    yield "lawyer", facts.lawyer
    yield "contact_point", action.contact_point
