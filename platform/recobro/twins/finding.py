"""Finding pairs: candidates by what they share, in sets and in the database; then each pair is compared.

Never all with all: a debtor meets only those of its client with whom it shares a tax id, a number but for its zeros, a
contact point of few, or the rarest word of its name. What many share leads nowhere, so the work grows with the file.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, select, text

from kernel.ids import new_id
from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.debtors.tables import Debtor
from recobro.debtors.words import FORMS
from recobro.twins.rules import COMMON_WORD, SHARED_BY_MANY, Known, Score, compare
from tenants.work import Work

# No file proposes more than these: who finds more has another problem than twins.
MOST_PAIRS = 200_000
_SLICE = 2_000
_MANY = 2_000

# Tables of this transaction alone; each is measured when it is filled, or the next question is planned blindly.
_FRESH = """
DROP TABLE IF EXISTS pg_temp.twin_fresh, pg_temp.twin_found, pg_temp.twin_numbers, pg_temp.twin_points,
                     pg_temp.twin_shared, pg_temp.twin_names, pg_temp.twin_counts, pg_temp.twin_words;
CREATE TEMPORARY TABLE twin_fresh (id uuid PRIMARY KEY, client_id uuid, tax_id_norm text, customer_ref_norm text,
                                   name text) ON COMMIT DROP;
CREATE TEMPORARY TABLE twin_found (one_id uuid, other_id uuid) ON COMMIT DROP
"""
_OF_PLACEMENT = """
INSERT INTO twin_fresh
SELECT d.id, d.client_id, d.tax_id_norm, d.customer_ref_norm, d.name FROM debtors d
WHERE d.agency_id = :agency AND d.client_id = :client AND d.placement_id = :placement AND d.merged_into IS NULL
"""
_OF_IDS = """
INSERT INTO twin_fresh
SELECT d.id, d.client_id, d.tax_id_norm, d.customer_ref_norm, d.name FROM debtors d
WHERE d.agency_id = :agency AND d.client_id = :client AND d.id = ANY(CAST(:ids AS uuid[])) AND d.merged_into IS NULL
"""
_INTO = "INSERT INTO twin_found SELECT DISTINCT least(q.a, q.b), greatest(q.a, q.b) FROM ("
# Each asks who shares one thing with the fresh ones; the columns are the two ids.
_SAME_TAX_ID = """
SELECT f.id AS a, d.id AS b FROM twin_fresh f
JOIN debtors d ON d.agency_id = :agency AND d.tax_id_norm = f.tax_id_norm AND d.tax_id_norm <> ''
WHERE d.client_id = :client AND d.id <> f.id AND d.merged_into IS NULL AND f.tax_id_norm <> ''
  AND NOT f.tax_id_norm = ANY(CAST(:generic AS text[]))
  AND f.tax_id_norm NOT IN (SELECT k.tax_id_norm FROM debtors k WHERE k.agency_id = :agency AND k.client_id = :client
                            AND k.tax_id_norm <> '' GROUP BY 1 HAVING count(*) > :tax_id_many)
"""
_NUMBERS = """
CREATE TEMPORARY TABLE twin_numbers ON COMMIT DROP AS
SELECT d.id, d.customer_ref_norm AS number, ltrim(d.customer_ref_norm, '0') AS bare FROM debtors d
WHERE d.agency_id = :agency AND d.client_id = :client AND d.customer_ref_norm <> '' AND d.merged_into IS NULL
"""
_SAME_BUT_ZEROS = """
SELECT f.id AS a, o.id AS b FROM twin_fresh f JOIN twin_numbers m ON m.id = f.id
JOIN twin_numbers o ON o.bare = m.bare WHERE o.number <> m.number AND m.bare <> ''
"""
_POINTS = """
CREATE TEMPORARY TABLE twin_points ON COMMIT DROP AS
SELECT p.debtor_id AS id, p.channel, p.value_norm FROM twin_fresh f
JOIN contact_points p ON p.agency_id = :agency AND p.debtor_id = f.id
WHERE p.client_id = :client
"""
_SHARED = """
CREATE TEMPORARY TABLE twin_shared ON COMMIT DROP AS
SELECT o.channel, o.value_norm FROM contact_points o
JOIN (SELECT DISTINCT channel, value_norm FROM twin_points) m
  ON m.value_norm = o.value_norm AND m.channel = o.channel
WHERE o.agency_id = :agency AND o.client_id = :client
GROUP BY 1, 2 HAVING count(DISTINCT o.debtor_id) BETWEEN 2 AND :many
"""
_SAME_POINT = """
SELECT p.id AS a, o.debtor_id AS b FROM twin_points p
JOIN twin_shared s ON s.channel = p.channel AND s.value_norm = p.value_norm
JOIN contact_points o ON o.agency_id = :agency AND o.value_norm = p.value_norm AND o.channel = p.channel
JOIN debtors d ON d.agency_id = :agency AND d.id = o.debtor_id
WHERE o.client_id = :client AND o.debtor_id <> p.id AND d.merged_into IS NULL
"""
# The rarest word of each name that somebody else has too.
_NAMES = """
CREATE TEMPORARY TABLE twin_names ON COMMIT DROP AS
SELECT f.id, w.word COLLATE "C" AS word FROM twin_fresh f CROSS JOIN LATERAL search_words_of(f.name) AS w (word)
WHERE length(w.word) > 2 AND NOT w.word = ANY(CAST(:forms AS text[]))
"""
_COUNTS = """
CREATE TEMPORARY TABLE twin_counts ON COMMIT DROP AS
SELECT s.word, count(*) AS n FROM search_words s JOIN (SELECT DISTINCT word FROM twin_names) m ON m.word = s.word
WHERE s.agency_id = :agency AND s.kind = 'name' AND s.client_id = :client
GROUP BY s.word HAVING count(*) BETWEEN 2 AND :common
"""
_RAREST = """
CREATE TEMPORARY TABLE twin_words ON COMMIT DROP AS
SELECT DISTINCT ON (m.id) m.id, m.word FROM twin_names m JOIN twin_counts c ON c.word = m.word
ORDER BY m.id, c.n, m.word
"""
_STEPS = (
    ("twin_numbers", _NUMBERS),
    ("twin_points", _POINTS),
    ("twin_shared", _SHARED),
    ("twin_names", _NAMES),
    ("twin_counts", _COUNTS),
    ("twin_words", _RAREST),
)
_SAME_WORD = """
SELECT f.id AS a, s.debtor_id AS b FROM twin_words f
JOIN search_words s ON s.agency_id = :agency AND s.word = f.word AND s.kind = 'name'
JOIN debtors d ON d.agency_id = :agency AND d.id = s.debtor_id
WHERE s.client_id = :client AND s.debtor_id <> f.id AND d.merged_into IS NULL
"""
_POINTS_OF = """
SELECT p.debtor_id, p.channel, p.value_norm FROM contact_points p
JOIN twin_shared s ON s.channel = p.channel AND s.value_norm = p.value_norm
WHERE p.agency_id = :agency AND p.debtor_id = ANY(CAST(:ids AS uuid[]))
"""
# What a person has said stays said: only what is proposed is counted anew, and what was kept apart comes back when more
# speaks for it than did then.
_KEEP = """
INSERT INTO debtor_pairs (agency_id, id, client_id, one_id, other_id, score, evidence, state, found_at, by)
SELECT :agency, n.id, :client, n.one_id, n.other_id, n.score, n.evidence, 'proposed', :now, ''
FROM unnest(CAST(:ids AS uuid[]), CAST(:ones AS uuid[]), CAST(:others AS uuid[]), CAST(:scores AS bigint[]),
            CAST(:evidence AS jsonb[])) AS n (id, one_id, other_id, score, evidence)
ON CONFLICT (agency_id, one_id, other_id) DO UPDATE
SET score = excluded.score, evidence = excluded.evidence, state = 'proposed', found_at = excluded.found_at
WHERE debtor_pairs.state = 'proposed' OR (debtor_pairs.state = 'kept' AND excluded.score > debtor_pairs.score)
"""


def find_of_placement(work: Work, *, client_id: UUID, placement_id: UUID) -> int:
    """Propose the twins of the debtors that a placement brought; you get how many pairs were worth showing."""
    return _find(work, client_id, _OF_PLACEMENT, {"placement": placement_id})


def find_of_debtors(work: Work, *, client_id: UUID, ids: Sequence[UUID]) -> int:
    """The same for some debtors of a client, after what is known of them has changed."""
    return _find(work, client_id, _OF_IDS, {"ids": list(ids)})


def _find(work: Work, client_id: UUID, fresh: str, more: dict[str, Any]) -> int:
    work.flush()
    run = work.session.execute
    given: dict[str, Any] = {
        "agency": work.agency_id, "client": client_id, "generic": sorted(GENERIC_TAX_IDS), "many": SHARED_BY_MANY,
        "tax_id_many": COMMON_WORD, "common": COMMON_WORD, "forms": sorted(FORMS),
    }  # fmt: skip
    for statement in _FRESH.split(";"):
        run(text(statement))
    run(text(fresh), {**given, **more})
    run(text("ANALYZE pg_temp.twin_fresh"))
    count = run(text("SELECT count(*) FROM twin_fresh")).scalar_one()
    # A portfolio that has just come is not measured yet: the planner takes it for a handful of rows and walks it once
    # for each of them. For many, every question reads its tables once.
    run(text(f"SET LOCAL enable_nestloop = {'off' if count > _MANY else 'on'}"))
    for table, statement in _STEPS:
        run(text(statement), given)
        run(text(f"ANALYZE pg_temp.{table}"))
    for block in (_SAME_TAX_ID, _SAME_BUT_ZEROS, _SAME_POINT, _SAME_WORD):
        run(text(f"{_INTO}{block} LIMIT :most) q"), {**given, "most": MOST_PAIRS})
    pairs = run(text("SELECT DISTINCT one_id, other_id FROM twin_found")).all()
    run(text("SET LOCAL enable_nestloop = on"))
    shown, rest = 0, iter(pairs)
    while chunk := list(islice(rest, _SLICE)):
        shown += _weigh(work, client_id, [(row.one_id, row.other_id) for row in chunk])
    return shown


def _weigh(work: Work, client_id: UUID, pairs: Sequence[tuple[UUID, UUID]]) -> int:
    known = _known_of(work, client_id, list({each for pair in pairs for each in pair}))
    found = [(pair, compare(known[pair[0]], known[pair[1]])) for pair in pairs]
    shown = [(pair, score) for pair, score in found if score.shown]
    if shown:
        _keep(work, client_id, shown)
    return len(shown)


def _keep(work: Work, client_id: UUID, shown: Sequence[tuple[tuple[UUID, UUID], Score]]) -> None:
    work.session.execute(
        text(_KEEP),
        {
            "agency": work.agency_id, "client": client_id, "now": work.now(), "ids": [new_id() for _ in shown],
            "ones": [pair[0] for pair, _ in shown], "others": [pair[1] for pair, _ in shown],
            "scores": [score.points for _, score in shown],
            "evidence": [json.dumps([asdict(each) for each in score.evidence]) for _, score in shown],
        },
    )  # fmt: skip


def _known_of(work: Work, client_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Known]:
    """What is compared of some debtors, by id; of contact points only what few share can tell."""
    points: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    given = {"agency": work.agency_id, "ids": ids}
    for debtor_id, channel, value in work.session.execute(text(_POINTS_OF), given):
        points[debtor_id].add((channel, value))
    debtors = work.session.execute(
        select(*_COMPARED).where(
            Debtor.agency_id == work.agency_id,
            Debtor.client_id == client_id,
            Debtor.id == any_(cast(ids, ARRAY(Uuid))),
        )
    )
    return {one.id: _known(one, points[one.id]) for one in debtors}


# Columns, not debtors: a portfolio does not stay in memory.
_COMPARED = (
    Debtor.id, Debtor.kind, Debtor.name, Debtor.tax_id, Debtor.tax_id_norm, Debtor.customer_ref,
    Debtor.customer_ref_norm, Debtor.city, Debtor.country, Debtor.birth_year,
)  # fmt: skip


def _known(one: Any, points: Iterable[tuple[str, str]]) -> Known:
    return Known(
        kind=one.kind, name=one.name, tax_id=one.tax_id, tax_id_norm=one.tax_id_norm, customer_ref=one.customer_ref,
        customer_ref_norm=one.customer_ref_norm, city=one.city, country=one.country, birth_year=one.birth_year,
        points=frozenset(points),
    )  # fmt: skip
