"""What a rule answered and what follows from all answers: values that can be kept, shown and hashed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache

from kernel.text import msg
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Contact, ContactFacts
from legal.rules.packs.schema import Rule

DUE = "disclosures_due"
"""The code of a rule that says what a contact must state."""


class Verdict(StrEnum):
    """May the contact be made: now, later, or not as things stand."""

    ALLOW = "allow"
    WAIT = "wait"
    DENY = "deny"


class Result(StrEnum):
    """What one rule said."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule's answer: a stable `code`, a Spanish sentence with `{named}` fields, and the inputs that fill it.

    `until` (UTC) is when a failed rule may be asked again; None on a failed rule: time alone mends nothing.
    """

    rule: Rule
    result: Result
    code: str
    sentence: str
    inputs: Mapping[str, object]
    until: datetime | None = None

    @property
    def content(self) -> dict[str, object]:
        """All of it by name, with what the rule says of itself and its source."""
        return {
            **_source(self.rule),
            "result": self.result,
            "code": self.code,
            "sentence": self.sentence,
            "inputs": self.inputs,
            "until": self.until,
        }


@lru_cache(maxsize=4096)
def _source(rule: Rule) -> Mapping[str, object]:
    return {
        "rule": rule.id,
        "kind": rule.kind,
        "title": rule.title,
        "basis": rule.basis,
        "confidence": rule.confidence,
        "citation": rule.citation,
        "source_url": rule.source_url,
        "note": rule.note,
    }


@dataclass(frozen=True)
class Decision:
    """The answer on one proposed contact: verdict, `until` (UTC, when waiting) and every rule, strictest first."""

    verdict: Verdict
    at: datetime
    until: datetime | None
    outcomes: tuple[Outcome, ...]
    pack_id: str
    pack_version: str
    pack_digest: str
    facts: ContactFacts
    action: Contact
    pack_parts: tuple[tuple[str, str], ...] = ()
    """The texts it was made with: each one's name and SHA-256, for making it again (`legal.evidence.replay`)."""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The rules that stand in the way, strictest first."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is Result.FAILED)

    @property
    def warned(self) -> tuple[Outcome, ...]:
        """The rules that let it pass with a word of caution, overridden policies among them."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is Result.WARNED)

    @property
    def disclosures(self) -> tuple[str, ...]:
        """What this contact must say, by element, law first and each once; one that may not be made says nothing."""
        if self.verdict is Verdict.DENY:
            return ()
        due = [outcome.inputs["elements"] for outcome in self.outcomes if outcome.code == DUE]
        return tuple(dict.fromkeys(element for elements in due if isinstance(elements, tuple) for element in elements))

    @property
    def overridable(self) -> bool:
        """Whether a supervisor could let this contact pass: only house policies stand in the way."""
        return bool(self.failed) and all(outcome.rule.overridable for outcome in self.failed)

    @cached_property
    def hash(self) -> str:
        """SHA-256 in hexadecimal over the canonical JSON of the record: facts, action, instant, pack, every answer."""
        return hashlib.sha256(canonical(self._content())).hexdigest()

    def _content(self) -> dict[str, object]:
        return {
            "at": self.at,
            "facts": self.facts,
            "action": self.action,
            "pack": {
                "id": self.pack_id,
                "version": self.pack_version,
                "digest": self.pack_digest,
                "parts": self.pack_parts,
            },
            "verdict": self.verdict,
            "until": self.until,
            "rules": [outcome.content for outcome in self.outcomes],
        }

    def record(self) -> dict[str, object]:
        """The whole decision as plain JSON values, with its hash: what is stored as evidence."""
        record = plain(self._content())
        assert isinstance(record, dict)
        return {**record, "hash": self.hash}


def plain(value: object) -> object:
    """A value as JSON knows it: instants in UTC, days and hours in ISO 8601, decimals as text, sets sorted."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in a decision.")


def canonical(value: object) -> bytes:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, default=plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


WORDS: Mapping[str, str] = {
    "email": msg("correo electrónico"),
    "sms": msg("SMS"),
    "whatsapp": msg("WhatsApp"),
    "phone": msg("llamada"),
    "letter": msg("carta"),
    "certified_letter": msg("carta certificada"),
    "visit": msg("visita"),
    "social": msg("mensaje en una red social"),
    "debtor": msg("el deudor"),
    "representative": msg("quien representa al deudor"),
    "lawyer": msg("el abogado del deudor"),
    "guarantor": msg("aval o fiador"),
    "co_debtor": msg("deudor solidario"),
    "estate": msg("la sucesión"),
    "spouse": msg("el cónyuge"),
    "parent": msg("padre o madre"),
    "guardian": msg("el tutor"),
    "successor": msg("quien sucede al deudor"),
    "reference": msg("referencia personal"),
    "beneficiary": msg("beneficiario"),
    "family": msg("familiar"),
    "employer": msg("patrón o empleador"),
    "coworker": msg("compañero de trabajo"),
    "neighbour": msg("vecino"),
    "minor": msg("menor de edad"),
    "older_adult": msg("adulto mayor"),
    "other": msg("otra persona"),
    "creditor": msg("el acreedor"),
    "third_party": msg("un tercero"),
    "public_record": msg("registro público"),
    "skip_trace": msg("búsqueda de la agencia"),
    "agency": msg("la agencia"),
    "counsel": msg("el abogado de la agencia"),
    "redeco": msg("REDECO"),
    "fca_debt_collecting": msg("permiso de la FCA"),
    "us_tx_bond": msg("fianza de Texas"),
    "mon": msg("lunes"),
    "tue": msg("martes"),
    "wed": msg("miércoles"),
    "thu": msg("jueves"),
    "fri": msg("viernes"),
    "sat": msg("sábado"),
    "sun": msg("domingo"),
}


PACKS_WORDS = ("holiday", "source")
"""The inputs that say something in a pack's own words."""


def sentence(outcome: Outcome, translate: Callable[[str], str] = str) -> str:
    """The outcome in words: the sentence and the words of its fields are translated, other values are as they are."""

    def word(value: object, name: str) -> str:
        if isinstance(value, tuple | list):
            return ", ".join(word(item, name) for item in value)
        words = ELEMENTS if name in ("element", "elements") else WORDS
        if isinstance(value, str) and (value in words or name in PACKS_WORDS):
            return translate(words.get(value, value))
        return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)

    told = {name: word(value, name) for name, value in outcome.inputs.items()}
    return translate(outcome.sentence).format(**told)
