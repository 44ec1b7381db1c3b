"""Which column is which field: by what this client chose before (of these headings, or of one among others), by
heading, by near heading, by content; and why.

A guess always says how it was made. Nobody's guess is final: a person may change every column.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from rapidfuzz import fuzz, process

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake.columns.fields import ASK, FIELDS, FIELDS_OF, IGNORED, OWN, SKIP, VAGUE, Sort
from recobro.intake.columns.normalise import INSTALMENT
from recobro.intake.columns.profiles import SAMPLES, ColumnProfile
from recobro.intake.sheet import TITLES

NEAR = 88


class How(StrEnum):
    """How a column got its field."""

    MEMORY = "memory"
    ALIKE = "alike"
    HEADING = "heading"
    SIMILAR = "similar"
    LOWER = "lower"
    TITLE = "title"
    TIE = "tie"
    CONTENT = "content"
    PERSON = "person"
    FORMAT = "format"
    NONE = "none"


_STRENGTH = {
    How.FORMAT: 8, How.PERSON: 7, How.MEMORY: 6, How.ALIKE: 5, How.HEADING: 4, How.LOWER: 3, How.SIMILAR: 2,
    How.TITLE: 2, How.CONTENT: 1, How.TIE: 1, How.NONE: 0,
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What one column is: a field's name, `own` (kept as the client's own field), nothing, or `ask` (a person has to
    say); how we know; and which field it may be as well as another column."""

    field: str
    how: How
    maybe: str = ""


class MappingRefused(Invalid):
    """The columns cannot be used as they were chosen."""

    code = "intake.mapping_refused"


_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.)+[A-Za-z]\b\.?")


def plain_heading(heading: str) -> str:
    """A heading without accents, signs and capitals: `N° Cliente` and `customerID` as `no cliente`, `customer id`,
    `POCity` as `po city`, `R.F.C.` as `rfc`."""
    joined = _ABBREVIATION.sub(lambda found: f"{found.group().replace('.', '')} ", heading)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", joined)
    folded = unicodedata.normalize("NFKD", re.sub(r"[°ºª]", "o ", spaced)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", "".join(c for c in folded if not unicodedata.combining(c))).strip()
    return re.sub(r"^n o?\s?(?:o\s)?(?=[a-z])", "no ", words) if re.match(r"n o?\b", words) else words


# Fields whose own heading is believed, whatever the column holds: what is no day, amount or currency is refused row by
# row, and never taken for something else in silence.
_BELIEVED = frozenset({"due_on", "balance", "original", "principal", "currency"})
_SHORT = {
    "fra": "factura", "fact": "factura", "fac": "factura", "cte": "cliente", "clte": "cliente", "cli": "cliente",
    "tlf": "telefono", "telf": "telefono", "tfno": "telefono", "tel": "telefono", "cel": "celular", "mov": "movil",
    "imp": "importe", "fec": "fecha", "fch": "fecha", "cod": "codigo", "ref": "referencia", "dir": "direccion",
    "venc": "vencimiento", "vto": "vencimiento", "vcto": "vencimiento", "doc": "documento", "ident": "identificacion",
}  # fmt: skip


def _in_full(plain: str) -> str:
    """A plain heading with its words in full, and a number called `no` however it is written: `num fra`, `numero de
    factura` as `no factura`."""
    words = [_SHORT.get(word, word) for word in plain.split(" ")]
    if words[0] == "f" and len(words) > 1:
        words[0] = "fecha"
    return re.sub(r"^(?:no|n|num|nro|numero|nr)(?: de(?: la| el)?| del)? (?=[a-z])", "no ", " ".join(words))


def _meanings(kind: str) -> dict[str, str]:
    told = {heading: field.name for field in FIELDS_OF[kind].values() for heading in field.headings}
    full: dict[str, set[str]] = {}
    for heading, name in told.items():
        full.setdefault(_in_full(heading), set()).add(name)
    return {**{heading: min(names) for heading, names in full.items() if len(names) == 1}, **told}


_BY_HEADING = {kind: _meanings(kind) for kind in FIELDS_OF}


# Who owes, what, how much and when: where two columns may be one of these alike, a person says which.
_ASKED = frozenset({
    "reference", "customer_ref", "debtor_name", "tax_id", "due_on", "currency", "balance", "original", "principal",
    "amount", "credited", "charged", "paid_on", "contact_value", "channel", "consent", "consented_on", "case_number",
})  # fmt: skip
# Where a second column like it may go.
_SECOND = {"phone": "phone_2", "email": "email_2", "status": "status_2"}
_CODE = re.compile(r"[^\s]*[0-9][^\s]*")


def guess(
    columns: Sequence[str],
    profiles: Sequence[ColumnProfile],
    memory: Mapping[str, str] | None = None,
    *,
    kind: str = "placement",
    lower: Sequence[str] = (),
    alike: Mapping[str, str] | None = None,
) -> list[Choice]:
    """A choice for each column. A field goes to the column with the strongest reason; between equals what the columns
    hold decides, marked as a guess, or a person is asked.

    `memory` is what this client's last file of this kind with these very headings used, by heading; `alike` what its
    files with others among them used, by plain heading; `lower` are the second lines of headings on two lines.
    """
    by_heading = _BY_HEADING[kind]
    by_heading = {**by_heading, **_by_company(columns, profiles, by_heading)}
    below = lower or [""] * len(columns)
    times = Counter(map(plain_heading, columns))
    known = {name: field for name, field in (alike or {}).items() if times[name] == 1}
    found = [
        Choice(known[plain_heading(name)], How.ALIKE)
        if name not in (memory or {}) and plain_heading(name) in known
        else _one(name, profile, memory or {}, by_heading, under)
        for name, profile, under in zip(columns, profiles, below, strict=True)
    ]
    for index, name in enumerate(columns):
        if found[index].how in (How.NONE, How.HEADING) and plain_heading(name) in VAGUE:
            found[index] = _vaguely(name, profiles[index], found, FIELDS_OF[kind]) or found[index]
    if all(choice.field != "reference" for choice in found):
        # Parts of nothing.
        found = [Choice(SKIP, How.NONE) if one == _PART else one for one in found]
    wanted: dict[str, list[int]] = {}
    for index, choice in enumerate(found):
        if choice.field not in (SKIP, OWN):
            wanted.setdefault(choice.field, []).append(index)
    # What was owed once matters little where a column says what is owed now.
    asked = _ASKED - ({"original"} if "balance" in wanted else set())
    for field, rivals in wanted.items():
        best = max(_STRENGTH[found[index].how] for index in rivals)
        equals = [index for index in rivals if _STRENGTH[found[index].how] == best]
        for index in set(rivals) - set(equals):
            found[index] = Choice(SKIP, How.NONE)
        if len(equals) > 1:
            _settle(field, equals, found, columns, profiles, FIELDS_OF[kind], ask=field in asked)
    taken = {choice.field for choice in found} | {choice.maybe for choice in found}
    return _by_content(found, profiles, taken, FIELDS_OF[kind])


def _by_company(
    columns: Sequence[str], profiles: Sequence[ColumnProfile], by_heading: Mapping[str, str]
) -> dict[str, str]:
    """What a heading means beside another: beside payments «Cargos» are what was invoiced and no fees; beside a running
    number «Comprobante» is its series; beside types of ids (CC, NIT) a document is that of who owes."""
    told = set(map(plain_heading, columns))
    found = {}
    if "original" in by_heading.values() and told & {"abonos", "abono", "pagos"}:
        found = dict.fromkeys(("cargos", "cargo"), "original")
    if "series" in by_heading.values() and "consecutivo" in told:
        found["comprobante"] = "series"
    for name, profile in zip(columns, profiles, strict=True):
        if plain_heading(name) in _KINDS_OF_ID and profile.samples and {*map(plain_heading, profile.samples)} <= _IDS:
            found.update({**dict.fromkeys(_KINDS_OF_ID, SKIP), **dict.fromkeys(_OF_AN_ID, "tax_id")})
    return found


_KINDS_OF_ID = frozenset({
    "tipo doc", "tipo documento", "tipo de documento", "tipo id", "tipo identificacion", "tipo de identificacion",
})  # fmt: skip
_OF_AN_ID = frozenset({
    "documento", "no doc", "nro doc", "num doc", "no documento", "nro documento", "num documento",
    "numero documento", "numero de documento", "no identificacion", "numero de identificacion",
})  # fmt: skip
_IDS = frozenset({
    "cc", "ce", "ti", "nit", "pa", "pas", "pasaporte", "ppt", "pep", "dni", "nie", "nif", "cif", "rfc", "curp", "ine",
    "rut", "cedula", "cedula de ciudadania", "cedula de extranjeria",
})  # fmt: skip


def _vaguely(name: str, profile: ColumnProfile, found: Sequence[Choice], fields: Mapping[str, object]) -> Choice | None:
    """What a heading means where no other column says it: a number that does not count the rows is that of the invoice,
    whom one writes to owes."""
    field, unless = VAGUE[plain_heading(name)]
    if "balance" not in fields or not profile.filled or any(choice.field in unless for choice in found):
        return None
    return None if field == "reference" and _counts_rows(profile) else Choice(field, How.SIMILAR)


def _counts_rows(profile: ColumnProfile) -> bool:
    """Whether a column only counts the rows: 1, 2, 3 and so on."""
    told = [sample.strip() for sample in profile.samples]
    return bool(told) and told == [str(number) for number in range(1, len(told) + 1)]


def _settle(
    field: str, equals: Sequence[int], found: list[Choice], columns: Sequence[str], profiles: Sequence[ColumnProfile],
    fields: Mapping[str, object], *, ask: bool,
) -> None:  # fmt: skip
    """Of columns with equal reasons for a field, the one whose values tell; else a person says where it matters, and
    the first has it where it does not."""
    codes = {index: _codes(profiles[index]) for index in equals}
    # A name is words, and a number of a customer or an invoice is none.
    fitting = [index for index in equals if codes[index] is (field != "debtor_name")] if field in _CODED else []
    if field == "reference" and len(fitting) != 1:
        # Of an invoice's number and another one, such as that of an order, the first is meant.
        said = {index: plain_heading(columns[index]) for index in equals}
        fitting = [index for index in equals if _INVOICE.search(said[index])]
        if len(fitting) > 1:
            # What a program counts its records by is no number that people write.
            fitting = [index for index in fitting if "id" not in said[index].split()]
    used = {choice.field for choice in found}
    if ask and len(fitting) != 1:
        for index in equals:
            found[index] = Choice(ASK, How.TIE, field)
        return
    winner = fitting[0] if len(fitting) == 1 else equals[0]
    for index in equals:
        found[index] = Choice(SKIP, How.TIE, field)
    found[winner] = Choice(field, How.TIE, field)
    spare = "customer_ref" if field == "debtor_name" else _SECOND.get(field, "")
    second = next(index for index in equals if index != winner)
    if field == "reference" and plain_heading(columns[second]) in _ACCOUNTS:
        spare = "customer_ref"
    if field == "reference" and plain_heading(columns[second]) in _OF_PAYMENT and _differ(profiles[second]):
        spare = "payment_id"
    if spare in fields and spare not in used and (codes[second] or spare != "customer_ref"):
        found[second] = Choice(spare, How.CONTENT)


_INVOICE = re.compile(r"\b(?:factura|folio|invoice|bill)\b")
_ACCOUNTS = frozenset({"cuenta", "no cuenta", "no de cuenta", "numero de cuenta", "account number", "account no"})
# Beside an invoice's number, the payment's own.
_OF_PAYMENT = frozenset({"referencia", "no referencia", "reference", "reference no", "ref"})
_CODED = frozenset({"debtor_name", "customer_ref", "reference"})


def _differ(profile: ColumnProfile) -> bool:
    """Whether a column has as many different values as are kept of one."""
    return len(profile.samples) == min(profile.filled, SAMPLES)


def _codes(profile: ColumnProfile) -> bool | None:
    """Whether a column's values are numbers or codes (True) or words (False); None where they are some of each."""
    told = {bool(_CODE.fullmatch(sample)) for sample in profile.samples}
    return told.pop() if len(told) == 1 else None


def _one(
    name: str, profile: ColumnProfile, memory: Mapping[str, str], by_heading: Mapping[str, str], lower: str = ""
) -> Choice:
    if name in memory:
        return Choice(memory[name], How.MEMORY)
    heading = plain_heading(name)
    if heading in IGNORED or not profile.filled:
        return Choice(SKIP, How.NONE)
    known = by_heading.get(heading, by_heading.get(_in_full(heading)))
    if known == SKIP:
        return Choice(SKIP, How.NONE)
    if known and name in TITLES:
        return Choice(known, How.TITLE)
    # «Cliente» is a name, or a number.
    if heading in _EITHER and {"debtor_name", "customer_ref"} <= set(by_heading.values()):
        codes = _codes(profile)
        if codes is not None:
            told = "customer_ref" if codes else "debtor_name"
            return Choice(told, How.HEADING if told == known else How.CONTENT)
    # «Tipo» is that of the document, or of who owes.
    if known == "document_type" and "tipo persona" in by_heading and profile.share("who") >= 0.5:
        return Choice("debtor_kind", How.CONTENT)
    # «Plazo» is the days to pay, or which part of an invoice this is.
    if heading in _PARTS and "instalment" in by_heading.values() and _counts_parts(profile):
        return _PART
    # «Estado» is a part of a country, or how the invoice stands.
    if known == "region" and "estado factura" in by_heading and profile.share("state") >= 0.5:
        return Choice("status", How.CONTENT)
    if known and (known in _BELIEVED or _plausible(known, profile)):
        return Choice(known, How.HEADING)
    if lower and not known:
        same = process.extractOne(heading, by_heading.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=100)
        if same and _plausible(by_heading[same[0]], profile):
            return Choice(by_heading[same[0]], How.HEADING)
        under = by_heading.get(plain_heading(lower))
        if under and (under in _BELIEVED or _plausible(under, profile)):
            return Choice(under, How.LOWER)
    if len(heading) >= 4 and not known:
        near = process.extractOne(heading, by_heading.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=NEAR)
        if near and _plausible(by_heading[near[0]], profile):
            return Choice(by_heading[near[0]], How.SIMILAR)
    return Choice(SKIP, How.NONE)


_EITHER = frozenset({"cliente", "customer", "client", "tercero", "deudor", "debtor"})
_PART = Choice("instalment", How.CONTENT)
_PARTS = frozenset({"plazo", "recibo", "giro", "vto", "vencimiento numero", "term"})


def _counts_parts(profile: ColumnProfile) -> bool:
    """Whether a column's values begin to count: 1, 2, 3 or 1/3, 2/3; nobody gives one day to pay."""
    told = [INSTALMENT.fullmatch(sample.lower()) for sample in profile.samples]
    return len(told) > 1 and all(told) and any(one and one.group(1) == "1" for one in told)


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
    if field == "debtor_kind":
        return profile.share("who") >= 0.5
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


def numberless(choices: Sequence[Choice]) -> bool:
    """Whether the columns of a portfolio say who owes and by when, and none is or may be the number of the debt."""
    said = {choice.field for choice in choices}
    maybe = {choice.maybe for choice in choices}
    return (
        "reference" not in said | maybe and "due_on" in said and bool({"customer_ref", "tax_id", "debtor_name"} & said)
    )


def corrected(choices: Sequence[Choice], wanted: Mapping[int, str]) -> list[Choice]:
    """The choices with a person's changes (column index -> field); the same field for two columns is refused. Where a
    person says which of some columns is a field, the others are not."""
    found = list(choices)
    for index, field in wanted.items():
        if field not in FIELDS and field not in (SKIP, OWN, ASK):
            raise MappingRefused(msg("«{field}» no es un campo."), field=field)
        if 0 <= index < len(found) and found[index].field != field and field != ASK:
            found[index] = replace(found[index], field=field, how=How.PERSON)
    said = {choice.field for choice in found}
    found = [Choice(SKIP, How.NONE) if one.field == ASK and one.maybe in said else one for one in found]
    check_unique(found)
    return found


ASKED = msg("{columns}: más de una columna puede ser «{field}». Elige cuál.")


def asked(choices: Sequence[Choice], columns: Sequence[str]) -> list[dict[str, str]]:
    """What `ASKED` says of each field of which a person has yet to say which column it is."""
    fields = dict.fromkeys(choice.maybe for choice in choices if choice.field == ASK)
    return [
        {
            "field": FIELDS[field].label,
            "columns": ", ".join(
                f"«{columns[at]}»" for at, one in enumerate(choices) if (one.field, one.maybe) == (ASK, field)
            ),
        }
        for field in fields
    ]


def check_asked(choices: Sequence[Choice], columns: Sequence[str]) -> None:
    """Refuse columns of which a person has yet to say which one is a field."""
    for details in asked(choices, columns):
        raise MappingRefused(ASKED, **details)


def fixed(fields: Sequence[str]) -> list[Choice]:
    """The choices for a format whose columns are always the same."""
    return [Choice(field, How.FORMAT) for field in fields]


def check_unique(choices: Sequence[Choice]) -> None:
    """Refuse two columns with one field."""
    used = [choice.field for choice in choices if choice.field not in (SKIP, OWN, ASK)]
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
    return [Choice(one["field"], How(one["how"]), one.get("maybe", "")) for one in kept]


def fingerprint(layout: Mapping[str, Any], choices: Sequence[Choice], **more: object) -> str:
    """SHA-256 of how a file is read: the same file read the same way is the same placement."""
    read = {"layout": dict(layout), "fields": [choice.field for choice in choices], **more}
    return hashlib.sha256(json.dumps(read, sort_keys=True, default=str).encode()).hexdigest()
