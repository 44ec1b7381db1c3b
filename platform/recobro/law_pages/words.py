"""A rule's parameters in words."""

from collections.abc import Mapping, Sequence

from kernel.money import Money
from kernel.text import msg
from legal.rules.facts import WEEKDAYS
from legal.rules.kinds import (
    AllocationOrder,
    BannedWords,
    ChannelCap,
    ContactCap,
    ContactHours,
    FixedCompensation,
    LateInterest,
    RequiredWords,
    Windows,
)
from legal.rules.packs import Bound
from recobro.web.jinja import money, pct
from recobro.web.translations import spell

KINDS: Mapping[str, str] = {
    "contact_hours": msg("Horario"),
    "holidays": msg("Festivos"),
    "contact_cap": msg("Límite de contactos"),
    "channel_cap": msg("Límite de canales"),
    "authorised_channel": msg("Canales autorizados"),
    "contact_source": msg("Origen del dato"),
    "contact_quality": msg("Calidad del dato"),
    "restricted_channel": msg("Canal restringido"),
    "caller_id": msg("Número que llama"),
    "opt_out": msg("Bajas"),
    "flag": msg("Marcas del caso"),
    "target": msg("Con quién se habla"),
    "proof_of_debt": msg("Prueba del adeudo"),
    "required_words": msg("Lo que un aviso dice"),
    "banned_words": msg("Lo que un aviso no dice"),
    "allocation_order": msg("Orden de aplicación de pagos"),
    "late_interest": msg("Intereses de mora"),
    "fixed_compensation": msg("Compensación"),
    "limitation": msg("Prescripción"),
    "no_pack": msg("Lugar sin reglas"),
}
_DAYS = dict(
    zip(WEEKDAYS, (msg("lun"), msg("mar"), msg("mié"), msg("jue"), msg("vie"), msg("sáb"), msg("dom")), strict=True)
)
_PERIODS = {
    "day": msg("por día"),
    "iso_week": msg("por semana, de lunes a domingo"),
    "rolling_7_days": msg("en siete días"),
}
_COMPONENTS = {
    "principal": msg("capital"),
    "contractual_interest": msg("interés ordinario"),
    "default_interest": msg("interés de mora"),
    "tax": msg("impuesto"),
    "cost": msg("gastos"),
    "fee": msg("cargos"),
}

_CHOICES = {
    "warn": msg("avisar"),
    "deny": msg("impedir"),
    "every_attempt": msg("todo intento"),
    "two_way": msg("solo si contesta"),
    "iso_week": msg("de lunes a domingo"),
    "rolling_7_days": msg("siete días corridos"),
    "apply": msg("aplicarla"),
    "exempt": msg("no aplicarla"),
}
_ELEMENTS = {
    "agency": msg("quién escribe"),
    "collector": msg("quién gestiona"),
    "agency_address": msg("domicilio del despacho"),
    "agency_phone": msg("teléfono del despacho"),
    "responsible": msg("responsable del despacho"),
    "creditor": msg("acreedor"),
    "debt_ref": msg("documento"),
    "amount": msg("importe"),
    "calculated_on": msg("fecha de cálculo"),
    "settle_conditions": msg("condiciones para liquidar"),
    "complaints_unit": msg("unidad de quejas"),
    "pay_only_to_creditor": msg("pagos solo al acreedor"),
    "payment_way": msg("cómo pagar"),
    "objection": msg("cómo inconformarse"),
    "stop_channel": msg("cómo dejar de recibir mensajes"),
    "threat": msg("amenazas"),
    "court_look_alike": msg("apariencia de escrito judicial"),
    "debt_word": msg("palabras de deuda"),
    "claim_word": msg("palabras de cuenta o factura"),
    "money": msg("importes"),
    "asks_reason": msg("preguntar por qué no pagó"),
}


def choice_in_words(choice: str) -> str:
    """A setting's choice; one without words is shown as it is."""
    return spell(_CHOICES[choice]) if choice in _CHOICES else choice


def parameters_in_words(bound: Bound) -> str:
    """What a rule asks, from its parameters; empty where its title says all."""
    match bound.parameters:
        case ContactHours(windows=windows):
            return _hours(windows)
        case ContactCap(max=most, per=per) | ChannelCap(max=most, per=per):
            return spell(msg("Hasta {most} {period}"), most=most, period=spell(_PERIODS[per.value]))
        case RequiredWords(elements=elements) | BannedWords(phrases=elements):
            return ", ".join(spell(_ELEMENTS[one]) if one in _ELEMENTS else one for one in elements)
        case AllocationOrder(order=order):
            return " → ".join(" + ".join(spell(_COMPONENTS[one.value]) for one in group) for group in order)
        case LateInterest(rate=rate, rate_table=table, multiplier=multiplier):
            base = pct(rate, 2) if rate is not None else str(table)
            return base if multiplier == 1 else f"{base} × {multiplier}"
        case FixedCompensation(amount_minor=amount, currency=currency):
            return money(Money(amount, currency))
        case _:
            return ""


def _hours(windows: Windows) -> str:
    """Weekly windows, equal neighbours joined: `lun–vie 07:00–19:00 · sáb 08:00–15:00`."""
    runs: list[tuple[str, str, str]] = []
    for day, spans in zip(WEEKDAYS, windows, strict=True):
        text = _spans(spans)
        if not text:
            continue
        name = spell(_DAYS[day])
        if runs and runs[-1][2] == text and _follows(runs[-1][1], name):
            runs[-1] = (runs[-1][0], name, text)
        else:
            runs.append((name, name, text))
    return " · ".join(f"{one if one == other else f'{one}–{other}'} {text}" for one, other, text in runs)


def _follows(one: str, other: str) -> bool:
    names = [spell(name) for name in _DAYS.values()]
    return names.index(other) == names.index(one) + 1


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d}" for start, end in spans)
