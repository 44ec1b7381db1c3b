"""A kept decision in the reader's words: its rules' sentences, their inputs, where each rule comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

from kernel.text import msg
from legal.rules.decision import PACKS_WORDS, WORDS
from legal.rules.elements import ELEMENTS
from recobro.web.events import readable
from recobro.web.jinja import day, locale, moment
from recobro.web.translations import spell

VERDICTS: Mapping[str, str] = {
    "allow": msg("Se permite"),
    "wait": msg("Hay que esperar"),
    "deny": msg("No se permite"),
}
RESULTS: Mapping[str, tuple[str, str]] = {
    "failed": (msg("Lo impide"), "neg"),
    "warned": (msg("Con cuidado"), "warn"),
    "passed": (msg("Se cumple"), "ok"),
    "not_applicable": (msg("No aplica"), ""),
}
BASES: Mapping[str, str] = {
    "law": msg("Ley"),
    "regulator": msg("Autoridad"),
    "policy": msg("Política"),
}
CHANNELS: Mapping[str, str] = {
    "email": msg("Correo"),
    "sms": msg("SMS"),
    "whatsapp": msg("WhatsApp"),
    "phone": msg("Llamada"),
    "letter": msg("Carta"),
    "certified_letter": msg("Carta certificada"),
    "visit": msg("Visita"),
}
PURPOSES: Mapping[str, str] = {
    "collect": msg("Cobrar"),
    "answer": msg("Responder lo que pidió"),
    "receipt": msg("Confirmar una operación"),
    "legal_notice": msg("Aviso que ordena la ley"),
    "locate": msg("Localizar al deudor"),
}

CONFIDENCE: Mapping[str, tuple[str, str]] = {
    "V1": (msg("Leída en una copia del texto oficial"), "ok"),
    "V": (msg("Vista: texto, cita o varias fuentes"), "ok"),
    "V2": (msg("Leída en una fuente que la cita"), "ok"),
    "P": (msg("Comprobada en parte, en un resumen"), "ok"),
    "GK": (msg("Sin comprobar: conocimiento general"), "warn"),
    "G": (msg("Sin comprobar: conocimiento general"), "warn"),
    "REC": (msg("Sin comprobar: recordada, no leída"), "warn"),
    "3P": (msg("Sin comprobar: la dice un tercero con interés"), "warn"),
    "U": (msg("Incierta o contradictoria"), "warn"),
    "policy": (msg("Deseo de la casa"), ""),
}


# What a rule read, by the name it has in the kept record.
INPUTS: Mapping[str, str] = {
    "authorised": msg("autorizados"),
    "by": msg("por"),
    "channel": msg("canal"),
    "claim": msg("deuda"),
    "count": msg("van"),
    "counts": msg("qué cuenta"),
    "country": msg("país"),
    "creditor_type": msg("acreedor"),
    "date": msg("día"),
    "day": msg("día"),
    "debt_proof": msg("prueba del adeudo"),
    "debtor": msg("deudor"),
    "fact": msg("dato"),
    "flag": msg("marca"),
    "max": msg("máximo"),
    "moment": msg("en qué contacto"),
    "registers": msg("registros"),
    "receiver": msg("a quién se paga"),
    "allowed": msg("a quién se puede pagar"),
    "days": msg("días"),
    "last": msg("último contacto"),
    "number": msg("número"),
    "opens": msg("abre"),
    "period": msg("periodo"),
    "product": msg("producto"),
    "purpose": msg("motivo"),
    "quality": msg("calidad"),
    "raised": msg("abierta"),
    "reason": msg("razón"),
    "region": msg("región"),
    "since": msg("desde"),
    "source": msg("origen"),
    "target": msg("persona"),
    "time": msg("hora"),
    "used": msg("usados"),
    "value": msg("valor"),
    "window": msg("horario"),
    "withheld": msg("oculto"),
    "zone": msg("zona"),
    "at_least": msg("avisa desde"),
    "conversation": msg("conversación"),
    "direct": msg("directo"),
    "element": msg("elemento"),
    "elements": msg("lo que se dice"),
    "ends": msg("termina"),
    "holiday": msg("festivo"),
    "regions": msg("regiones"),
    "said": msg("se dijo"),
    "sign": msg("señal"),
    "written": msg("por escrito"),
    # Facts that a rule may lack.
    "authorised_channels": msg("canales autorizados"),
    "caller_id_withheld": msg("si se oculta el número que llama"),
    "caller_number": msg("número que llama"),
    "collector": msg("quién cobra"),
    "contact_point": msg("dato de contacto"),
    "contact_point.source": msg("origen del dato de contacto"),
    "debts_dated": msg("fecha de la deuda"),
    "guaranteed_by_person": msg("garantía de una persona"),
    "registrations": msg("registros de la agencia"),
    "total_with_creditor": msg("total con el acreedor"),
}
_VALUES: Mapping[str, str] = {
    "every_attempt": msg("todo intento"),
    "two_way": msg("solo si contesta"),
    "iso_week": msg("semana"),
    "rolling_7_days": msg("siete días"),
    "verified": msg("verificado"),
    "unverified": msg("sin verificar"),
    "bad": msg("no sirve"),
    "wrong_person": msg("de otra persona"),
    "hold": msg("pausa"),
    "dispute": msg("aclaración"),
    "complaint": msg("queja"),
    "hardship": msg("dificultad"),
    "breathing_space": msg("tregua legal"),
    "pleads_barred": msg("alega prescripción"),
    "represented": msg("con abogado"),
    "deceased": msg("fallecido"),
    "insolvent": msg("insolvencia"),
    "identity_theft": msg("suplantación"),
    "any": msg("todos"),
    "first": msg("el primero"),
    "later": msg("los siguientes"),
    "collect": msg("cobrar"),
    "answer": msg("responder"),
    "receipt": msg("confirmar"),
    "legal_notice": msg("aviso legal"),
    "locate": msg("localizar"),
    "person": msg("persona"),
    "firm": msg("empresa"),
    "consumer": msg("de consumo"),
    "civil": msg("civil"),
    "closing": msg("avisar que ya no se contactará"),
    "remedy": msg("avisar de una vía legal"),
    "verification": msg("responder a una objeción"),
    "confirm_stop": msg("confirmar la baja"),
    "ask_consent": msg("pedir consentimiento"),
    "rapid": msg("llamadas muy seguidas"),
    "same_day": msg("muchas llamadas en un día"),
    "rest_days": msg("llamadas en días de descanso"),
    "all_debts": msg("llamadas por todas las deudas"),
    "after_statement": msg("llamadas después de lo que dijo"),
    "refuses_to_pay": msg("no pagará"),
    "does_not_owe": msg("no debe"),
    "no_calls": msg("no quiere llamadas"),
    "mobile": msg("móvil"),
    "landline": msg("fijo"),
    "microcredit": msg("microcrédito"),
    "development": msg("fomento"),
    "agricultural": msg("agropecuario o rural"),
    "consumer_loan": msg("préstamo de consumo"),
}
# The same word means something else of a creditor or of a claim.
_OF_FACT: Mapping[tuple[str, str], str] = {
    ("creditor_type", "financial"): msg("entidad financiera"),
    ("creditor_type", "commercial"): msg("entidad comercial"),
    ("creditor_type", "other"): msg("otro acreedor"),
    ("claim", "commercial"): msg("mercantil"),
    ("period", "day"): msg("día"),
}


@dataclass(frozen=True)
class RuleLine:
    """One rule of a decision as a page shows it."""

    title: str
    sentence: str
    result: str
    tone: str
    basis: str
    citation: str
    source_url: str
    note: str
    inputs: list[tuple[str, str]]
    until: str
    confidence: str
    rule: str


def shown(value: object, fact: str = "", zone: ZoneInfo | None = None) -> str:
    """A stored value as it is read: words of the trade translated, lists joined, instants by the clock of `zone` or the
    reader's."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(item, fact, zone) for item in value) or "—"
    if value is None:
        return "—"
    if isinstance(value, bool):
        return spell(msg("sí")) if value else spell(msg("no"))
    text = str(value)
    if fact == "zone":
        return place_of_clock(text)
    if fact in ("element", "elements") and text in ELEMENTS:
        return spell(ELEMENTS[text])
    word = _OF_FACT.get((fact, text)) or WORDS.get(text) or _VALUES.get(text) or (text if fact in PACKS_WORDS else "")
    if word:
        return spell(word)
    if text.endswith("Z") and len(text) >= 20:
        return _moment(text, zone)
    return str(readable(text))


def place_of_clock(zone: str) -> str:
    """The place whose clock a zone is, as the reader calls it: `Ciudad de México`."""
    try:
        return get_timezone_location(zone, locale(), return_city=True).rsplit("/")[-1]
    except LookupError:
        return zone


def _moment(text: str, zone: ZoneInfo | None = None) -> str:
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if zone is not None:
        return moment(instant, zone)
    return f"{day(instant, 'full')}, {moment(instant).split()[-1]}"


def rule_lines(record: Mapping[str, Any], *, zone: ZoneInfo | None = None) -> list[RuleLine]:
    """The rules of a decision, strictest first. With the debtor's zone all instants are by that clock, and a rule that
    asks to wait says when the whole contact may be made: what one rule opens, another may still close."""
    return [_line(rule, record, zone) for rule in record["rules"]]


def _line(rule: Mapping[str, Any], record: Mapping[str, Any], zone: ZoneInfo | None) -> RuleLine:
    word, tone = RESULTS[rule["result"]]
    inputs = inputs_in_words(rule["inputs"], zone)
    until = record["until"] if zone is not None and rule["until"] else rule["until"]
    return RuleLine(
        title=spell(rule["title"]),
        sentence=spell(rule["sentence"], **inputs) if inputs else spell(rule["sentence"]),
        result=spell(word),
        tone=tone,
        basis=spell(BASES[rule["basis"]]),
        citation=spell(rule["citation"]),
        source_url=rule["source_url"],
        note=spell(rule["note"]) if rule["note"] else "",
        inputs=[(spell(INPUTS.get(name, name)), value) for name, value in sorted(inputs.items())],
        until=shown(until, zone=zone) if until else "",
        confidence="" if rule["confidence"] == "policy" else spell(CONFIDENCE[rule["confidence"]][0]),
        rule=rule["rule"],
    )


def inputs_in_words(kept: Mapping[str, Any], zone: ZoneInfo | None = None) -> dict[str, str]:
    """A rule's inputs in words; a fact named by another input lends its meaning to the value."""
    fact = str(kept.get("fact", ""))
    # Which code a policy that was set aside had given is for programs.
    found = {
        name: shown(value, fact if name == "value" else name, zone) for name, value in kept.items() if name != "broken"
    }
    if fact:
        found["fact"] = spell(INPUTS.get(fact, fact))
    return found
