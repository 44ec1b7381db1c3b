"""Rows that one number joins while their own words tell them apart: nobody is joined in silence.

The client's number or a tax id says whose a row is. Where the names under one tax id have nothing in common, each is a
debtor of its own, and probable duplicates of the others. Where a client's number has two tax ids and two names, the
later rows are in conflict. All else that differs is told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import text

from recobro.debtors.words import name_words
from recobro.intake.issues import Issue
from tenants.work import Work

Note = Callable[[Issue], None]
# Names this near to each other are one name with a slip.
_NEAR = 80
# A name is compared sign by sign with no more others than these; by its words with all.
_MOST_COMPARED = 25
_SLICE = 5_000

_TABLE = """
DROP TABLE IF EXISTS pg_temp.intake_apart;
CREATE TEMPORARY TABLE intake_apart (debtor_key text, act text, tax_id_norm text, name_norm text, own_key text,
                                     other_line bigint, name text, tax_id text)
"""
# Keys of the file whose rows do not all say the same, found by hashes (texts take twice the time), and what they say,
# the first of each.
_ODD = """
WITH odd AS MATERIALIZED (
  SELECT debtor_key FROM intake_rows CROSS JOIN LATERAL (
    SELECT hashtextextended(name_norm, 0) AS name, hashtextextended(nullif(tax_id_norm, ''), 0) AS tax_id) h
  WHERE debtor_key NOT LIKE 'n:%' GROUP BY debtor_key
  HAVING min(h.name) <> max(h.name) OR min(h.tax_id) <> max(h.tax_id))
SELECT r.debtor_key, r.customer_ref_norm <> '' AS numbered, r.tax_id_norm, r.name_norm, min(r.line) AS line,
       min(r.name) AS name, min(r.tax_id) AS tax_id, bool_or(r.name IN (r.customer_ref, r.tax_id)) AS nameless
FROM intake_rows r JOIN odd USING (debtor_key) GROUP BY 1, 2, 3, 4 ORDER BY debtor_key, numbered DESC, min(r.line)
"""
_FILL = """
INSERT INTO intake_apart SELECT * FROM unnest(
  CAST(:debtor_key AS text[]), CAST(:act AS text[]), CAST(:tax_id_norm AS text[]), CAST(:name_norm AS text[]),
  CAST(:own_key AS text[]), CAST(:other_line AS bigint[]), CAST(:name AS text[]), CAST(:tax_id AS text[]))
"""
_SPLIT = """
UPDATE intake_rows r SET debtor_key = a.own_key FROM intake_apart a
WHERE a.act = 'split' AND a.debtor_key = r.debtor_key AND a.tax_id_norm = r.tax_id_norm AND a.name_norm = r.name_norm
  AND r.customer_ref_norm = ''
"""
# Acts about a whole key name no name.
_CONFLICTS = """
INSERT INTO intake_marks (line, state, other_line)
SELECT r.line, 'identity', a.other_line FROM intake_rows r JOIN intake_apart a ON a.debtor_key = r.debtor_key
WHERE a.act = 'conflict' AND r.customer_ref_norm <> ''
  AND (a.name_norm IS NULL OR (a.tax_id_norm = r.tax_id_norm AND a.name_norm = r.name_norm))
ON CONFLICT (line) DO NOTHING
"""
_TELL = """
SELECT DISTINCT ON (r.line) r.line, r.customer_ref, r.name, r.tax_id, m.other_line, a.name AS other,
       a.tax_id AS other_tax_id
FROM intake_marks m JOIN intake_rows r ON r.line = m.line
JOIN intake_apart a ON a.act = 'conflict' AND a.debtor_key = r.debtor_key
  AND a.other_line IS NOT DISTINCT FROM m.other_line
WHERE m.state = 'identity' ORDER BY r.line
"""
# Keys that were taken for a debtor who is here, of whom something else is known, and what: of those merged into it too.
_KNOWN = """
WITH odd AS MATERIALIZED (
  SELECT k.debtor_key, k.debtor_id, k.line, r.name, r.name_norm, r.tax_id, r.tax_id_norm, r.customer_ref_norm,
         r.name IN (r.customer_ref, r.tax_id) AS nameless
  FROM intake_keys k JOIN intake_rows r ON r.line = k.line JOIN debtors d ON d.id = k.debtor_id
  WHERE k.known_debtor AND k.debtor_key NOT LIKE 'n:%' AND d.agency_id = :agency AND d.client_id = :client
    AND (d.name_norm <> r.name_norm OR (r.tax_id_norm <> '' AND d.tax_id_norm <> '' AND d.tax_id_norm <> r.tax_id_norm)))
SELECT odd.debtor_key, odd.line, odd.name, odd.tax_id, odd.nameless, d.names, d.tax_ids,
       odd.customer_ref_norm <> '' AND odd.customer_ref_norm = ANY(d.refs) AS by_number,
       odd.tax_id_norm <> '' AND d.tax_ids <> '{}' AND NOT odd.tax_id_norm = ANY(d.tax_ids) AS other_tax
FROM odd JOIN (
  SELECT coalesce(merged_into, id) AS id, array_agg(name ORDER BY merged_into NULLS FIRST, id) AS names,
         array_remove(array_agg(tax_id_norm ORDER BY merged_into NULLS FIRST, id), '') AS tax_ids,
         array_agg(customer_ref_norm) AS refs
  FROM debtors WHERE agency_id = :agency AND client_id = :client
    AND coalesce(merged_into, id) IN (SELECT debtor_id FROM odd) GROUP BY 1) d ON d.id = odd.debtor_id
ORDER BY odd.line
"""  # noqa: E501
_UNKNOWN = """
UPDATE intake_keys k SET debtor_id = uuidv7(), known_debtor = false FROM intake_apart a
WHERE a.act = 'unknown' AND a.debtor_key = k.debtor_key
"""
_NO_KEYS = """
DELETE FROM intake_keys k USING intake_apart a
WHERE a.act = 'conflict' AND a.name_norm IS NULL AND a.debtor_key = k.debtor_key
"""


class Act(NamedTuple):
    """What is done about the rows of a key: `split`, `conflict` or `unknown`; about all of them without a name."""

    debtor_key: str
    act: str
    tax_id_norm: str | None = None
    name_norm: str | None = None
    own_key: str | None = None
    other_line: int | None = None
    name: str | None = None
    tax_id: str | None = None


@dataclass
class _Names:
    """Names that have a word in common, or are one with a slip, each with the first that was said."""

    first: list[str] = field(default_factory=list)
    by_word: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        """Which of them a name belongs to; a new one when it has nothing in common with any."""
        said = name_words(name)
        found = next((self.by_word[word] for word in said if word in self.by_word), None)
        if found is None:
            near = (at for at, other in enumerate(self.first[:_MOST_COMPARED]) if _ratio(name, other) >= _NEAR)
            found = next(near, None)
        if found is None:
            found = len(self.first)
            self.first.append(name)
        for word in said:
            self.by_word.setdefault(word, found)
        return found


def apart(work: Work, note: Note) -> None:
    """Give the rows of one tax id whose names have nothing in common keys of their own, and tell what else differs."""
    for statement in _TABLE.split(";"):
        work.session.execute(text(statement))
    rows = work.session.execute(text(_ODD), execution_options={"yield_per": _SLICE})
    if _kept(work, (act for _, told in groupby(rows, attrgetter("debtor_key")) for act in _of_key(told, note))):
        work.session.execute(text("ANALYZE pg_temp.intake_apart"))
        work.session.execute(text(_SPLIT))


def _of_key(told: Iterable[Any], note: Note) -> Iterator[Act]:
    """What is to be done about the rows of one key: the first counts, of those with the client's number if any has."""
    names, lead, tax = _Names(), None, None
    for row in told:
        tax = tax or (row if row.tax_id_norm else None)
        if lead is None:
            lead = None if row.nameless else row
            if lead is not None:
                names.place(row.name)
        other = tax is not None and row.tax_id_norm not in ("", tax.tax_id_norm)
        differs = not row.nameless and lead is not None and differ(row.name, lead.name)
        if row.numbered and other and tax is not None:
            if differs and lead is not None:
                yield _about(row, "conflict", other_line=lead.line, name=lead.name, tax_id=tax.tax_id)
            else:
                note(_warned("two_tax_ids", row.line, row.tax_id, tax.tax_id))
        elif differs and lead is not None:
            at = 0 if row.numbered else names.place(row.name)
            note(_warned("same_tax_id" if at else "two_names", row.line, row.name, lead.name))
            if at:
                yield _about(row, "split", own_key=f"s:{row.tax_id_norm}:{names.first[at]}")


def _about(row: Any, act: str, **more: Any) -> Act:
    return Act(row.debtor_key, act, row.tax_id_norm, row.name_norm, **more)


def differ(one: str, other: str) -> bool:
    """Whether two names are clearly not one: neither says all the other does, and they are not near each other."""
    here, there = set(name_words(one)), set(name_words(other))
    return not (here <= there or there <= here) and _ratio(one, other) < _NEAR


def nothing_in_common(one: str, other: str) -> bool:
    """Whether two names share no word that tells whose they are, and are not near each other."""
    return not set(name_words(one)) & set(name_words(other)) and _ratio(one, other) < _NEAR


def _ratio(one: str, other: str) -> float:
    return fuzz.ratio(" ".join(name_words(one)), " ".join(name_words(other)))


def against_known(work: Work, parameters: Mapping[str, Any], note: Note) -> None:
    """The same for keys that were taken for debtors who are here already."""
    rows = work.session.execute(text(_KNOWN), parameters, execution_options={"yield_per": _SLICE})
    if _kept(work, (act for row in rows for act in _of_known(row, note))):
        work.session.execute(text(_UNKNOWN))
        work.session.execute(text(_CONFLICTS))
        work.session.execute(text(_NO_KEYS))


def _of_known(row: Any, note: Note) -> Iterator[Act]:
    known = row.names[0]
    if row.by_number and row.other_tax:
        if not row.nameless and all(differ(row.name, name) for name in row.names):
            yield Act(row.debtor_key, "conflict", name=known, tax_id=row.tax_ids[0])
        else:
            note(_warned("two_tax_ids", row.line, row.tax_id, row.tax_ids[0]))
    elif row.nameless:
        return
    elif not row.by_number and all(nothing_in_common(row.name, name) for name in row.names):
        note(_warned("same_tax_id", row.line, row.name, known))
        yield Act(row.debtor_key, "unknown")
    elif all(differ(row.name, name) for name in row.names):
        note(_warned("two_names", row.line, row.name, known))


def mark(work: Work) -> None:
    """Mark the rows in conflict, before anything is made of the others."""
    work.session.execute(text(_CONFLICTS))


def tell(work: Work, note: Note) -> None:
    """Tell of each row whose number is somebody else's."""
    for row in work.session.execute(text(_TELL)):
        details = {"line": row.other_line, "name": row.name, "tax_id": row.tax_id, "other": row.other,
                   "other_tax_id": row.other_tax_id}  # fmt: skip
        code = "in_file_identity" if row.other_line else "known_identity"
        note(Issue("conflict", code, row.line, "", row.customer_ref, details))


def _warned(code: str, line: int, value: str, other: str) -> Issue:
    return Issue("warned", code, line, "", value, {"other": other})


def _kept(work: Work, acts: Iterator[Act]) -> int:
    """Write acts down, some at a time; you get how many there were."""
    count = 0
    while some := list(islice(acts, _SLICE)):
        columns = {name: [getattr(act, name) for act in some] for name in Act._fields}
        work.session.execute(text(_FILL), columns)
        count += len(some)
    return count
