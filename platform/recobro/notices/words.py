"""A kept decision in the reader's words: its rules' sentences, their inputs, where each rule comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.text import msg
from legal.rules.decision import WORDS
from recobro.web.jinja import day, moment
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


def shown(value: object) -> str:
    """A stored value as it is read: words of the trade translated, instants in the reader's zone, lists joined."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "—"
    if value is None:
        return "—"
    if isinstance(value, bool):
        return spell(msg("sí")) if value else spell(msg("no"))
    text = str(value)
    if text in WORDS:
        return spell(WORDS[text])
    if text.endswith("Z") and len(text) >= 20:
        return _moment(text)
    return text


def _moment(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    return f"{day(instant, 'full')}, {moment(instant).split()[-1]}"


def rule_lines(record: Mapping[str, Any]) -> list[RuleLine]:
    """The rules of a kept decision, strictest first."""
    return [_line(rule) for rule in record["rules"]]


def _line(rule: Mapping[str, Any]) -> RuleLine:
    word, tone = RESULTS[rule["result"]]
    inputs = {name: shown(value) for name, value in rule["inputs"].items()}
    return RuleLine(
        title=spell(rule["title"]),
        sentence=spell(rule["sentence"], **inputs) if inputs else spell(rule["sentence"]),
        result=spell(word),
        tone=tone,
        basis=spell(BASES[rule["basis"]]),
        citation=rule["citation"],
        source_url=rule["source_url"],
        note=rule["note"],
        inputs=sorted(inputs.items()),
        until=shown(rule["until"]) if rule["until"] else "",
        confidence=rule["confidence"],
        rule=rule["rule"],
    )
