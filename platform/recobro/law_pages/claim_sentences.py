"""What rules about claims ask, in sentences made of their parameters: interest, terms, courts, notices."""

from collections.abc import Sequence

from kernel.money import Money
from kernel.text import msg
from legal.rules.packs import kinds as k
from legal.rules.packs.duty_kinds import BureauReporting, DisputeDuty
from legal.rules.packs.money_kinds import RateControl
from recobro.law_pages.phrases import Sayings, many
from recobro.law_pages.words import table_named, word, words
from recobro.web.jinja import money, number, pct
from recobro.web.translations import spell


def _allocation(rule: k.AllocationOrder) -> Sequence[str]:
    order = " → ".join(" + ".join(word(one) for one in group) for group in rule.order)
    return (spell(msg("Un pago cubre, en este orden: {order}."), order=order),)


def _interest(rule: k.LateInterest) -> Sequence[str]:
    said = (
        pct(rule.rate, 2)
        if rule.rate is not None
        else spell(msg("la tasa de la tabla «{table}»"), table=table_named(rule.rate_table or ""))
    )
    if rule.multiplier != 1:
        said = f"{said} × {number(rule.multiplier, 1)}"
    if rule.plus:
        said = spell(msg("{rate} más {points} puntos"), rate=said, points=number(rule.plus * 100, 2))
    above = msg("Con una tasa pactada mayor se pierden todos los intereses.")
    counted = msg("Una tasa pactada mayor se cuenta a esta.")
    ceiling = spell(above if rule.forfeits else counted) if rule.ceiling else ""
    return spell(msg("Mora al año: {rate}."), rate=said), ceiling


def _compensation(rule: k.FixedCompensation) -> Sequence[str]:
    if rule.amount_minor is not None:
        amount = money(Money(rule.amount_minor, rule.currency))
        return (spell(msg("El retraso suma una vez {amount}."), amount=amount),)
    if rule.share is not None:
        return (spell(msg("El retraso suma una vez {share} del capital."), share=pct(rule.share, 2)),)
    tiers = ", ".join(f"{number(tier.least)}+: {number(tier.amount)} {rule.currency}" for tier in rule.tiers)
    return (spell(msg("El retraso suma una vez, según el capital: {tiers}."), tiers=tiers),)


def _limitation(rule: k.Limitation) -> Sequence[str]:
    term = [many(rule.years, msg("un año"), msg("{n} años"))] if rule.years else []
    term += [many(rule.months, msg("un mes"), msg("{n} meses"))] if rule.months else []
    elsewhere = ", ".join(f"{word(region, 'elsewhere')} {years}" for region, years in rule.elsewhere.items())
    return (
        spell(msg("Prescribe en {term}: {titles}."), term=" ".join(term), titles=words(rule.titles)),
        spell(msg("Otros años por región: {list}."), list=elsewhere) if elsewhere else "",
    )


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
    term = " ".join(many(count, one, several) for count, one, several in terms if count is not None)
    if rule.days == 0:
        return who, spell(msg("De inmediato."))
    return who, spell(msg("Plazo: {term}."), term=term) if term else ""


_AGAINST = {
    "market": msg("la de operaciones similares en el mercado"),
    "ordinary": msg("la tasa ordinaria del contrato"),
    "legal": msg("el interés legal"),
}


def _rate_control(rule: RateControl) -> Sequence[str]:
    limit = table_named(rule.rate_table) if rule.rate_table else spell(_AGAINST[rule.against])
    if rule.times != 1:
        limit = f"{limit} × {number(rule.times, 2)}"
    if rule.plus:
        limit = spell(msg("{rate} más {points} puntos"), rate=limit, points=number(rule.plus * 100, 2))
    over = msg("Avisa de una tasa de mora por encima de: {limit}.")
    under = msg("Avisa de una tasa de mora por debajo de: {limit}.")
    counted = spell(msg("Por encima de ese tope se pierden todos los intereses.")) if rule.forfeits else ""
    return spell(over if rule.when == "over" else under, limit=limit), counted


_CEASES = {
    "never": msg("Una objeción no detiene el cobro."),
    "in_period": msg("Una objeción escrita y en plazo detiene el cobro hasta que se responde."),
    "always": msg("Una objeción detiene el cobro hasta que se responde."),
}


def _dispute(rule: DisputeDuty) -> Sequence[str]:
    return (
        spell(_CEASES[rule.cease]),
        spell(msg("La deuda se informa como objetada.")) if rule.report_as_disputed else "",
        spell(msg("A la que repite otra ya respondida basta un aviso breve.")) if rule.short_answer else "",
    )


def _reporting(rule: BureauReporting) -> Sequence[str]:
    return (
        spell(msg("Antes de reportar se avisa con {n} días."), n=rule.notice_days) if rule.notice_days else "",
        spell(msg("Se reporta dentro de los {n} meses de la mora."), n=rule.most_months) if rule.most_months else "",
        spell(msg("Haber hablado con el deudor vale como aviso.")) if rule.spoken else "",
        spell(msg("Un aviso que vuelve no cuenta.")) if rule.undelivered else "",
        spell(msg("El contrato o el requerimiento dice en qué buró.")) if rule.warned else "",
        spell(msg("Una deuda objetada no se reporta.")) if rule.undisputed else "",
    )


OF_CLAIMS: Sayings = {
    "allocation_order": _allocation,
    "late_interest": _interest,
    "judgment_interest": _interest,
    "fixed_compensation": _compensation,
    "limitation": _limitation,
    "court_route": _route,
    "negotiation_duty": _negotiation,
    "duty": _duty,
    "venue": lambda rule: (spell(msg("Se demanda: {places}."), places=words(rule.allow)),),
    "payment_term": lambda rule: (
        many(
            rule.days,
            msg("Se paga en un día si no se acordó otro plazo."),
            msg("Se paga en {n} días si no se acordó otro plazo."),
        ),
    ),
    "letter_of_claim": lambda rule: (
        spell(msg("Carta previa y {n} días completos antes de demandar."), n=rule.wait_days),
    ),
    "answer_deadline": lambda rule: (
        many(rule.days, msg("Se responde en un día."), msg("Se responde en {n} días.")) if rule.days else "",
        many(rule.months, msg("Se responde en un mes."), msg("Se responde en {n} meses.")) if rule.months else "",
        many(rule.business_days, msg("Se responde en un día hábil."), msg("Se responde en {n} días hábiles."))
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
        spell(msg("Mientras no se sepa si prescribió, tampoco: {list}."), list=words(rule.unknown))
        if rule.unknown
        else "",
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
    "bureau_reporting": _reporting,
    "dispute_duty": _dispute,
    "rate_control": _rate_control,
}  # fmt: skip
