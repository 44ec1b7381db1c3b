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

from sqlalchemy import select, text

from kernel.ids import new_id
from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.twins.rules import COMMON_WORD, FORMS, SHARED_BY_MANY, Known, Score, compare
from tenants.work import Work

# No file proposes more than these: who finds more has another problem than twins.
MOST_PAIRS = 200_000
_SLICE = 2_000

_FRESH = """
DROP TABLE IF EXISTS pg_temp.twin_fresh, pg_temp.twin_found;
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
_SAME_BUT_ZEROS = """
SELECT f.id AS a, d.id AS b FROM twin_fresh f
JOIN debtors d ON ltrim(d.customer_ref_norm, '0') = ltrim(f.customer_ref_norm, '0')
WHERE d.agency_id = :agency AND d.client_id = :client AND d.customer_ref_norm <> f.customer_ref_norm
  AND ltrim(f.customer_ref_norm, '0') <> '' AND d.merged_into IS NULL
"""
_SAME_POINT = """
SELECT f.id AS a, o.debtor_id AS b FROM twin_fresh f
JOIN contact_points p ON p.agency_id = :agency AND p.debtor_id = f.id
JOIN contact_points o ON o.agency_id = :agency AND o.value_norm = p.value_norm AND o.channel = p.channel
JOIN debtors d ON d.agency_id = :agency AND d.id = o.debtor_id
WHERE o.client_id = :client AND o.debtor_id <> f.id AND d.merged_into IS NULL AND p.value_norm IN (
  SELECT s.value_norm FROM contact_points s WHERE s.agency_id = :agency AND s.client_id = :client
  AND s.value_norm IN (SELECT m.value_norm FROM twin_fresh x JOIN contact_points m
                       ON m.agency_id = :agency AND m.debtor_id = x.id)
  GROUP BY s.value_norm HAVING count(DISTINCT s.debtor_id) BETWEEN 2 AND :many)
"""
# The rarest word of each name that somebody else has too.
_RARE = """
DROP TABLE IF EXISTS pg_temp.twin_words;
CREATE TEMPORARY TABLE twin_words ON COMMIT DROP AS
WITH mine AS (
  SELECT f.id, w.word FROM twin_fresh f CROSS JOIN LATERAL name_words_of(f.name) AS w (word)
  WHERE length(w.word) > 2 AND NOT w.word = ANY(CAST(:forms AS text[]))
), counted AS (
  SELECT s.word, count(*) AS n FROM search_words s
  WHERE s.agency_id = :agency AND s.kind = 'name' AND s.client_id = :client AND s.word IN (SELECT word FROM mine)
  GROUP BY s.word HAVING count(*) BETWEEN 2 AND :common
)
SELECT DISTINCT ON (m.id) m.id, m.word FROM mine m JOIN counted c ON c.word = m.word ORDER BY m.id, c.n, m.word
"""
_SAME_WORD = """
SELECT f.id AS a, s.debtor_id AS b FROM twin_words f
JOIN search_words s ON s.agency_id = :agency AND s.word = f.word AND s.kind = 'name'
JOIN debtors d ON d.agency_id = :agency AND d.id = s.debtor_id
WHERE s.client_id = :client AND s.debtor_id <> f.id AND d.merged_into IS NULL
"""
_MANY_POINTS = """
SELECT p.value_norm FROM contact_points p
WHERE p.agency_id = :agency AND p.client_id = :client AND p.value_norm = ANY(CAST(:values AS text[]))
GROUP BY 1 HAVING count(DISTINCT p.debtor_id) > :many
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
    for statement in _RARE.split(";"):
        run(text(statement), given)
    run(text("ANALYZE pg_temp.twin_words"))
    for block in (_SAME_TAX_ID, _SAME_BUT_ZEROS, _SAME_POINT, _SAME_WORD):
        run(text(f"{_INTO}{block} LIMIT :most) q"), {**given, "most": MOST_PAIRS})
    pairs = run(text("SELECT DISTINCT one_id, other_id FROM twin_found")).all()
    shown, rest = 0, iter(pairs)
    while chunk := list(islice(rest, _SLICE)):
        shown += _weigh(work, client_id, [(row.one_id, row.other_id) for row in chunk])
    return shown


def _weigh(work: Work, client_id: UUID, pairs: Sequence[tuple[UUID, UUID]]) -> int:
    known = known_of(work, client_id, {each for pair in pairs for each in pair})
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


def known_of(work: Work, client_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Known]:
    """What is compared of some debtors of a client, by id; contact points that many of them share are left out."""
    wanted = list(ids)
    points: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    rows = work.session.execute(
        select(ContactPoint.debtor_id, ContactPoint.channel, ContactPoint.value_norm).where(
            ContactPoint.agency_id == work.agency_id, ContactPoint.debtor_id.in_(wanted)
        )
    ).all()
    many = set(
        work.session.execute(
            text(_MANY_POINTS),
            {"agency": work.agency_id, "client": client_id, "many": SHARED_BY_MANY,
             "values": sorted({row.value_norm for row in rows})},
        ).scalars()
    )  # fmt: skip
    for debtor_id, channel, value in rows:
        if value not in many:
            points[debtor_id].add((channel, value))
    debtors = work.session.scalars(
        select(Debtor).where(Debtor.agency_id == work.agency_id, Debtor.client_id == client_id, Debtor.id.in_(wanted))
    )
    return {one.id: _known(one, points[one.id]) for one in debtors}


def _known(one: Debtor, points: Iterable[tuple[str, str]]) -> Known:
    return Known(
        kind=one.kind, name=one.name, tax_id=one.tax_id, tax_id_norm=one.tax_id_norm, customer_ref=one.customer_ref,
        customer_ref_norm=one.customer_ref_norm, city=one.city, country=one.country, birth_year=one.birth_year,
        points=frozenset(points),
    )  # fmt: skip
