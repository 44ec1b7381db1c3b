"""Documents matched to debts by what a manifest says or by the longest number in their name, and put into cases."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.files import keep_stream, open_file
from recobro.intake.columns.normalise import reference_norm
from recobro.intake.files import archives
from recobro.intake.files.document_rows import SUFFIXES
from recobro.intake.issues import Issue
from recobro.intake.staged import effects
from recobro.intake.staged.effects import Effect
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.work import Work

ADDED = msg("El cliente agregó {count} documentos")
ADDED_ONE = msg("El cliente agregó un documento")
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Signs that make one number of two, and days however they are written.
_TIES = frozenset("-./")
_DAY = re.compile(r"(?<!\d)(?:\d{1,2}([-_. ])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([-_. ])\d{1,2}\2\d{1,2})(?!\d)")
_MOST_TOKENS, _LONGEST_SPAN = 20, 8
# A number of one or two signs is in any name: it counts only when it is the whole name.
_SHORTEST = 3
TABLES = """
CREATE TEMPORARY TABLE intake_documents (
  line bigint PRIMARY KEY, name text NOT NULL, kind text NOT NULL, media_type text NOT NULL, sha256 text NOT NULL,
  told text NOT NULL, told_norm text NOT NULL, debt_id uuid, case_id uuid, reference text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT ''
);
CREATE TEMPORARY TABLE intake_numbers (
  line bigint NOT NULL, number text NOT NULL, bare boolean NOT NULL, weight bigint NOT NULL, first int NOT NULL,
  last int NOT NULL
)
"""
_TOLD = """
UPDATE intake_documents f SET debt_id = d.id, case_id = d.case_id, reference = d.reference,
       state = CASE d.count WHEN 1 THEN 'found' ELSE 'several_debts' END
FROM (SELECT reference_norm, count(*) AS count, min(id::text)::uuid AS id, min(case_id::text)::uuid AS case_id,
             string_agg(reference, ', ') AS reference
      FROM debts WHERE agency_id = :agency AND client_id = :client
        AND reference_norm IN (SELECT told_norm FROM intake_documents WHERE told_norm <> '') GROUP BY 1) d
WHERE f.told_norm = d.reference_norm
"""
# The longest number that is a debt's, first as it is written, then with other signs (a name has no `/`); two debts that
# fit equally well, or stand apart in one name, are for a person to choose from.
_NAMED = """
WITH known AS (
  SELECT id, case_id, reference, reference_norm, regexp_replace(reference_norm, '[^[:alnum:]]', '', 'g') AS bare, uuid
  FROM debts WHERE agency_id = :agency AND client_id = :client AND EXISTS (SELECT FROM intake_numbers)
), every AS (
  SELECT n.line, n.first, n.last, d.id, d.case_id, d.reference, n.weight * 2 + 1 AS weight
  FROM intake_numbers n JOIN known d ON d.reference_norm = n.number WHERE NOT n.bare
  UNION
  SELECT n.line, n.first, n.last, d.id, d.case_id, d.reference, n.weight * 2
  FROM intake_numbers n JOIN known d ON d.bare = n.number WHERE n.bare
  UNION
  SELECT n.line, n.first, n.last, d.id, d.case_id, d.reference, n.weight * 2 + 1
  FROM intake_numbers n JOIN known d ON d.uuid = n.number WHERE NOT n.bare AND d.uuid <> ''
), fitting AS (SELECT *, max(weight) OVER (PARTITION BY line) AS best FROM every)
UPDATE intake_documents f SET debt_id = m.id, case_id = m.case_id, reference = m.reference,
       state = CASE m.count WHEN 1 THEN 'found' ELSE 'several_debts' END
FROM (SELECT line, count(*) AS count, min(id::text)::uuid AS id, min(case_id::text)::uuid AS case_id,
             left(string_agg(reference, ', ' ORDER BY reference), 200) AS reference
      FROM (SELECT DISTINCT h.line, h.id, h.case_id, h.reference
            FROM fitting h
            WHERE h.weight = h.best OR EXISTS (
              SELECT FROM fitting b WHERE b.line = h.line AND b.weight = b.best AND b.id <> h.id
              AND (h.last < b.first OR h.first > b.last))) t GROUP BY line) m
WHERE f.line = m.line AND f.told_norm = ''
"""
# The same bytes for the same debt are there, or twice in the ZIP.
_THERE = """
UPDATE intake_documents f SET state = CASE
  WHEN EXISTS (SELECT FROM files k WHERE k.agency_id = :agency AND k.client_id = :client AND k.case_id = f.case_id
               AND k.debt_id = f.debt_id AND k.sha256 = f.sha256 AND k.visibility <> 'staff') THEN 'there'
  WHEN EXISTS (SELECT FROM intake_documents o WHERE o.state <> '' AND o.debt_id = f.debt_id AND o.sha256 = f.sha256
               AND o.line < f.line) THEN 'twice'
  ELSE 'new' END
WHERE state = 'found'
"""
_STATES = "SELECT line, name, told, reference, state FROM intake_documents WHERE state <> 'new' ORDER BY line"
_AHEAD = """
SELECT count(*) AS created, count(DISTINCT case_id) AS cases, count(DISTINCT debt_id) AS debts FROM intake_documents
WHERE state = 'new'
"""
_KINDS = "SELECT kind, count(*) FROM intake_documents WHERE state = 'new' GROUP BY 1 ORDER BY 1"
_FIRST = """
SELECT f.line, f.name, f.kind, f.reference, d.name AS debtor FROM intake_documents f
JOIN cases c ON c.agency_id = :agency AND c.id = f.case_id
JOIN debtors d ON d.agency_id = :agency AND d.id = c.debtor_id WHERE f.state = 'new' ORDER BY f.line LIMIT 1
"""
_NEW = "SELECT name, kind, media_type, sha256, debt_id, case_id FROM intake_documents WHERE state = 'new' ORDER BY line"
# What a file brought that was there already: another one rests on it too.
_SAME = """
INSERT INTO placement_effects (agency_id, client_id, id, placement_id, kind, case_id, ref_id, details, at)
SELECT DISTINCT ON (k.id) :agency, :client, uuidv7(), :placement, 'attached', k.case_id, k.id,
       jsonb_build_object('act', 'same'), :now
FROM intake_documents f JOIN files k ON k.agency_id = :agency AND k.client_id = :client AND k.case_id = f.case_id
  AND k.debt_id = f.debt_id AND k.sha256 = f.sha256 AND k.visibility <> 'staff'
WHERE f.state = 'there'
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', CASE WHEN count(*) = 1 THEN :one ELSE :title END,
       left(string_agg(name, '; ' ORDER BY line), 1000), jsonb_build_object('count', count(*)), 'neutral', :actor,
       :actor_kind, 'placements', :placement, 'client'
FROM intake_documents WHERE state = 'new' GROUP BY case_id
"""


def numbers(name: str) -> Iterator[tuple[str, bool, int, int, int]]:
    """What in a file's name may be a debt's number, how much of the name it is, its first and last place there: runs
    of words and digits, as they are and without the signs between them (`bare`); or a whole UUID. Figures that belong
    together (a day, a telephone) are taken whole."""
    stem = PurePosixPath(name).stem
    for place, uuid in enumerate(_UUID.findall(stem), start=_MOST_TOKENS):
        yield uuid.upper(), False, len(uuid), place, place
    stem = _UUID.sub(" ", stem)
    tokens = list(_TOKEN.finditer(stem))[:_MOST_TOKENS]
    tied = _tied(stem, tokens)
    seen: set[tuple[str, bool]] = set()
    for first in range(len(tokens)):
        for last in range(first, min(len(tokens), first + _LONGEST_SPAN)):
            words = [token.group() for token in tokens[first : last + 1]]
            weight = sum(map(len, words))
            if (weight < _SHORTEST and len(words) < len(tokens)) or first in tied or last + 1 in tied:
                continue
            written = stem[tokens[first].start() : tokens[last].end()]
            for number, bare in ((reference_norm(written), False), (reference_norm("".join(words)), True)):
                if (number, bare) not in seen:
                    seen.add((number, bare))
                    yield number, bare, weight, first, last


def _tied(stem: str, tokens: Sequence[re.Match[str]]) -> set[int]:
    """The places of figures that belong to the ones before them."""
    days = [day.span() for day in _DAY.finditer(stem)]
    found = set()
    for place, (before, after) in enumerate(pairwise(tokens), start=1):
        if before.group().isdigit() and after.group().isdigit():
            in_day = any(start <= before.start() and after.end() <= end for start, end in days)
            if in_day or stem[before.end() : after.start()] in _TIES:
                found.add(place)
    return found


def match(work: Work, placement: Placement, findings: Findings, mends: str) -> None:
    """Find every document's debt; what has none, or several, or is there already, is noted. `mends` is the column in
    which a person says which."""
    parameters = {"agency": work.agency_id, "client": placement.client_id}
    run = work.session.execute
    run(text("ANALYZE pg_temp.intake_numbers"))
    for statement in (_TOLD, _NAMED, _THERE):
        run(text(statement), parameters)
    for row in run(text(_STATES)):
        if row.state == "there":
            findings.counts["unchanged"] += 1
        elif row.state == "twice":
            findings.note(Issue("duplicate", "same_document", row.line, "", row.name, {"reference": row.reference}))
        else:
            code = row.state or ("no_such_debt" if row.told else "no_debt_named")
            details = {"file_name": row.name, "reference": row.reference or row.told}
            findings.note(Issue("rejected", code, row.line, mends, row.told, details))


def ahead(work: Work) -> dict[str, int]:
    """How many documents would be added, to how many cases and debts."""
    return dict(work.session.execute(text(_AHEAD)).mappings().one())


def kinds(work: Work) -> list[tuple[str, int]]:
    """The new documents by what they are."""
    return [(kind, count) for kind, count in work.session.execute(text(_KINDS))]


def first(work: Work) -> Any:
    """The first document that would be added."""
    return work.session.execute(text(_FIRST), {"agency": work.agency_id}).first()


def attach(work: Work, placement: Placement) -> int:
    """Keep every new document with its case, and say so in the case's history."""
    wanted: dict[str, list[Any]] = {}
    for row in work.session.execute(text(_NEW)):
        wanted.setdefault(row.name, []).append(row)
    done: list[Effect] = []
    with open_file(work, placement.file_id) as (_, source):
        for name, file in archives.members(source):
            for row in wanted.get(name, ()):
                kept = keep_stream(
                    work, name=shown_name(name, row.media_type), media_type=row.media_type, source=file,
                    client_id=placement.client_id, case_id=row.case_id, debt_id=row.debt_id, kind=row.kind,
                    visibility="client",
                )  # fmt: skip
                done.append(Effect("attached", kept.id, row.case_id, {"debt_id": str(row.debt_id)}))
    work.flush()
    effects.keep(work, placement, done)
    parameters = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id, "now": work.now(),
        "actor": placement.committed_by, "actor_kind": placement.committed_by_kind, "title": ADDED, "one": ADDED_ONE,
    }  # fmt: skip
    for statement in (_SAME, _EVENTS):
        work.session.execute(text(statement), parameters)
    work.audit("documents.added", placement_id=placement.id, created=len(done))
    return len(done)


def shown_name(path: str, media_type: str) -> str:
    """The name under which a document is given back: what it is, its ending says."""
    name = PurePosixPath(path).name[-120:]
    return name if name.lower().endswith(SUFFIXES[media_type]) else f"{name}{SUFFIXES[media_type][0]}"


def candidates(rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, bool, int, int, int]]:
    """(line, number, bare, weight, first, last) for the names of files."""
    for line, name in rows:
        for found in numbers(name):
            yield line, *found
