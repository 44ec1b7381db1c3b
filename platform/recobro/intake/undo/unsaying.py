"""The way back from what a file said of consent: it is as if the client had not said it. Nothing is deleted, for it is
evidence: a line in the debtor's ledger says that it was taken back, and the gate counts it no more. What a contact was
made on, or somebody said again, stays."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.tables import Placement
from tenants.work import Work

REASONS: Mapping[str, str] = {
    "relied": msg("ya se le contactó con esa autorización"),
    "said_again": msg("otra carga dijo después lo mismo"),
    "said_since": msg("alguien dijo después otra cosa de ese dato"),
}
TAKEN_BACK = msg("Se deshizo la carga {number}: lo que dijo del consentimiento ya no cuenta")

# What a file said (`act`: point, new, wish) beside what holds there now. A contact counts whose channel the word
# opened; the post is two channels of the law. A number that came with a yes to SMS or WhatsApp is `unknown` for calls,
# and is not counted beside that yes. A word of one number does not say again what was said of a channel.
_LOOK = """
CREATE TEMPORARY TABLE undo_words AS
SELECT e.id, e.case_id, e.ref_id, f.*, CASE
  WHEN EXISTS (SELECT FROM debtor_merges m WHERE m.agency_id = :agency AND m.undone_at IS NULL AND m.at >= e.at
               AND e.case_id IN (m.survivor_case_id, m.other_case_id)) THEN 'merged'
  WHEN f.act <> 'wish' AND CASE f.to WHEN 'unknown' THEN k.consent <> 'unknown'
    ELSE (k.consent, k.consent_by, k.consent_at) IS DISTINCT FROM (f.to, 'client', f.told_at) END THEN 'said_since'
  WHEN f.act = 'new' AND (k.quality <> 'unknown' OR k.person_role <> 'debtor') THEN 'corrected'
  WHEN EXISTS (SELECT FROM placement_effects o JOIN placements p ON p.agency_id = o.agency_id AND p.id = o.placement_id
               WHERE o.agency_id = :agency AND o.client_id = :client AND o.kind = 'consented'
                 AND o.placement_id <> :placement AND o.id > e.id AND p.state = 'committed'
                 AND o.details ->> 'act' = 'same' AND o.details ->> 'to' = f.to
                 AND CASE f.act WHEN 'wish' THEN o.ref_id = f.debtor_id AND o.details ->> 'wish' = f.wish
                                                  AND o.details ->> 'value' IN ('', f.value)
                                ELSE o.ref_id = e.ref_id END) THEN 'said_again'
  WHEN f.to IN ('granted', 'unknown') AND (
    EXISTS (SELECT FROM contact_attempts a WHERE a.agency_id = :agency AND a.debtor_id = f.debtor_id AND a.at >= e.at
            AND a.voided_at IS NULL AND NOT a.incoming
            AND CASE f.act WHEN 'wish' THEN f.wish IN ('', CASE a.channel WHEN 'letter' THEN 'postal'
                                              WHEN 'certified_letter' THEN 'postal' ELSE a.channel END)
                           ELSE a.contact_point_id = e.ref_id END)
    OR (f.act <> 'wish' AND EXISTS (SELECT FROM notices n WHERE n.agency_id = :agency AND n.contact_point_id = e.ref_id
        AND n.queued_at >= e.at AND (n.state NOT IN ('queued', 'held', 'cancelled') OR n.tries > 0)))
    OR (f.act <> 'wish' AND EXISTS (SELECT FROM calls c WHERE c.agency_id = :agency AND c.contact_point_id = e.ref_id
        AND c.started_at >= e.at))) THEN 'relied'
  ELSE '' END AS reason
FROM placement_effects e
CROSS JOIN LATERAL jsonb_to_record(e.details) AS f(
  act text, debtor_id uuid, wish text, channel text, value text, "to" text, told_at timestamptz, was text,
  was_at timestamptz, was_by text)
LEFT JOIN contact_points k ON k.agency_id = e.agency_id AND k.id = e.ref_id
WHERE e.agency_id = :agency AND e.placement_id = :placement AND e.kind = 'consented' AND f.act <> 'same'
"""
_COUNTED = """
SELECT reason, count(*) FROM undo_words
WHERE (act <> 'wish' OR channel <> 'certified_letter') AND "to" <> 'unknown' GROUP BY 1
"""
_POINTS = """
UPDATE contact_points k SET consent = u.was, consent_at = u.was_at, consent_by = u.was_by,
       quality = CASE u.act WHEN 'new' THEN 'wrong' ELSE k.quality END
FROM undo_words u WHERE u.reason = '' AND u.act <> 'wish' AND k.agency_id = :agency AND k.id = u.ref_id
"""
_ENDED = """
INSERT INTO consent_events (agency_id, id, client_id, case_id, debtor_id, kind, channel, at, how, words, by, noted_at,
                            ends_id)
SELECT :agency, uuidv7(), :client, o.case_id, o.debtor_id, 'ended', o.channel, :now, 'client', :words, :actor, :now,
       o.id
FROM undo_words u JOIN consent_events o ON o.agency_id = :agency AND o.id = u.ref_id
WHERE u.reason = '' AND u.act = 'wish'
"""
_NOTED = """
INSERT INTO consent_events (agency_id, id, client_id, case_id, debtor_id, kind, channel, contact_point_id, at, how,
                            words, by, noted_at, details)
SELECT :agency, uuidv7(), :client, case_id, debtor_id, 'taken_back',
       CASE channel WHEN 'postal' THEN 'letter' ELSE channel END, ref_id, :now, 'client', :words, :actor, :now,
       jsonb_build_object('consent', "to", 'number', CAST(:number AS text))
FROM undo_words WHERE reason = '' AND act <> 'wish' AND case_id IS NOT NULL
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, u.case_id, :now, 'placement', :title,
       left(string_agg(DISTINCT c.word || CASE WHEN u.value = '' THEN '' ELSE ' ' || u.value END || ': ' || s.word,
                       '; '), 2000),
       jsonb_build_object('number', CAST(:number AS text)), 'warn', :actor, :actor_kind, 'placements', :placement,
       'client'
FROM undo_words u
JOIN unnest(CAST(:names AS text[]), CAST(:labels AS text[])) AS c (name, word)
  ON c.name = CASE u.act WHEN 'wish' THEN u.wish ELSE u.channel END
JOIN unnest(CAST(:names AS text[]), CAST(:labels AS text[])) AS s (name, word) ON s.name = u.to
WHERE u.reason = '' AND u.case_id IS NOT NULL GROUP BY u.case_id
"""


def look(work: Work, placement: Placement) -> tuple[int, Mapping[str, int]]:
    """How many words of consent would be taken back, and how many stay for each reason; nothing changes."""
    _compare(work, placement)
    return _counted(work)


def unsay(work: Work, placement: Placement, words: Mapping[str, str]) -> tuple[int, Mapping[str, int]]:
    """Take them back; you get the same. `words` names channels and consents in the history of cases."""
    parameters = {
        **_compare(work, placement), "now": work.now(), "title": TAKEN_BACK, "number": placement.number,
        "words": TAKEN_BACK.format(number=placement.number), "actor": work.principal.name,
        "actor_kind": work.principal.kind.value, "names": list(words), "labels": list(words.values()),
    }  # fmt: skip
    for statement in (_POINTS, _ENDED, _NOTED, _EVENTS):
        work.session.execute(text(statement), parameters)
    work.session.expire_all()
    count, stays = _counted(work)
    work.audit("consents.taken_back", placement_id=placement.id, number=placement.number, count=count)
    return count, stays


def _compare(work: Work, placement: Placement) -> dict[str, Any]:
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.undo_words"))
    work.session.execute(text(_LOOK), parameters)
    return parameters


def _counted(work: Work) -> tuple[int, Mapping[str, int]]:
    found = Counter({reason: count for reason, count in work.session.execute(text(_COUNTED))})  # noqa: C416
    return found.pop("", 0), found
