"""Which column is which field: by what this client chose before, by heading, by near heading, by content; and why.

A guess always says how it was made. Nobody's guess is final: a person may change every column.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz, process

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake.fields import FIELDS, FIELDS_OF, IGNORED, OWN, SKIP, Sort
from recobro.intake.profiles import ColumnProfile

NEAR = 88


class How(StrEnum):
    """How a column got its field."""

    MEMORY = "memory"
    HEADING = "heading"
    SIMILAR = "similar"
    CONTENT = "content"
    PERSON = "person"
    FORMAT = "format"
    NONE = "none"


_STRENGTH = {How.FORMAT: 6, How.PERSON: 5, How.MEMORY: 4, How.HEADING: 3, How.SIMILAR: 2, How.CONTENT: 1, How.NONE: 0}


@dataclass(frozen=True)
class Choice:
    """What one column is: a field's name, `own` (kept as the client's own field) or nothing; and how we know."""

    field: str
    how: How


class MappingRefused(Invalid):
    """The columns cannot be used as they were chosen."""

    code = "intake.mapping_refused"


def plain_heading(heading: str) -> str:
    """A heading without accents, signs and capitals: `N° Cliente` and `customerID` as `no cliente`, `customer id`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    folded = unicodedata.normalize("NFKD", re.sub(r"[°ºª]", "o ", spaced)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", "".join(c for c in folded if not unicodedata.combining(c))).strip()
    return re.sub(r"^n o?\s?(?:o\s)?(?=[a-z])", "no ", words) if re.match(r"n o?\b", words) else words


_NEEDED = frozenset({"due_on", "balance", "original", "principal"})
_BY_HEADING = {
    kind: {heading: field.name for field in fields.values() for heading in field.headings}
    for kind, fields in FIELDS_OF.items()
}


def guess(
    columns: Sequence[str],
    profiles: Sequence[ColumnProfile],
    memory: Mapping[str, str] | None = None,
    *,
    kind: str = "placement",
) -> list[Choice]:
    """A choice for each column. A field goes to the column with the strongest reason, the first of equals.

    `memory` is what this client's last file of this kind with these very headings used, by heading.
    """
    by_heading = _BY_HEADING[kind]
    found = [_one(name, profile, memory or {}, by_heading) for name, profile in zip(columns, profiles, strict=True)]
    taken: dict[str, int] = {}
    for index, choice in enumerate(found):
        if choice.field in (SKIP, OWN):
            continue
        holder = taken.get(choice.field)
        if holder is None:
            taken[choice.field] = index
        elif _STRENGTH[choice.how] > _STRENGTH[found[holder].how]:
            found[holder] = Choice(SKIP, How.NONE)
            taken[choice.field] = index
        else:
            found[index] = Choice(SKIP, How.NONE)
    return _by_content(found, profiles, set(taken), FIELDS_OF[kind])


def _one(name: str, profile: ColumnProfile, memory: Mapping[str, str], by_heading: Mapping[str, str]) -> Choice:
    if name in memory:
        return Choice(memory[name], How.MEMORY)
    heading = plain_heading(name)
    if heading in IGNORED or not profile.filled:
        return Choice(SKIP, How.NONE)
    known = by_heading.get(heading)
    # Where a debt cannot do without the field its own heading is believed: bad values are then refused row by row.
    if known and (known in _NEEDED or _plausible(known, profile)):
        return Choice(known, How.HEADING)
    if len(heading) >= 4 and not known:
        near = process.extractOne(heading, by_heading.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=NEAR)
        if near and _plausible(by_heading[near[0]], profile):
            return Choice(by_heading[near[0]], How.SIMILAR)
    return Choice(SKIP, How.NONE)


def _plausible(field: str, profile: ColumnProfile) -> bool:
    """Whether most of a column's values can be that field at all."""
    sort = FIELDS[field].sort
    if sort is Sort.AMOUNT:
        return profile.share("amount") >= 0.5
    if sort is Sort.DAY:
        return profile.share("day") >= 0.5
    if field == "country":
        return profile.share("country") >= 0.5
    if field == "currency":
        return profile.share("currency") >= 0.5
    return True


_CONTENT = {"email": "email", "tax_id": "tax_id", "currency": "currency"}


def _by_content(
    found: list[Choice], profiles: Sequence[ColumnProfile], taken: set[str], fields: Mapping[str, object]
) -> list[Choice]:
    for index, (choice, profile) in enumerate(zip(found, profiles, strict=True)):
        if choice.field or choice.how is not How.NONE:
            continue
        for looks, field in _CONTENT.items():
            if field in fields and field not in taken and profile.filled >= 3 and profile.share(looks) >= 0.8:
                found[index] = Choice(field, How.CONTENT)
                taken.add(field)
                break
    return found


def corrected(choices: Sequence[Choice], wanted: Mapping[int, str]) -> list[Choice]:
    """The choices with a person's changes (column index -> field); the same field for two columns is refused."""
    found = list(choices)
    for index, field in wanted.items():
        if field not in FIELDS and field not in (SKIP, OWN):
            raise MappingRefused(msg("«{field}» no es un campo."), field=field)
        if 0 <= index < len(found) and found[index].field != field:
            found[index] = replace(found[index], field=field, how=How.PERSON)
    check_unique(found)
    return found


def fixed(fields: Sequence[str]) -> list[Choice]:
    """The choices for a format whose columns are always the same."""
    return [Choice(field, How.FORMAT) for field in fields]


def check_unique(choices: Sequence[Choice]) -> None:
    """Refuse two columns with one field."""
    used = [choice.field for choice in choices if choice.field not in (SKIP, OWN)]
    for field in used:
        if used.count(field) > 1:
            raise MappingRefused(
                msg("Dos columnas tienen el campo «{field}». Deja una como «No importar»."), field=FIELDS[field].label
            )


def as_json(choices: Sequence[Choice]) -> list[dict[str, str]]:
    """As they are kept with a placement."""
    return [{name: str(value) for name, value in asdict(choice).items()} for choice in choices]


def from_json(kept: Sequence[Mapping[str, str]]) -> list[Choice]:
    """Back from what was kept."""
    return [Choice(one["field"], How(one["how"])) for one in kept]


def fingerprint(layout: Mapping[str, Any], choices: Sequence[Choice], **more: object) -> str:
    """SHA-256 of how a file is read: the same file read the same way is the same placement."""
    read = {"layout": dict(layout), "fields": [choice.field for choice in choices], **more}
    return hashlib.sha256(json.dumps(read, sort_keys=True, default=str).encode()).hexdigest()
