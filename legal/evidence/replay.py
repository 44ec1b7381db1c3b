"""A kept decision made again: the same facts, action and instant, with exactly the law of that day."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select

from kernel.problems import Invalid, NotFound
from kernel.text import msg
from legal.evidence.texts import TextsMissing, pack_from
from legal.records.tables import DecisionRecord
from legal.rules.contact.deciding import decide
from legal.rules.decision import Decision, canonical, plain
from legal.rules.facts import Contact, ContactFacts
from tenants.work import Work

_FACTS: TypeAdapter[ContactFacts] = TypeAdapter(ContactFacts)
_ACTION: TypeAdapter[Contact] = TypeAdapter(Contact)


class Standing(StrEnum):
    """What came of a replay.

    `missing`: a text of that day was not kept. `unreadable`: this program no longer understands the kept facts.
    """

    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Difference:
    """What a rule said then and says now, as `result`, `code`, `until`; empty where it was not asked.

    `rule` is empty for the answer as a whole.
    """

    rule: str
    then: str
    now: str


@dataclass(frozen=True)
class Replay:
    """The answer made again beside the one that was kept. `whole`: the kept one is as it was written."""

    standing: Standing
    whole: bool
    verdict: str = ""
    until: str = ""
    rules: int = 0
    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()


def kept_decision(work: Work, decision_id: UUID) -> DecisionRecord:
    """One decision of the gate; missing and foreign are the same."""
    found = work.session.scalar(
        select(DecisionRecord).where(DecisionRecord.agency_id == work.agency_id, DecisionRecord.id == decision_id)
    )
    if found is None:
        raise NotFound(msg("Esa decisión no existe o no es tuya."))
    return found


def is_whole(kept: DecisionRecord) -> bool:
    """Whether a decision is as it was written: its content gives its hash, and its columns say the same."""
    record = kept.record
    content = {name: value for name, value in record.items() if name != "hash"}
    if not hashlib.sha256(canonical(content)).hexdigest() == kept.hash == record.get("hash"):
        return False
    action, pack = record["action"], record["pack"]
    said = {
        "verdict": record["verdict"], "until": record["until"], "at": record["at"], "pack_id": pack["id"],
        "pack_version": pack["version"], "pack_digest": pack["digest"], "channel": action["channel"],
        "purpose": action["purpose"], "failed": [r["rule"] for r in record["rules"] if r["result"] == "failed"],
    }  # fmt: skip
    return all(plain(getattr(kept, name)) == value for name, value in said.items())


def replay(work: Work, decision_id: UUID) -> Replay:
    """Decide again as it was decided. Nothing is kept or counted."""
    kept = kept_decision(work, decision_id)
    whole = is_whole(kept)
    try:
        again = decide_again(work, kept.record)
    except TextsMissing as problem:
        return Replay(Standing.MISSING, whole, missing=problem.names)
    except (ValidationError, Invalid, KeyError):
        return Replay(Standing.UNREADABLE, whole)
    found = plain(again.record())
    assert isinstance(found, dict)
    differences = tuple(_differences(kept.record, found))
    return Replay(
        Standing.DIFFERS if differences else Standing.SAME,
        whole,
        verdict=found["verdict"],
        until=found["until"] or "",
        rules=len(found["rules"]),
        differences=differences,
    )


def decide_again(work: Work, record: Mapping[str, Any]) -> Decision:
    """The decision that a kept record's facts, action and instant give with the texts it names."""
    kept = record["pack"]
    parts = [(str(name), str(digest)) for name, digest in kept.get("parts", ())]
    if not parts and kept["digest"] != pack_from(work, ()).digest:
        raise TextsMissing([kept["id"]])
    facts, action = _FACTS.validate_python(record["facts"]), _ACTION.validate_python(record["action"])
    if not (_holds(plain(facts), record["facts"]) and _holds(plain(action), record["action"])):
        raise Invalid(msg("Este programa ya no entiende todos los datos con los que se decidió."))
    return decide(facts, action, datetime.fromisoformat(record["at"]), pack=pack_from(work, parts))


def _holds(read: object, kept: object) -> bool:
    """Whether all that was kept was read; names that are new since then have the value that means nothing new."""
    if isinstance(read, dict) and isinstance(kept, dict):
        return all(name in read and _holds(read[name], value) for name, value in kept.items())
    if isinstance(read, list) and isinstance(kept, list):
        return len(read) == len(kept) and all(map(_holds, read, kept))
    return read == kept


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """What is not as it was; the sentences may have been written better since."""
    if (then["verdict"], then["until"]) != (now["verdict"], now["until"]):
        yield Difference("", _answer(then["verdict"], then["until"]), _answer(now["verdict"], now["until"]))
    if then["pack"] != now["pack"]:
        yield Difference("pack", str(then["pack"]["digest"]), str(now["pack"]["digest"]))
    before, after = _by_rule(then), _by_rule(now)
    for rule in dict.fromkeys((*before, *after)):
        if before.get(rule) != after.get(rule):
            yield Difference(rule, before.get(rule, ""), after.get(rule, ""))


def _by_rule(record: Mapping[str, Any]) -> dict[str, str]:
    return {rule["rule"]: _answer(rule["result"], rule["code"], rule["until"]) for rule in record["rules"]}


def _answer(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
