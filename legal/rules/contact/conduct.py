"""How: who the agency must be, whom the debtor is asked to pay, what a contact must say."""

from datetime import date
from functools import lru_cache

from kernel.text import msg
from legal.rules.contact.asked import Asked, failed, missing, passed, warned
from legal.rules.decision import DUE, Outcome, Result
from legal.rules.facts import ContactPoint, CreditorType, Quality, Receiver, Source
from legal.rules.packs.kinds import Effect, Moment, PaymentReceiver, Reached, Registered, RequiredWords
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.schema import Rule

_NOT_OWN = (Quality.UNVERIFIED, Quality.BAD, Quality.WRONG_PERSON)


def registration(rule: Rule, wanted: Registered, asked: Asked) -> Outcome:
    """The agency stands in one of the registers on the debtor's day."""
    held, day = asked.facts.registrations, asked.clocks[0].date()
    if held is None:
        if wanted.unknown is Effect.DENY:
            return missing(rule, "registrations")
        sentence = msg("No consta si la agencia está inscrita en: {registers}.")
        return warned(rule, "registration_unknown", sentence, registers=wanted.registers)
    if any(one.register in wanted.registers and one.holds(day) for one in held):
        return passed(rule, msg("La agencia está inscrita: {registers}."), registers=wanted.registers, date=day)
    sentence = msg("La agencia no está inscrita en: {registers}.")
    if wanted.effect is Effect.WARN:
        return warned(rule, "not_registered", sentence, registers=wanted.registers, date=day)
    return failed(rule, "not_registered", sentence, registers=wanted.registers, date=day)


def payment_receiver(rule: Rule, wanted: PaymentReceiver, asked: Asked) -> Outcome:
    """The debtor is asked to pay only those the rule names."""
    payee = asked.action.pay_to
    if payee is None:
        return passed(rule, msg("No pide pagar a nadie en particular."), receiver=None)
    if payee in wanted.allow:
        return passed(rule, msg("El pago va a quien puede recibirlo: {receiver}."), receiver=payee)
    sentence = msg("Aquí el pago no lo puede recibir {receiver}; solo: {allowed}.")
    return failed(rule, "payment_receiver", sentence, receiver=payee, allowed=wanted.allow)


def may_receive(pack: Pack, creditor: CreditorType, receiver: Receiver, on: date) -> bool:
    """Whether that one may take a debtor's payment there on a day."""
    for bound in rules_of(pack, "payment_receiver", on):
        assert isinstance(bound.parameters, PaymentReceiver)
        speaks = not bound.rule.applies_to.creditor_type or creditor in bound.rule.applies_to.creditor_type
        if speaks and receiver not in bound.parameters.allow:
            return False
    return True


def is_own(point: ContactPoint | None) -> bool:
    """Whether a contact point is the person's as far as anybody knows: contact showed it, or creditor or debtor gave
    it and nothing showed otherwise."""
    if point is None or point.quality not in _NOT_OWN:
        return True
    return point.quality is Quality.UNVERIFIED and point.source in (Source.CREDITOR, Source.DEBTOR)


def disclosures(rule: Rule, wanted: RequiredWords, asked: Asked) -> Outcome:
    """What this contact must say; never in the way, because the text is checked when it is written."""
    own = is_own(asked.action.contact_point)
    if wanted.contact is not Reached.ANY and (wanted.contact is Reached.VERIFIED) is not own:
        return _nothing_due(rule)
    if wanted.moment is not Moment.ANY and (wanted.moment is Moment.LATER) is not bool(asked.facts.introduced):
        return _nothing_due(rule)
    return _due(rule, wanted.elements, wanted.moment)


@lru_cache(maxsize=1024)
def _due(rule: Rule, elements: tuple[str, ...], moment: Moment) -> Outcome:
    inputs: dict[str, object] = {"elements": elements, "moment": moment}
    return Outcome(rule, Result.PASSED, DUE, msg("Este contacto tiene que decir: {elements}."), inputs)


@lru_cache(maxsize=1024)
def _nothing_due(rule: Rule) -> Outcome:
    return passed(rule, msg("No es el contacto en que esto se dice."))
