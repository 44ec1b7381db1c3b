"""What rules about contact ask, in sentences made of their parameters."""

from collections.abc import Sequence

from kernel.text import msg
from legal.rules.contact.registers import REGISTERS
from legal.rules.facts import WEEKDAYS, Channel
from legal.rules.packs import kinds as k
from legal.rules.packs.kinds import Windows
from recobro.law_pages.phrases import Sayings, kept, only_warns, said
from recobro.law_pages.words import word, words
from recobro.web.jinja import day
from recobro.web.translations import spell

_DAYS = dict(
    zip(WEEKDAYS, (msg("lun"), msg("mar"), msg("mié"), msg("jue"), msg("vie"), msg("sáb"), msg("dom")), strict=True)
)
_PERIODS = {
    "day": msg("por día"),
    "iso_week": msg("por semana, de lunes a domingo"),
    "rolling_7_days": msg("en siete días"),
    "rolling_30_days": msg("en treinta días"),
}


def hours_in_words(windows: Windows) -> str:
    """Weekly windows, equal neighbours joined: `lun–vie 07:00–19:00 · sáb 08:00–15:00`."""
    runs: list[tuple[int, int, str]] = []
    for number_, spans in enumerate(windows):
        text = ", ".join(f"{s // 60:02d}:{s % 60:02d}–{e // 60:02d}:{e % 60:02d}" for s, e in spans)
        if not text:
            continue
        if runs and runs[-1][1:] == (number_ - 1, text):
            runs[-1] = (runs[-1][0], number_, text)
        else:
            runs.append((number_, number_, text))
    names = [spell(name) for name in _DAYS.values()]
    said = [f"{names[a] if a == b else f'{names[a]}–{names[b]}'} {text}" for a, b, text in runs]
    return " · ".join(said) or spell(msg("nunca"))


def _hours(rule: k.ContactHours) -> Sequence[str]:
    return (
        spell(msg("Un contacto puede empezar {hours}, en la hora del deudor."), hours=hours_in_words(rule.windows)),
        spell(msg("El deudor puede pedir otras horas por escrito, fuera del contrato.")) if rule.agreed_hours else "",
        spell(msg("La persona puede consentir otras horas a la agencia misma.")) if rule.consent else "",
        _at_their_hour(rule.answer_hours) if rule.answers_exempt else "",
        only_warns(rule.effect),
    )


def _at_their_hour(hours: int) -> str:
    return spell(msg("Una respuesta por el mismo canal, antes de {hours} horas, no espera al horario."), hours=hours)


def _holidays(rule: k.Holidays) -> Sequence[str]:
    if rule.effect is k.Effect.WARN:
        return (spell(msg("En los festivos de donde vive el deudor, solo avisa.")),)
    return (spell(msg("No se contacta en los festivos de donde vive el deudor.")),)


def _closed_days(rule: k.ClosedDays) -> Sequence[str]:
    return (spell(msg("No se contacta: {days}."), days=", ".join(day(one) for one in rule.days)),)


def _town_days(rule: k.TownDays) -> Sequence[str]:
    days, towns = ", ".join(day(one) for one in rule.days), ", ".join(rule.towns)
    where = spell(msg("{towns} ({region})"), towns=towns, region=rule.region) if rule.region else towns
    return (spell(msg("No se contacta con quien vive en {where}: {days}."), where=where, days=days),)


def _cap(rule: k.ContactCap) -> Sequence[str]:
    every = set(rule.channels) == set(Channel)
    counted = spell(msg("cualquier canal")) if every else words(rule.channels)
    most, period = _contacts(rule.max), _period(rule.per)
    return (
        spell(msg("Hasta {most} {period}, por {channels}."), most=most, period=period, channels=counted),
        _counts(rule.counts),
        _begun_by_the_debtor(counts=rule.incoming),
        _answers(rule.answer_hours, exempt=rule.answers_exempt),
    )  # fmt: skip


def _contacts(most: int) -> str:
    return spell(msg("un contacto")) if most == 1 else spell(msg("{most} contactos"), most=most)


def _period(per: k.Period) -> str:
    return spell(_PERIODS[per.value]) if per.value in _PERIODS else word(per)


def _counts(counts: k.Counts) -> str:
    both = {"every_attempt": msg("Cuenta todo intento."), "two_way": msg("Cuentan solo los que la persona contesta.")}
    return spell(both[counts.value])


def _begun_by_the_debtor(*, counts: bool) -> str:
    return spell(msg("Cuenta también la conversación que empezó el deudor.")) if counts else ""


def _answers(hours: int, *, exempt: bool) -> str:
    sentence = msg("Responder una vez, antes de {hours} horas, lo que el deudor pidió por ese canal no cuenta.")
    return spell(sentence, hours=hours) if exempt else ""


def _channel_cap(rule: k.ChannelCap) -> Sequence[str]:
    said = (
        spell(msg("Un solo canal {period}."), period=_period(rule.per))
        if rule.max == 1
        else spell(msg("Hasta {most} canales distintos {period}."), most=rule.max, period=_period(rule.per))
    )
    return (
        said, _counts(rule.counts), _begun_by_the_debtor(counts=rule.incoming),
        _answers(rule.answer_hours, exempt=rule.answers_exempt),
    )  # fmt: skip


def _restricted(rule: k.RestrictedChannel) -> Sequence[str]:
    products = spell(msg("Salvo con autorización expresa en: {products}."), products=words(rule.products))
    documented = spell(msg("Salvo que conste que ningún canal autorizado funciona."))
    return (
        spell(msg("Este canal está cerrado para cobrar.")),
        products if rule.products else "",
        documented if rule.when_no_channel_documented else "",
    )


def _caller(rule: k.CallerId) -> Sequence[str]:
    prefixes = spell(msg("No desde números que empiezan con {prefixes}."), prefixes=", ".join(rule.deny_prefixes))
    return (
        spell(msg("La llamada muestra el número que llama.")) if rule.deny_withheld else "",
        prefixes if rule.deny_prefixes else "",
    )


def _opt_out(rule: k.StopOnOptOut) -> Sequence[str]:
    kept = spell(msg("Sigue permitido: {purposes}."), purposes=words(rule.allow_purposes))
    return spell(msg("Quien cierra un canal no recibe más por él; quien pide que no se le contacte, nada.")), (
        kept if rule.allow_purposes else ""
    )


def _flag(rule: k.StopOnFlag) -> Sequence[str]:
    purposes = spell(msg("Sigue permitido: {purposes}."), purposes=words(rule.allow_purposes))
    targets = spell(msg("Sí con: {targets}."), targets=words(rule.allow_targets))
    stops = (
        msg("Se contacta con cuidado ante: {flag}.")
        if rule.effect is k.Effect.WARN
        else msg("Detiene el cobro: {flag}.")
    )
    return (
        spell(stops, flag=word(rule.flag)),
        purposes if rule.allow_purposes else "",
        targets if rule.allow_targets else "",
    )


def _target(rule: k.WhoMayBeContacted) -> Sequence[str]:
    locate = spell(msg("Con {targets} solo para localizarlo, sin revelar la deuda."), targets=words(rule.locate))
    return spell(msg("Se trata solo con: {targets}."), targets=words(rule.allow)), locate if rule.locate else ""


_MOMENTS = {
    k.Moment.ANY: msg("Dice: {elements}."),
    k.Moment.FIRST: msg("En el primer contacto dice: {elements}."),
    k.Moment.LATER: msg("Después del primer contacto dice: {elements}."),
}


def _required(rule: k.RequiredWords) -> Sequence[str]:
    return (spell(_MOMENTS[rule.moment], elements=words(rule.elements, "elements")),)


def _banned(rule: k.BannedWords) -> Sequence[str]:
    said = msg("No muestra antes de abrirlo: {phrases}.") if rule.where == "preview" else msg("No dice: {phrases}.")
    return (spell(said, phrases=words(rule.phrases, "elements")),)


def registers(named: Sequence[str]) -> str:
    """Registers, licences and bonds by their names."""
    return ", ".join(spell(REGISTERS[one]) for one in named)


OF_CONTACT: Sayings = {
    "contact_hours": _hours,
    "holidays": _holidays,
    "closed_days": _closed_days,
    "town_days": _town_days,
    "contact_cap": _cap,
    "channel_cap": _channel_cap,
    "contact_gap": lambda rule: (
        spell(msg("Al menos {n} días entre un contacto y el siguiente por: {channels}."), n=rule.days_between,
              channels=words(rule.channels)),
    ),
    "authorised_channel": said(msg("Solo por los canales que el deudor autorizó.")),
    "contact_source": lambda rule: (spell(msg("Solo con datos dados por: {sources}."), sources=words(rule.allow)),),
    "contact_quality": lambda rule: (
        spell(msg("No a un dato de contacto que: {qualities}."), qualities=words(rule.deny)),
    ),
    "restricted_channel": _restricted,
    "caller_id": _caller,
    "opt_out": _opt_out,
    "closed": said(msg("La agencia no contacta así.")),
    "flag": _flag,
    "target": _target,
    "proof_of_debt": said(msg("Antes de contactar, el acreedor tiene la prueba del adeudo.")),
    "registration": lambda rule: (
        spell(msg("La agencia está inscrita en: {registers}."), registers=registers(rule.registers)),
        spell(msg("Si no, solo avisa.")) if rule.effect is k.Effect.WARN else "",
    ),
    "payment_receiver": lambda rule: (spell(msg("El pago lo recibe solo: {who}."), who=words(rule.allow)),),
    "no_pack": said(msg("Sin reglas del lugar no se contacta.")),
    "required_words": _required,
    "banned_words": _banned,
    "call_frequency": lambda rule: (
        spell(msg("Hasta {max} llamadas por deuda en {days} días, y ninguna en los {after} días después de hablar."),
              max=rule.max, days=rule.days, after=rule.after_conversation),
    ),
    "inconvenient": said(msg("Nada en los momentos, lugares o canales que la persona llamó inconvenientes.")),
    "workplace": said(msg("Nada en el trabajo si se sabe que el empleador lo prohíbe, salvo que la persona acepte.")),
    "through_lawyer": lambda rule: (
        spell(msg("Se trata con su abogado, salvo que acepte otra cosa o no responda en {n} días."),
              n=rule.answer_days),
    ),
    "written_stop": lambda rule: kept(
        msg("Tras una petición escrita de no contactar, o de no pagar, no se contacta."), rule.allow_purposes
    ),
    "contested_debt": lambda rule: kept(
        msg("Sobre una deuda objetada por escrito a tiempo no se contacta hasta responder."), rule.allow_purposes
    ),
    "locate_once": said(msg("A cada tercero se le pregunta una sola vez dónde está el deudor.")),
    "needs_consent": said(msg("Solo con el consentimiento de la persona para esto.")),
    "safe_address": said(msg("Solo a una dirección que el deudor usó o aceptó, o que un aviso previo hizo segura.")),
    "reassigned_number": said(msg("No a un número que cambió de dueño después de que la persona lo usó o aceptó.")),
    "employer_address": said(msg("No a una dirección que da el empleador, salvo que la persona la usara o aceptara.")),
    "visible_to_others": said(msg("Nada que otros puedan ver.")),
    "limited_message": lambda rule: (
        spell(msg("Un mensaje de voz dice: {required}; puede decir: {optional}; y nada más."),
              required=words(rule.required, "elements"), optional=words(rule.optional, "elements")),
    ),
    "calling_sign": lambda rule: (
        spell(msg("Avisa con una llamada así en {days} días."), days=rule.days)
        if rule.at_least == 1
        else spell(msg("Avisa con {n} llamadas así en {days} días."), n=rule.at_least, days=rule.days),
    ),
    "known_region": said(msg("Avisa si no se sabe en qué región vive el deudor, o si las reglas de ella no están.")),
}  # fmt: skip
