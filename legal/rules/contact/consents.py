"""By what leave a channel or an address is used: consent, safe addresses, numbers and mailboxes of somebody else."""

from collections.abc import Iterable
from datetime import datetime

from kernel.text import msg
from legal.rules.contact.asked import Asked, beside, day_begins, failed, missing, passed, warned
from legal.rules.decision import Outcome
from legal.rules.facts import Agreed, Consent, ContactPoint
from legal.rules.packs.contact_kinds import (
    EmployerAddress,
    KnownRegion,
    LimitedMessage,
    NeedsConsent,
    ReassignedNumber,
    SafeAddress,
    VisibleToOthers,
)
from legal.rules.packs.kinds import Effect
from legal.rules.packs.schema import Rule


def needs_consent(rule: Rule, law: NeedsConsent, asked: Asked) -> Outcome:
    """Only by consent; a request for it may be allowed."""
    action, point = asked.action, asked.action.contact_point
    if law.prerecorded and not action.prerecorded:
        return beside(rule)
    if law.line is not None and point is not None and point.line not in (None, law.line):
        return beside(rule)
    given = asked.consent(law.what, direct=law.direct, written=law.written)
    if given is not None:
        return passed(rule, msg("La persona consintió ({since})."), since=given.at)
    if law.what is Agreed.CHANNEL and not law.written and point is not None and _agreed_point(point, asked):
        return passed(rule, msg("La persona consintió este dato de contacto."))
    inputs: dict[str, object] = {"channel": action.channel, "written": law.written, "direct": law.direct}
    if action.purpose in law.allow_purposes:
        return warned(rule, "asks_consent", msg("Sin su consentimiento solo se le puede pedir ({channel})."), **inputs)
    sentence = msg("Hace falta el consentimiento de la persona para esto: {channel}.")
    if law.effect is Effect.WARN:
        return warned(rule, law.code, sentence, **inputs)
    return failed(rule, law.code, sentence, **inputs)


def _agreed_point(point: ContactPoint, asked: Asked) -> bool:
    return point.consent == Consent.GIVEN or (point.consented_at is not None and point.consented_at <= asked.at)


def safe_address(rule: Rule, law: SafeAddress, asked: Asked) -> Outcome:
    """An address by which nobody else is likely to learn of the debt."""
    point = asked.action.contact_point
    if point is None:
        return missing(rule, "contact_point")
    if point.disclosed:
        return _unsafe(rule, law, "led_to_disclosure", msg("Por este dato ya se enteró otra persona."), None)
    given = asked.consent(Agreed.CHANNEL)
    own = _past(asked, point.used_at, point.consented_at, given.at if given else None)
    if own and law.fresh_days is not None:
        confirmed = max(_past(asked, *own, point.not_reassigned_at))
        if max(_days_since(confirmed, clock) for clock in asked.clocks) > law.fresh_days:
            sentence = msg("Pasaron más de {days} días desde que la persona usó o confirmó este dato.")
            return _unsafe(rule, law, "stale_address", sentence, None, days=law.fresh_days)
    if own or (law.fresh_days is None and point.consent == Consent.GIVEN):
        return passed(rule, msg("La persona usó o consintió este dato de contacto."))
    if law.by_notice:
        return _by_notice(rule, law, point, asked)
    return _unsafe(rule, law, "no_safe_harbour", msg("La persona no usó ni consintió este dato de contacto."), None)


def _by_notice(rule: Rule, law: SafeAddress, point: ContactPoint, asked: Asked) -> Outcome:
    """An address of the creditor's file, after its notice gave time to object, or one of an earlier collector."""
    if point.earlier_collector:
        return passed(rule, msg("Un gestor anterior usó este dato sin que la persona se opusiera."))
    ends = point.notice_ends
    if ends is not None and not point.of_employer:
        opens = max(day_begins(ends, clock, 1) for clock in asked.clocks)
        if opens <= asked.at:
            return passed(rule, msg("El acreedor avisó y la persona no se opuso hasta el {ends}."), ends=ends)
        sentence = msg("La persona puede oponerse a este dato hasta el {ends}.")
        return _unsafe(rule, law, "notice_running", sentence, opens, ends=ends)
    sentence = msg("Ni la persona usó o consintió este dato, ni el acreedor avisó de que se usaría.")
    return _unsafe(rule, law, "no_safe_harbour", sentence, None)


def _unsafe(
    rule: Rule, law: SafeAddress, code: str, sentence: str, until: datetime | None, **inputs: object
) -> Outcome:
    if law.effect is Effect.WARN:
        return warned(rule, code, sentence, **inputs)
    return failed(rule, code, sentence, until, **inputs)


def _past(asked: Asked, *instants: datetime | None) -> list[datetime]:
    return [at for at in instants if at is not None and at <= asked.at]


def _days_since(at: datetime, clock: datetime) -> int:
    return (clock.date() - at.astimezone(clock.tzinfo).date()).days


def reassigned_number(rule: Rule, _: ReassignedNumber, asked: Asked) -> Outcome:
    """A number given up after the person last used or agreed to it is somebody else's by now."""
    point = asked.action.contact_point
    gone = point.disconnected_on if point else None
    if point is None or gone is None:
        return passed(rule, msg("No consta que el número se haya dado de baja."))
    sure = _past(asked, point.used_at, point.consented_at)
    clock = asked.clocks[0]
    if any(at.astimezone(clock.tzinfo).date() > gone for at in sure):
        return passed(rule, msg("La persona usó o consintió el número después de la baja del {date}."), date=gone)
    sentence = msg("El número se dio de baja el {date}: puede ser de otra persona.")
    return failed(rule, "reassigned_number", sentence, date=gone)


def employer_address(rule: Rule, _: EmployerAddress, asked: Asked) -> Outcome:
    """Not to a mailbox of the employer's that the person did not choose."""
    point = asked.action.contact_point
    if point is None or not point.of_employer:
        return passed(rule, msg("No consta que el dato sea del empleador."))
    if _past(asked, point.used_at, point.consented_at) or asked.consent(Agreed.WORKPLACE):
        return passed(rule, msg("La persona usó o consintió este dato aunque es del empleador."))
    return failed(rule, "employer_address", msg("El dato es del empleador: ahí pueden leerlo otros."))


def visible_to_others(rule: Rule, _: VisibleToOthers, asked: Asked) -> Outcome:
    """Not where others see it."""
    if asked.action.visible_to_others:
        return failed(rule, "visible_to_others", msg("Otras personas podrían verlo."))
    return passed(rule, msg("Solo lo ve la persona."))


def limited_message(rule: Rule, law: LimitedMessage, asked: Asked) -> Outcome:
    """A voicemail that says nothing of the debt: the required elements, perhaps the optional ones, nothing else."""
    said = asked.action.message
    if said is None:
        return beside(rule)
    if lacking := _others(law.required, said):
        return failed(rule, "not_limited_message", msg("Al mensaje de voz le falta: {elements}."), elements=lacking)
    if surplus := _others(said, (*law.required, *law.optional)):
        return failed(rule, "not_limited_message", msg("Al mensaje de voz le sobra: {elements}."), elements=surplus)
    return passed(rule, msg("El mensaje de voz dice lo limitado que puede decir."))


def _others(these: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in these if each not in tuple(known))


def known_region(rule: Rule, law: KnownRegion, asked: Asked) -> Outcome:
    """Whose region nobody knows may be under rules that were not asked."""
    region = asked.facts.region
    if region is None:
        sentence = msg("No sabemos en qué región vive el deudor: puede haber reglas suyas más estrictas.")
        return warned(rule, "region_unknown", sentence, region=None)
    if region not in law.read:
        sentence = msg("Las reglas propias de {region} no están cargadas: puede haber otras más estrictas.")
        return warned(rule, "region_not_read", sentence, region=region)
    return passed(rule, msg("Se preguntó también a las reglas de {region}."), region=region)
