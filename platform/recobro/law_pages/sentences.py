"""What a rule asks, in a sentence made of its parameters, and the cases it speaks of."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from kernel.money import Money
from kernel.text import msg
from legal.rules import kinds as k
from legal.rules.facts import WEEKDAYS, Channel
from legal.rules.kinds import Parameters, Windows
from legal.rules.schema import Rule
from recobro.law_pages.words import APPLIES, word, words
from recobro.web.jinja import day, day_range, money, number, pct
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


def asks(parameters: Parameters) -> str:
    """What a rule with these parameters asks. Kinds without a sentence of their own list their parameters."""
    say = _SENTENCES_OF.get(type(parameters))
    said = " ".join(part for part in say(parameters) if part) if say else ""
    return said or _listed(parameters)


def applies(rule: Rule) -> str:
    """The cases a rule speaks of, or that it speaks of all."""
    parts = [
        f"{spell(APPLIES.get(name, name))}: {words(values, name)}"
        for name, values in rule.applies_to
        if _narrows(values)
    ]
    return " · ".join(parts) or spell(msg("A todos los casos"))


def _narrows(values: object) -> bool:
    return isinstance(values, tuple | list) and bool(values)


def validity(rule: Rule) -> str:
    """From when to when a rule is in force."""
    if rule.valid_to is None:
        return spell(msg("Vigente desde el {day}"), day=day(rule.valid_from))
    return spell(msg("Vigente: {span}"), span=day_range(rule.valid_from, rule.valid_to))


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
        _only_warns(rule.effect),
    )


def _only_warns(effect: k.Effect) -> str:
    return spell(msg("Fuera de ello solo avisa.")) if effect is k.Effect.WARN else ""


def _holidays(rule: k.Holidays) -> Sequence[str]:
    return spell(msg("No se contacta en los festivos de donde vive el deudor.")), _only_warns(rule.effect)


def _closed_days(rule: k.ClosedDays) -> Sequence[str]:
    return (spell(msg("No se contacta: {days}."), days=", ".join(day(one) for one in rule.days)),)


def _cap(rule: k.ContactCap) -> Sequence[str]:
    every = set(rule.channels) == set(Channel)
    counted = spell(msg("cualquier canal")) if every else words(rule.channels)
    most, period = _contacts(rule.max), _period(rule.per)
    return (
        spell(msg("Hasta {most} {period}, por {channels}."), most=most, period=period, channels=counted),
        _counts(rule.counts),
        _answers(exempt=rule.answers_exempt),
    )  # fmt: skip


def _contacts(most: int) -> str:
    return spell(msg("un contacto")) if most == 1 else spell(msg("{most} contactos"), most=most)


def _period(per: k.Period) -> str:
    return spell(_PERIODS[per.value]) if per.value in _PERIODS else word(per)


def _counts(counts: k.Counts) -> str:
    both = {"every_attempt": msg("Cuenta todo intento."), "two_way": msg("Cuentan solo los que la persona contesta.")}
    return spell(both[counts.value])


def _answers(*, exempt: bool) -> str:
    return spell(msg("Responder lo que el deudor pidió no cuenta.")) if exempt else ""


def _channel_cap(rule: k.ChannelCap) -> Sequence[str]:
    said = (
        spell(msg("Un solo canal {period}."), period=_period(rule.per))
        if rule.max == 1
        else spell(msg("Hasta {most} canales distintos {period}."), most=rule.max, period=_period(rule.per))
    )
    return said, _counts(rule.counts), _answers(exempt=rule.answers_exempt)


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


def _allocation(rule: k.AllocationOrder) -> Sequence[str]:
    order = " → ".join(" + ".join(word(one) for one in group) for group in rule.order)
    return (spell(msg("Un pago cubre, en este orden: {order}."), order=order),)


def _interest(rule: k.LateInterest) -> Sequence[str]:
    said = (
        pct(rule.rate, 2)
        if rule.rate is not None
        else spell(msg("la tasa de la tabla «{table}»"), table=rule.rate_table)
    )
    if rule.multiplier != 1:
        said = f"{said} × {number(rule.multiplier, 1)}"
    if rule.plus:
        said = spell(msg("{rate} más {points} puntos"), rate=said, points=number(rule.plus * 100, 2))
    ceiling = spell(msg("Una tasa pactada mayor hace perder los intereses."))
    return spell(msg("Mora al año: {rate}."), rate=said), ceiling if rule.ceiling else ""


def _compensation(rule: k.FixedCompensation) -> Sequence[str]:
    if rule.amount_minor is not None:
        amount = money(Money(rule.amount_minor, rule.currency))
        return (spell(msg("El retraso suma una vez {amount}."), amount=amount),)
    if rule.share is not None:
        return (spell(msg("El retraso suma una vez {share} del capital."), share=pct(rule.share, 2)),)
    tiers = ", ".join(f"{number(tier.least)}+: {number(tier.amount)} {rule.currency}" for tier in rule.tiers)
    return (spell(msg("El retraso suma una vez, según el capital: {tiers}."), tiers=tiers),)


def _limitation(rule: k.Limitation) -> Sequence[str]:
    term = [_many(rule.years, msg("un año"), msg("{n} años"))] if rule.years else []
    term += [_many(rule.months, msg("un mes"), msg("{n} meses"))] if rule.months else []
    elsewhere = ", ".join(f"{region} {years}" for region, years in rule.elsewhere.items())
    return (
        spell(msg("Prescribe en {term}: {titles}."), term=" ".join(term), titles=words(rule.titles)),
        spell(msg("Otros años por región: {list}."), list=elsewhere) if elsewhere else "",
    )


def _many(count: int, one: str, several: str) -> str:
    return spell(one) if count == 1 else spell(several, n=count)


def _route(rule: k.CourtRoute) -> Sequence[str]:
    negotiate = spell(msg("Antes hay que negociar.")) if rule.negotiate else ""
    documents = spell(msg("Documentos: {list}."), list=words(rule.documents)) if rule.documents else ""
    return spell(msg("Para: {titles}."), titles=words(rule.titles)), negotiate, documents


def _negotiation(rule: k.NegotiationDuty) -> Sequence[str]:
    said = msg("Antes de demandar se negocia; sin respuesta se da por hecho a los {days} días.")
    return (spell(said, days=rule.wait_days),)


def _duty(rule: k.Duty) -> Sequence[str]:
    who = spell(msg("Le toca a: {who}."), who=word(rule.of))
    terms = (
        (rule.days, msg("un día"), msg("{n} días")),
        (rule.business_days, msg("un día hábil"), msg("{n} días hábiles")),
        (rule.months, msg("un mes"), msg("{n} meses")),
    )
    term = " ".join(_many(count, one, several) for count, one, several in terms if count is not None)
    return who, spell(msg("Plazo: {term}."), term=term) if term else ""


def _said(text: str) -> Callable[[Any], Sequence[str]]:
    return lambda _: (spell(text),)


_SENTENCES: Mapping[type[Parameters], Callable[[Any], Sequence[str]]] = {
    k.ContactHours: _hours,
    k.Holidays: _holidays,
    k.ClosedDays: _closed_days,
    k.ContactCap: _cap,
    k.ChannelCap: _channel_cap,
    k.ContactGap: lambda rule: (
        spell(msg("Al menos {n} días entre un contacto y el siguiente por: {channels}."), n=rule.days_between,
              channels=words(rule.channels)),
    ),
    k.AuthorisedChannel: _said(msg("Solo por los canales que el deudor autorizó.")),
    k.ContactSource: lambda rule: (spell(msg("Solo con datos dados por: {sources}."), sources=words(rule.allow)),),
    k.ContactQuality: lambda rule: (
        spell(msg("No a un dato de contacto que: {qualities}."), qualities=words(rule.deny)),
    ),
    k.RestrictedChannel: _restricted,
    k.CallerId: _caller,
    k.StopOnOptOut: _opt_out,
    k.Closed: _said(msg("La agencia no contacta así.")),
    k.StopOnFlag: _flag,
    k.WhoMayBeContacted: _target,
    k.ProofOfDebt: _said(msg("Antes de contactar, el acreedor tiene la prueba del adeudo.")),
    k.Registered: lambda rule: (
        spell(msg("La agencia está inscrita en: {registers}."), registers=words(rule.registers)),
        _only_warns(rule.effect),
    ),
    k.PaymentReceiver: lambda rule: (spell(msg("El pago lo recibe solo: {who}."), who=words(rule.allow)),),
    k.NoPack: _said(msg("Sin reglas del lugar no se contacta.")),
    k.RequiredWords: _required,
    k.BannedWords: _banned,
    k.AllocationOrder: _allocation,
    k.LateInterest: _interest,
    k.JudgmentInterest: _interest,
    k.FixedCompensation: _compensation,
    k.Limitation: _limitation,
    k.CourtRoute: _route,
    k.NegotiationDuty: _negotiation,
    k.Duty: _duty,
    k.Venue: lambda rule: (spell(msg("Se demanda: {places}."), places=words(rule.allow)),),
    k.PaymentTerm: lambda rule: (spell(msg("Se paga en {n} días si no se acordó otro plazo."), n=rule.days),),
    k.LetterOfClaim: lambda rule: (
        spell(msg("Carta previa y {n} días completos antes de demandar."), n=rule.wait_days),
    ),
}  # fmt: skip

_BY_KIND: Mapping[str, Callable[[Any], Sequence[str]]] = {
    "call_frequency": lambda rule: (
        spell(msg("Hasta {max} llamadas por deuda en {days} días, y ninguna en los {after} días después de hablar."),
              max=rule.max, days=rule.days, after=rule.after_conversation),
    ),
    "inconvenient": _said(msg("Nada en los momentos, lugares o canales que la persona llamó inconvenientes.")),
    "workplace": _said(msg("Nada en el trabajo si se sabe que el empleador lo prohíbe, salvo que la persona acepte.")),
    "through_lawyer": lambda rule: (
        spell(msg("Se trata con su abogado, salvo que acepte otra cosa o no responda en {n} días."),
              n=rule.answer_days),
    ),
    "written_stop": lambda rule: _kept(
        msg("Tras una petición escrita de no contactar, o de no pagar, no se contacta."), rule.allow_purposes
    ),
    "contested_debt": lambda rule: _kept(
        msg("Sobre una deuda objetada por escrito a tiempo no se contacta hasta responder."), rule.allow_purposes
    ),
    "locate_once": _said(msg("A cada tercero se le pregunta una sola vez dónde está el deudor.")),
    "needs_consent": _said(msg("Solo con el consentimiento de la persona para esto.")),
    "safe_address": _said(msg("Solo a una dirección que el deudor usó o aceptó, o que un aviso previo hizo segura.")),
    "reassigned_number": _said(msg("No a un número que cambió de dueño después de que la persona lo usó o aceptó.")),
    "employer_address": _said(msg("No a una dirección que da el empleador, salvo que la persona la usara o aceptara.")),
    "visible_to_others": _said(msg("Nada que otros puedan ver.")),
    "limited_message": lambda rule: (
        spell(msg("Un mensaje de voz dice: {required}; puede decir: {optional}; y nada más."),
              required=words(rule.required, "elements"), optional=words(rule.optional, "elements")),
    ),
    "calling_sign": lambda rule: (
        spell(msg("Avisa con {n} llamadas así en {days} días."), n=rule.at_least, days=rule.days),
    ),
    "known_region": _said(msg("Avisa si no se sabe en qué región vive el deudor, o si las reglas de ella no están.")),
    "answer_deadline": lambda rule: (
        _many(rule.days, msg("Se responde en un día."), msg("Se responde en {n} días.")) if rule.days else "",
        _many(rule.business_days, msg("Se responde en un día hábil."), msg("Se responde en {n} días hábiles."))
        if rule.business_days
        else "",
    ),
    "validation_period": lambda rule: (
        spell(msg("Desde que recibe el aviso, el deudor tiene {days} días para pedir pruebas."), days=rule.days),
        spell(msg("El aviso sale a más tardar {n} días después del primer contacto."), n=rule.notice_days),
    ),
    "retention": lambda rule: (
        spell(msg("Se conserva: {what}.") if rule.duty == "keep" else msg("Se borra: {what}."), what=word(rule.what)),
        spell(msg("{months} meses desde: {since}."), months=rule.months, since=word(rule.since)),
    ),
    "limitation_seed": lambda rule: (
        spell(msg("Años que dicen dos listas y nadie leyó en la ley: solo avisan o impiden demandar.")),
        spell(msg("Para: {titles}."), titles=words(rule.titles)),
        ", ".join(f"{region} {'/'.join(map(str, dict.fromkeys(years)))}" for region, years in rule.years.items()),
    ),
    "time_barred": lambda rule: (
        spell(msg("Con la deuda prescrita no se puede: {list}."), list=words(rule.deny)),
        spell(msg("Sí se puede: {list}."), list=words(rule.allow)) if rule.allow else "",
    ),
    "moratorium": lambda rule: (
        spell(msg("Se detienen: {list}."), list=words(rule.stops)),
        spell(msg("Dura {n} días."), n=rule.days) if rule.days is not None else "",
    ),
    "capitalisation": lambda rule: (
        spell(msg("Los intereses vencidos se suman al capital {when}."), when=words(rule.allow))
        if rule.allow
        else spell(msg("Los intereses vencidos nunca se suman al capital.")),
    ),
    "bureau_reporting": lambda rule: (
        spell(msg("Antes de reportar se avisa con {n} días."), n=rule.notice_days) if rule.notice_days else "",
        spell(msg("Una deuda objetada no se reporta.")) if rule.undisputed else "",
    ),
}  # fmt: skip


def _kept(text: str, purposes: Sequence[object]) -> Sequence[str]:
    kept = spell(msg("Sigue permitido: {purposes}."), purposes=words(purposes))
    return spell(text), kept if purposes else ""


_SENTENCES_OF = {**_SENTENCES, **{k.KINDS[kind]: said for kind, said in _BY_KIND.items()}}


def _listed(parameters: Parameters) -> str:
    """The parameters that were given, by name; `days 30 · assumed days 5`."""
    given = parameters.model_dump(exclude_defaults=True)
    return " · ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in given.items() if name != "code")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return spell(msg("sí")) if value else spell(msg("no"))
    if isinstance(value, BaseModel):
        return _value(value.model_dump(exclude_defaults=True))
    if isinstance(value, Mapping):
        return ", ".join(f"{word(name)} {_value(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, date):
        return day(value)
    return number(value, 2) if isinstance(value, Decimal) else word(value)
