"""By what channel: authorisation, origin and quality of the contact point, caller id, channels that are closed."""

import re
from datetime import datetime
from functools import lru_cache

import phonenumbers

from kernel.text import msg
from legal.rules.contact.asked import Asked, failed, missing, passed
from legal.rules.decision import Outcome
from legal.rules.facts import Channel, Consent, Purpose
from legal.rules.packs.kinds import (
    AuthorisedChannel,
    CallerId,
    ContactQuality,
    ContactSource,
    RestrictedChannel,
    StopOnOptOut,
)
from legal.rules.packs.schema import Rule


def authorised_channel(rule: Rule, _: AuthorisedChannel, asked: Asked) -> Outcome:
    """Only a channel the debtor authorised; the others are named in the refusal."""
    authorised, channel = asked.facts.authorised_channels, asked.action.channel
    if authorised is None:
        return missing(rule, "authorised_channels")
    inputs: dict[str, object] = {"channel": channel, "authorised": tuple(authorised)}
    if channel in authorised:
        return passed(rule, msg("El deudor autorizó este canal: {channel}."), **inputs)
    if authorised:
        sentence = msg("El deudor no autorizó {channel}; autorizó: {authorised}.")
    else:
        sentence = msg("El deudor no ha autorizado ningún canal, tampoco {channel}.")
    return failed(rule, "channel_not_authorised", sentence, **inputs)


def contact_source(rule: Rule, allowed: ContactSource, asked: Asked) -> Outcome:
    """Only a contact point given by those the rule names."""
    point = asked.action.contact_point
    if point is None or point.source is None:
        return missing(rule, "contact_point.source")
    if point.source in allowed.allow:
        return passed(rule, msg("El dato de contacto lo dio {source}."), source=point.source)
    sentence = msg("El dato de contacto no viene del acreedor ni del deudor, sino de: {source}.")
    return failed(rule, "channel_not_provided_by_debtor", sentence, source=point.source)


def contact_quality(rule: Rule, refused: ContactQuality, asked: Asked) -> Outcome:
    """Not to a contact point known to be dead or of somebody else."""
    quality = asked.action.contact_point.quality if asked.action.contact_point else None
    if quality in refused.deny:
        return failed(
            rule, "bad_contact_point", msg("El dato de contacto no sirve o es de otra persona."), quality=quality
        )
    return passed(rule, msg("No consta que el dato de contacto sea malo."), quality=quality)


def restricted_channel(rule: Rule, closed: RestrictedChannel, asked: Asked) -> Outcome:
    """Closed, but for the products and circumstances the rule names."""
    facts, channel = asked.facts, asked.action.channel
    inputs: dict[str, object] = {"channel": channel, "product": facts.credit_product}
    if facts.credit_product in closed.products and channel in (facts.authorised_channels or ()):
        return passed(rule, msg("Autorizado de forma expresa para este tipo de crédito: {channel}."), **inputs)
    if closed.when_no_channel_documented and facts.no_channel_documented:
        return passed(rule, msg("Está documentado que ningún canal autorizado funciona."), **inputs)
    return failed(rule, "channel_forbidden", msg("Este canal está prohibido para cobrar: {channel}."), **inputs)


def caller_id(rule: Rule, wanted: CallerId, asked: Asked) -> Outcome:
    """The call shows its number, and it is not of a kind that is refused."""
    withheld, number = asked.action.caller_id_withheld, asked.action.caller_number
    if wanted.deny_withheld:
        if withheld is None:
            return missing(rule, "caller_id_withheld")
        if withheld:
            return failed(rule, "hidden_caller_id", msg("La llamada oculta el número que llama."), withheld=True)
    if wanted.deny_prefixes:
        full = international(number, asked.facts.country) if number else None
        if full is None:
            return missing(rule, "caller_number")
        if full.startswith(wanted.deny_prefixes):
            sentence = msg("No se llama desde {number}: ese tipo de numeración no se admite.")
            return failed(rule, "caller_number_not_allowed", sentence, number=number)
    return passed(rule, msg("La llamada se identifica."), withheld=withheld, number=number)


@lru_cache(maxsize=4096)
def international(number: str, country: str) -> str | None:
    """A number as E.164, one without a prefix read as of that country; a short one (3 to 6 digits) as it is. None: it
    is no number of a telephone."""
    digits = re.sub(r"[\s().\-]", "", number)
    if re.fullmatch(r"\d{3,6}", digits):
        return digits
    try:
        read = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(read):
        return None
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def opt_out(rule: Rule, stop: StopOnOptOut, asked: Asked) -> Outcome:
    """Nothing by a channel the person closed; nothing at all, but for some purposes, after a request to stop.

    Where the rule says so, one confirmation of the request, or one answer by the channel the person used, is allowed.
    """
    action, point = asked.action, asked.action.contact_point
    if point is not None and point.consent == Consent.WITHDRAWN and not _confirms(stop, asked, None):
        sentence = msg("La persona retiró su consentimiento para este dato de contacto.")
        return failed(rule, "consent_withdrawn", sentence, channel=action.channel)
    for wish in asked.facts.opt_outs:
        if wish.at > asked.at or not (stop.every_debt or asked.about(wish.debts)):
            continue
        if _confirms(stop, asked, wish.at) or (stop.answers_exempt and asked.answers(stop.answer_hours, wish.at)):
            continue
        if wish.channel == action.channel and action.purpose not in stop.channel_purposes:
            sentence = msg("La persona pidió no recibir más por este canal ({channel}) ({since}).")
            return failed(rule, "opted_out", sentence, channel=action.channel, since=wish.at)
        if wish.channel is None and action.purpose not in stop.allow_purposes:
            return failed(rule, "ceased", msg("La persona pidió que no se le contacte más ({since})."), since=wish.at)
    return passed(rule, msg("La persona no ha cerrado este canal: {channel}."), channel=action.channel)


def _confirms(stop: StopOnOptOut, asked: Asked, since: datetime | None) -> bool:
    """Whether this is the one confirmation of a request to stop, by an electronic channel."""
    action = asked.action
    if not stop.confirm_once or action.purpose != Purpose.CONFIRM_STOP or action.channel not in _ELECTRONIC:
        return False
    return not any(
        past.purpose == Purpose.CONFIRM_STOP and past.channel == action.channel and (since is None or past.at > since)
        for past in asked.facts.previous
    )


_ELECTRONIC = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.SOCIAL)
