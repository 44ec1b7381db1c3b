"""The rules of a place as pages show them: in words, by matter, with where each comes from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from kernel.text import msg
from legal.rules.calendar import months_after
from legal.rules.packs.changes import FieldChange, RuleChange, Turn, changes_in
from legal.rules.packs.kinds import KINDS as SHAPES
from legal.rules.packs.kinds import parameters_of
from legal.rules.packs.loading import Pack, UnknownPack, all_packs, pack_named, pack_of
from legal.rules.packs.schema import VERIFIED, Basis, Confidence, RateRow, RateTable, Rule
from legal.rules.policies import OWN
from recobro.law_pages.sentences import applies, asks, validity
from recobro.law_pages.words import BASES, KINDS, MATTERS, matter_of
from recobro.law_pages.words import word as word_of
from recobro.notices.words import CONFIDENCE
from recobro.web.jinja import day, day_range, number, pct, readable
from recobro.web.translations import spell


@dataclass(frozen=True)
class PlaceRow:
    """A place in the list: how many of its rules in force rest on what, and how many nobody could verify."""

    pack: Pack
    law: int
    regulator: int
    policy: int
    unverified: int
    inside: bool


@dataclass(frozen=True)
class RuleRow:
    """One rule in words. `state`: on, off (kept and not applied) or other (another reading was chosen)."""

    rule: Rule
    kind: str
    asks: str
    applies: str
    validity: str
    basis: tuple[str, str]
    confidence: tuple[str, str]
    origin: str
    state: str


@dataclass(frozen=True)
class Group:
    """The rules of one matter."""

    id: str
    title: str
    icon: str
    rows: list[RuleRow]


@dataclass(frozen=True)
class ChangeRow:
    """What happens to a rule on a day, in words: before, after, and each field that changed."""

    change: RuleChange
    word: str
    tone: str
    before: str
    after: str
    fields: list[tuple[str, str, str]]


@dataclass(frozen=True)
class RateLine:
    """A row of a rate table; one without a rate is missing."""

    days: str
    rate: str
    confidence: tuple[str, str]
    note: str


def place_named(pack_id: str) -> Pack:
    """The rules that hold in a place: of a region or a town with those of its country. Unknown ones are refused."""
    head = pack_named(pack_id.rsplit("+", 1)[-1]).head
    pack = pack_of(head.country, head.region, head.locality) if head.country else pack_named(head.id)
    if pack_id not in (head.id, pack.id):
        raise UnknownPack(msg("No hay un paquete de reglas «{name}»."), name=pack_id)
    return pack


def places() -> list[Pack]:
    """Every place, a country before its regions and towns, those with only contact windows last."""
    heads = [pack.head for pack in all_packs().values() if pack.head.country]
    heads.sort(key=lambda head: (head.scope == "contact", head.country, head.region or "", head.locality or ""))
    return [place_named(head.id) for head in heads]


def place_row(pack: Pack, on: date, choices: Mapping[str, str]) -> PlaceRow:
    """A place's figures on a day."""
    rules = [rule for rule in pack.rules if rule.in_force(on) and state_of(rule, choices) == "on"]
    bases = Counter(rule.basis for rule in rules)
    unverified = sum(rule.confidence not in VERIFIED and rule.confidence is not Confidence.POLICY for rule in rules)
    return PlaceRow(
        pack, bases[Basis.LAW], bases[Basis.REGULATOR], bases[Basis.POLICY], unverified, pack.head.region is not None
    )


def state_of(rule: Rule, choices: Mapping[str, str]) -> str:
    """Whether a rule is applied under an agency's choices."""
    if rule.status != "on":
        return "off"
    return "on" if all(choices[name] in values for name, values in rule.when.items()) else "other"


def origins(pack: Pack) -> Mapping[str, str]:
    """Which file each rule of a pack comes from, by the rule's id, as its name."""
    found: dict[str, str] = {}
    files = [all_packs()[name] for name, _ in pack.parts if name in all_packs()] or [pack]
    # What others include is told first, so that it is not taken for theirs.
    for file in sorted(files, key=lambda file: file.head.country is not None):
        for rule in file.rules:
            found.setdefault(rule.id, spell(file.head.name))
    return found


def groups_of(
    pack: Pack, choices: Mapping[str, str], *, on: date, basis: str = "", matter: str = "", words: str = ""
) -> list[Group]:
    """The rules of a day by matter; narrowed by basis (or "unverified"), matter, and words in any of their texts."""
    origin = origins(pack)
    by_matter: dict[str, list[RuleRow]] = {}
    for rule in pack.rules:
        if not rule.in_force(on) or not _rests(rule, basis) or matter not in ("", matter_of(rule.kind)):
            continue
        row = rule_row(rule, choices, origin.get(rule.id, ""))
        if _has(row, words):
            by_matter.setdefault(matter_of(rule.kind), []).append(row)
    return [
        Group(name, spell(title), icon, sorted(by_matter[name], key=_order))
        for name, (title, icon, _) in MATTERS.items()
        if name in by_matter
    ]


def _rests(rule: Rule, basis: str) -> bool:
    if basis == "unverified":
        return bool(rule.unread) or (rule.confidence not in VERIFIED and rule.confidence is not Confidence.POLICY)
    return basis in ("", rule.basis.value)


def _has(row: RuleRow, words: str) -> bool:
    rule = row.rule
    told = (rule.title, rule.citation, *([rule.note] if rule.note else []))
    text = " ".join((*told, *map(spell, told), row.asks, row.applies, rule.id)).casefold()
    return all(word in text for word in words.casefold().split())


_PARTS = {
    "elsewhere": msg("los plazos propios de unas regiones"),
    "own_law": msg("el derecho civil propio de unas regiones"),
    "suspended": msg("los días en que el plazo no corrió"),
    "rolls": msg("que el último día inhábil pase al siguiente"),
    "bands": msg("los límites de cuantía"),
}


def _unread(rule: Rule) -> str:
    parts = ", ".join(spell(_PARTS.get(name, name)) for name in rule.unread)
    return spell(msg("No se leyó en la ley: {parts}."), parts=parts) if parts else ""


def _order(row: RuleRow) -> tuple[bool, int]:
    return row.state != "on", list(Basis).index(row.rule.basis)


def rule_row(rule: Rule, choices: Mapping[str, str], origin: str) -> RuleRow:
    """A rule in words."""
    own = rule.id.startswith(OWN)
    word, tone = BASES[rule.basis.value]
    marked, colour = CONFIDENCE[rule.confidence.value]
    return RuleRow(
        rule=rule,
        kind=spell(KINDS.get(rule.kind, rule.kind)),
        asks=" ".join(filter(None, (asks(parameters_of(rule.kind, rule.parameters, choices)), _unread(rule)))),
        applies=applies(rule),
        validity=validity(rule),
        basis=(spell(msg("Política de tu agencia")) if own else spell(word), "brand" if own else tone),
        confidence=(spell(marked), colour),
        origin=spell(msg("Tu agencia")) if own else origin,
        state=state_of(rule, choices),
    )


_TURNS = {
    Turn.BEGINS: (msg("Entra en vigor"), "ok"),
    Turn.CHANGES: (msg("Cambia"), "info"),
    Turn.ENDS: (msg("Termina"), ""),
}
_TEXTS = {Turn.BEGINS: (msg("Nueva"), "ok"), Turn.CHANGES: (msg("Cambia"), "info"), Turn.ENDS: (msg("Quitada"), "neg")}
_FIELDS = {
    "title": msg("título"),
    "kind": msg("tipo"),
    "basis": msg("fundamento"),
    "confidence": msg("confianza"),
    "citation": msg("fuente"),
    "source_url": msg("dirección de la fuente"),
    "note": msg("nota"),
    "status": msg("estado"),
    "from": msg("desde"),
    "to": msg("hasta"),
    "checked_on": msg("comprobada el"),
    "years": msg("años"),
    "months": msg("meses"),
    "days": msg("días"),
    "max": msg("como mucho"),
    "demand": msg("la mora empieza con el requerimiento"),
    "per": msg("periodo"),
    "counts": msg("qué cuenta"),
    "windows": msg("horario"),
    "effect": msg("efecto"),
    "rate": msg("tasa"),
    "multiplier": msg("veces"),
    "latest": msg("a más tardar"),
    "anew_from": msg("empieza de nuevo según la ley nueva desde"),
    "anew_years": msg("años de lo que empieza de nuevo"),
    "applies_to": msg("a quién alcanza"),
    "channels": msg("canales"),
    "purposes": msg("motivos"),
    "targets": msg("personas"),
    "titles": msg("títulos"),
    "elements": msg("lo que se dice"),
    "allow": msg("permite"),
    "elsewhere": msg("por región"),
    "documents": msg("documentos"),
    "bands": msg("importes"),
    "every_debt": msg("alcanza a todas sus deudas"),
    "agreed_hours": msg("vale la hora que el deudor pidió por escrito"),
    "answers_exempt": msg("responder a lo que pidió no espera"),
}


def turns_of(pack: Pack, choices: Mapping[str, str]) -> list[ChangeRow]:
    """Each day on which a rule of a place begins, changes or ends, the latest first."""
    return [change_row(change, choices) for change in changes_in(pack.rules)]


def change_row(change: RuleChange, choices: Mapping[str, str], *, of_texts: bool = False) -> ChangeRow:
    """A change in words; `of_texts`: between two texts of a file, not on a day."""
    word, tone = (_TEXTS if of_texts else _TURNS)[change.turn]
    before, after = _said(change.before, choices), _said(change.after, choices)
    told = [field for field in change.fields if _is_named(field) or before == after]
    return ChangeRow(
        change,
        spell(word),
        tone,
        before,
        after,
        [
            (_field(field), _told(field, field.before, change.before), _told(field, field.after, change.after))
            for field in told
        ],
    )


def _said(rule: Rule | None, choices: Mapping[str, str]) -> str:
    if rule is None:
        return ""
    try:
        return asks(parameters_of(rule.kind, rule.parameters, choices))
    except (ValueError, KeyError):
        # A text of another day may choose among other readings.
        return spell(rule.title)


_TEXTS_OF_RULES = ("title", "note", "citation", "receipt_words")


def _is_named(field: FieldChange) -> bool:
    """Whether a field has a name that people read; what has none is in the rule's own sentence."""
    return set(_parts(field)) <= _FIELDS.keys()


def _parts(field: FieldChange) -> list[str]:
    return field.name.removeprefix("parameters.").split(".")


def _told(field: FieldChange, text: str, rule: Rule | None) -> str:
    """A field's value in words; the texts of a pack in the reader's language."""
    last = _parts(field)[-1]
    if text and last in _TEXTS_OF_RULES:
        return spell(text)
    if last == "confidence" and text in CONFIDENCE:
        return spell(CONFIDENCE[text][0])
    if last == "basis" and text in BASES:
        return spell(BASES[text][0])
    text = text or _unsaid(field, rule)
    if text in _YES_OR_NO:
        return spell(_YES_OR_NO[text])
    return ", ".join(readable(word_of(part)) for part in text.split(", ")) or "—"


_YES_OR_NO = {"True": msg("sí"), "False": msg("no")}


def _unsaid(field: FieldChange, rule: Rule | None) -> str:
    """What a yes or no is when the file says nothing of it."""
    if rule is None or not field.name.startswith("parameters."):
        return ""
    kept = SHAPES[rule.kind].model_fields.get(_parts(field)[0])
    return str(kept.default) if kept is not None and isinstance(kept.default, bool) else ""


def _field(field: FieldChange) -> str:
    if not _is_named(field):
        return spell(msg("otro dato de la regla"))
    return " · ".join(spell(_FIELDS[part]) for part in _parts(field))


def tables_of_rates(pack: Pack) -> frozenset[str]:
    """The tables that interest is counted by; the others hold sums of money."""
    return frozenset(
        str(given) for rule in pack.rules if (given := rule.parameters.get("rate_table")) and isinstance(given, str)
    )


def rate_lines(table: RateTable, today: date, *, sums: bool = False) -> list[RateLine]:
    """A table's rows, the newest first, with a line of its own for each span that has no rate, up to today.

    `sums`: its values are amounts of money, not shares.
    """
    lines = [_rate(row, sums=sums) for row in table.rows[:1]]
    for one, other in pairwise(table.rows):
        if one.valid_to is not None:
            lines += _missing(table, one.valid_to + timedelta(days=1), other.valid_from - timedelta(days=1))
        lines.append(_rate(other, sums=sums))
    last = table.rows[-1].valid_to if table.rows else None
    if last is not None:
        lines += _missing(table, last + timedelta(days=1), today)
    return lines[::-1]


def _rate(row: RateRow, *, sums: bool) -> RateLine:
    days = (
        day_range(row.valid_from, row.valid_to) if row.valid_to else spell(msg("desde {day}"), day=day(row.valid_from))
    )
    mark, tone = CONFIDENCE[row.confidence.value]
    value = number(row.rate, 2) if sums else pct(row.rate, 2)
    return RateLine(days, value, (spell(mark), tone), row.note)


def _missing(table: RateTable, start: date, end: date) -> Iterable[RateLine]:
    """A span without a rate; month by month where the table goes by months."""
    if start > end:
        return
    months = all(row.valid_to and (row.valid_to - row.valid_from).days < 32 for row in table.rows)
    while start <= end:
        stop = min(end, months_after(start.replace(day=1), 1) - timedelta(days=1)) if months else end
        yield RateLine(day_range(start, stop), "", (spell(msg("Falta: no se calcula")), "warn"), "")
        start = stop + timedelta(days=1)


def matters() -> Sequence[tuple[str, str]]:
    """The matters, for a filter."""
    return [(name, spell(title)) for name, (title, _, _) in MATTERS.items()]
