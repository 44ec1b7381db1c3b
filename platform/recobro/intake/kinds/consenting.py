"""What the client says of consent against what is known of it: compared and kept in sets.

The client's word never lifts what the debtor closed; of two words the newer holds, and of the same day the refusal.
A yes to SMS or WhatsApp on one number is kept with that number, and opens the channel only where the debtor has no
other telephone of which nothing was said; a no closes the channel, whatever the number.
"""

from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.checks.rows import Plan
from recobro.intake.issues import Issue
from recobro.intake.kinds import naming
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.work import Work

TOLD = msg("El cliente informó del consentimiento en la carga {number}")
WORDS = {
    "granted": msg("autorizado"), "refused": msg("rechazado"), "": msg("Todos los canales"), "phone": msg("Teléfono"),
    "sms": msg("SMS"), "whatsapp": msg("WhatsApp"), "email": msg("Correo"), "postal": msg("Correo postal"),
}  # fmt: skip
_WISH = """channel text NOT NULL, kind text NOT NULL, value text NOT NULL, value_norm text NOT NULL,
  consent text NOT NULL, at timestamptz NOT NULL, words text NOT NULL"""
TABLES = f"""
CREATE TEMPORARY TABLE intake_wishes ({naming.WHO}, {_WISH});
CREATE TEMPORARY TABLE intake_values (line bigint NOT NULL, {_WISH});
"""
# A yes of one person is no yes of another: where several have that telephone or address, whose it is must be said.
_SHARED = """
CREATE TEMPORARY TABLE intake_shared AS
SELECT v.line, v.kind, v.value, v.value_norm, string_agg(DISTINCT d.name, ', ') AS names
FROM intake_values v
JOIN contact_points k ON k.agency_id = :agency AND k.client_id = :client AND k.channel = v.kind
  AND k.value_norm = v.value_norm
JOIN debtors d ON d.agency_id = k.agency_id AND d.id = k.debtor_id
WHERE v.consent = 'granted' GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT coalesce(d.merged_into, d.id)) > 1
"""
# Whoever has that telephone or address is meant; a refusal holds for all of them.
_BY_VALUE = """
INSERT INTO intake_wishes (line, customer_ref_norm, reference_norm, tax_id_norm, shown, debtor_id, case_id, channel,
                           kind, value, value_norm, consent, at, words)
SELECT v.line, '', '', '', v.value, k.debtor_id, c.id, v.channel, v.kind, v.value, v.value_norm, v.consent, v.at,
       v.words
FROM intake_values v
JOIN contact_points k ON k.agency_id = :agency AND k.client_id = :client AND k.channel = v.kind
  AND k.value_norm = v.value_norm
LEFT JOIN cases c ON c.agency_id = :agency AND c.debtor_id = k.debtor_id
WHERE (v.line, v.kind, v.value_norm) NOT IN (SELECT line, kind, value_norm FROM intake_shared)
"""
_UNKNOWN_VALUES = """
SELECT line, value FROM intake_values v WHERE NOT EXISTS (SELECT FROM intake_wishes w WHERE w.line = v.line)
  AND v.line NOT IN (SELECT line FROM intake_shared)
ORDER BY line
"""
# A number of a debtor who is not the one that the row names: the row is wrong about one of the two.
_TAKEN = """
UPDATE intake_wishes w SET who = 'number_taken'
FROM (SELECT k.value_norm, array_agg(coalesce(d.merged_into, d.id)) FILTER (WHERE k.quality <> 'wrong') AS others,
             array_agg(k.debtor_id) AS owners, min(d.name) FILTER (WHERE k.quality <> 'wrong') AS name
      FROM contact_points k JOIN debtors d ON d.agency_id = k.agency_id AND d.id = k.debtor_id
      WHERE k.agency_id = :agency AND k.client_id = :client AND k.channel = 'phone'
        AND k.value_norm IN (SELECT value_norm FROM intake_wishes WHERE consent = 'granted'
                             AND kind = 'phone' AND value <> '')
      GROUP BY 1) f
WHERE w.who = '' AND w.consent = 'granted' AND w.kind = 'phone' AND w.value_norm = f.value_norm
  AND w.debtor_id <> ALL (f.owners) AND w.debtor_id <> ALL (f.others)
RETURNING w.line, w.value, f.name
"""
# What of channels is closed now, and by whom; `letter` stands for the post. A line that was taken back never was.
_CLOSED = """
CREATE TEMPORARY TABLE intake_closed AS
SELECT s.debtor_id, CASE s.channel WHEN 'letter' THEN 'postal' ELSE s.channel END AS channel,
       bool_or(s.how <> 'client') AS by_debtor, max(s.at) AS at,
       array_agg(s.details ->> 'value') FILTER (WHERE s.details ->> 'value' <> '') AS numbers
FROM consent_events s
WHERE s.agency_id = :agency AND s.client_id = :client AND s.kind = 'stop'
  AND s.debtor_id IN (SELECT debtor_id FROM intake_wishes)
  AND NOT EXISTS (SELECT FROM consent_events x WHERE x.agency_id = s.agency_id AND x.debtor_id = s.debtor_id
                  AND x.ends_id = s.id)
  AND NOT EXISTS (SELECT FROM consent_events r WHERE r.agency_id = s.agency_id AND r.debtor_id = s.debtor_id
                  AND r.kind = 'resume' AND r.contact_point_id IS NULL AND r.channel IN (s.channel, '')
                  AND (r.at, r.id) > (s.at, s.id)
                  AND NOT EXISTS (SELECT FROM consent_events x WHERE x.agency_id = r.agency_id
                                  AND x.debtor_id = r.debtor_id AND x.ends_id = r.id))
GROUP BY 1, 2
"""
_OPENED = """
CREATE TEMPORARY TABLE intake_opened AS
SELECT debtor_id, CASE channel WHEN 'letter' THEN 'postal' ELSE channel END AS channel, max(at) AS at
FROM consent_events s
WHERE agency_id = :agency AND client_id = :client AND kind = 'resume' AND contact_point_id IS NULL
  AND debtor_id IN (SELECT debtor_id FROM intake_wishes)
  AND NOT EXISTS (SELECT FROM consent_events x WHERE x.agency_id = s.agency_id AND x.debtor_id = s.debtor_id
                  AND x.ends_id = s.id)
GROUP BY 1, 2
"""
# A wish about a value is about that contact point; of SMS or WhatsApp alone, and without a value, about the channel. To
# allow a whole channel allows the points that it has. A point that an undone file had brought comes back (`revived`).
_POINTS = """
CREATE TEMPORARY TABLE intake_point_wishes AS
SELECT w.line, w.debtor_id, w.case_id, w.channel, w.consent, w.at, w.words, k.id AS point_id, k.consent AS was,
       k.consent_by, k.consent_at AS was_at, coalesce(k.channel, w.kind) AS kind, coalesce(k.value, w.value) AS value,
       coalesce(k.value_norm, w.value_norm) AS value_norm, w.value <> '' AS told_value,
       row_number() OVER same AS place, first_value(w.consent) OVER same AS holds, '' AS state,
       w.value <> '' AND k.quality = 'wrong' AND EXISTS (
         SELECT FROM consent_events x WHERE x.agency_id = :agency AND x.debtor_id = w.debtor_id
           AND x.contact_point_id = k.id AND x.kind = 'taken_back') AS revived
FROM intake_wishes w LEFT JOIN contact_points k ON k.agency_id = :agency AND k.debtor_id = w.debtor_id
  AND CASE WHEN w.value <> '' THEN k.channel = w.kind AND k.value_norm = w.value_norm
           ELSE w.channel IN (k.channel, '') END
WHERE w.who = '' AND w.channel NOT IN ('sms', 'whatsapp')
  AND (w.value <> '' OR (w.consent = 'granted' AND k.id IS NOT NULL AND k.consent = 'unknown'))
WINDOW same AS (PARTITION BY w.debtor_id, coalesce(k.channel, w.kind), coalesce(k.value_norm, w.value_norm)
                ORDER BY w.at::date DESC, w.consent DESC, w.line)
"""
_POINT_STATES = """
UPDATE intake_point_wishes p SET state = CASE
  WHEN place > 1 THEN CASE WHEN told_value AND consent <> holds THEN 'older' ELSE 'same' END
  WHEN consent = 'granted' AND (EXISTS (
         SELECT FROM intake_closed c WHERE c.debtor_id = p.debtor_id AND c.channel IN (p.kind, '') AND c.by_debtor)
       OR (was = 'refused' AND consent_by IS DISTINCT FROM 'client')) THEN 'debtor_refused'
  WHEN was = consent THEN 'same'
  WHEN was <> 'unknown' AND was_at IS NOT NULL AND (was_at > at OR (was_at = at AND consent = 'granted')) THEN 'older'
  WHEN point_id IS NULL THEN 'new'
  ELSE 'change' END
"""
# What the client said of one number and that opened nothing.
_NOTED = """
CREATE TEMPORARY TABLE intake_noted AS
SELECT DISTINCT s.debtor_id, s.channel, s.contact_point_id FROM consent_events s
WHERE s.agency_id = :agency AND s.client_id = :client AND s.kind = 'resume' AND s.contact_point_id IS NOT NULL
  AND s.debtor_id IN (SELECT debtor_id FROM intake_wishes)
  AND NOT EXISTS (SELECT FROM consent_events x WHERE x.agency_id = s.agency_id AND x.debtor_id = s.debtor_id
                  AND x.ends_id = s.id)
"""
# All telephones of a debtor that are not known to be dead or somebody else's, with those that the file brings.
_PHONES = """
CREATE TEMPORARY TABLE intake_phones AS
SELECT debtor_id, array_agg(DISTINCT value_norm) AS numbers FROM (
  SELECT k.debtor_id, k.value_norm FROM contact_points k
  WHERE k.agency_id = :agency AND k.client_id = :client AND k.channel = 'phone'
    AND k.quality NOT IN ('wrong', 'bounced') AND k.debtor_id IN (SELECT debtor_id FROM intake_wishes)
  UNION SELECT debtor_id, value_norm FROM intake_wishes
        WHERE who = '' AND kind = 'phone' AND (consent = 'granted' OR channel NOT IN ('sms', 'whatsapp'))) p
GROUP BY 1
"""
# `older`: a newer word of the same number or of the whole channel holds, or a refusal of any number that is as new.
# `alone`: the debtor has no telephone but those to which the file says yes, and none was refused.
_CHANNELS = """
CREATE TEMPORARY TABLE intake_channel_wishes AS
WITH placed AS (
  SELECT w.line, w.debtor_id, w.case_id, w.channel, w.consent, w.at, w.words, w.value, w.value_norm,
         row_number() OVER (PARTITION BY w.debtor_id, w.channel, w.value_norm
                            ORDER BY w.at::date DESC, w.consent DESC, w.line) AS place
  FROM intake_wishes w
  WHERE w.who = '' AND w.case_id IS NOT NULL AND (w.value = '' OR w.channel IN ('sms', 'whatsapp'))
), told AS (
  SELECT p.*,
         p.place > 1 OR CASE p.consent
           WHEN 'granted' THEN p.at::date <= max(p.at::date) FILTER (WHERE p.consent = 'refused') OVER same
           ELSE p.at::date < max(p.at::date) FILTER (WHERE p.consent = 'granted' AND p.value = '') OVER same
           END IS TRUE AS older,
         array_agg(p.value_norm) FILTER (WHERE p.consent = 'granted' AND p.place = 1) OVER same AS named,
         count(*) FILTER (WHERE p.consent = 'refused' AND p.place = 1 AND p.value <> '') OVER same AS refused
  FROM placed p WINDOW same AS (PARTITION BY p.debtor_id, p.channel)
), known AS (
  SELECT t.*, k.id AS point_id, k.quality = 'wrong' AND EXISTS (
           SELECT FROM consent_events x WHERE x.agency_id = :agency AND x.debtor_id = t.debtor_id
             AND x.contact_point_id = k.id AND x.kind = 'taken_back') AS revived,
         t.refused = 0 AND f.numbers <@ t.named AND coalesce(s.numbers <@ t.named, true) AS all_named,
         k.quality, n.contact_point_id IS NOT NULL AS noted, s.debtor_id IS NULL AND o.debtor_id IS NOT NULL AS open
  FROM told t
  LEFT JOIN contact_points k ON k.agency_id = :agency AND k.debtor_id = t.debtor_id AND k.channel = 'phone'
    AND t.value <> '' AND k.value_norm = t.value_norm
  LEFT JOIN intake_phones f ON f.debtor_id = t.debtor_id
  LEFT JOIN intake_closed s ON s.debtor_id = t.debtor_id AND s.channel = t.channel
  LEFT JOIN intake_opened o ON o.debtor_id = t.debtor_id AND o.channel = t.channel
  LEFT JOIN intake_noted n ON n.debtor_id = t.debtor_id AND n.channel = t.channel AND n.contact_point_id = k.id
)
SELECT w.*,
       CASE WHEN w.older THEN 'older'
            WHEN w.consent = 'refused' THEN
              CASE WHEN EXISTS (SELECT FROM intake_closed c WHERE c.debtor_id = w.debtor_id
                                AND c.channel IN (w.channel, '')) THEN 'same'
                   WHEN EXISTS (SELECT FROM intake_opened o WHERE o.debtor_id = w.debtor_id
                                AND o.channel IN (w.channel, '') AND o.at > w.at) THEN 'older'
                   ELSE 'stop' END
            WHEN EXISTS (SELECT FROM intake_closed c WHERE c.debtor_id = w.debtor_id AND c.by_debtor
                         AND (c.channel IN (w.channel, '') OR w.channel = '')) THEN 'debtor_refused'
            WHEN EXISTS (SELECT FROM intake_closed c WHERE c.debtor_id = w.debtor_id AND c.channel = ''
                         AND w.channel <> '') THEN 'all_refused'
            WHEN EXISTS (SELECT FROM intake_closed c WHERE c.debtor_id = w.debtor_id AND c.at >= w.at
                         AND (c.channel = w.channel OR w.channel = '')) THEN 'older'
            WHEN w.value <> '' AND NOT w.alone THEN CASE WHEN w.noted THEN 'same' ELSE 'noted' END
            WHEN EXISTS (SELECT FROM intake_closed c WHERE c.debtor_id = w.debtor_id
                         AND (c.channel = w.channel OR w.channel = '')) THEN 'resume'
            WHEN w.channel IN ('sms', 'whatsapp') AND NOT EXISTS (
              SELECT FROM intake_opened o WHERE o.debtor_id = w.debtor_id AND o.channel = w.channel) THEN 'resume'
            ELSE 'same' END AS state
FROM (SELECT *, all_named AND (quality IS NULL OR revived OR quality NOT IN ('wrong', 'bounced')) AS alone
      FROM known) w
"""
_ISSUES = """
SELECT line, state, channel, value FROM intake_point_wishes WHERE state IN ('debtor_refused', 'older')
UNION
SELECT line, state, channel, '' FROM intake_channel_wishes WHERE state IN ('debtor_refused', 'all_refused', 'older')
UNION
SELECT line, 'number_not_alone', channel, value FROM intake_channel_wishes
WHERE NOT open AND (state = 'noted' OR (state = 'same' AND noted AND NOT alone))
ORDER BY 1, 2
"""
_COUNTED = """
WITH done AS (
  SELECT line, debtor_id, consent, state FROM intake_point_wishes WHERE state IN ('new', 'change')
  UNION ALL SELECT line, debtor_id, consent, state FROM intake_channel_wishes
            WHERE state IN ('stop', 'resume', 'noted'))
SELECT count(*) FILTER (WHERE state = 'new') AS created, count(*) FILTER (WHERE state <> 'new') AS changed,
       count(*) FILTER (WHERE consent = 'granted') AS granted, count(*) FILTER (WHERE consent = 'refused') AS refused,
       count(DISTINCT debtor_id) AS debtors,
       (SELECT count(DISTINCT w.line) FROM intake_wishes w WHERE w.who = ''
          AND w.line NOT IN (SELECT line FROM done)
          AND w.line NOT IN (SELECT line FROM intake_point_wishes WHERE state IN ('debtor_refused', 'older'))
          AND w.line NOT IN (SELECT line FROM intake_channel_wishes
                             WHERE state IN ('debtor_refused', 'all_refused', 'older'))) AS unchanged
FROM done
"""
_FIRST = """
SELECT x.line, d.name, x.channel, x.value, x.consent, x.at::date AS day
FROM (SELECT line, debtor_id, kind AS channel, value, consent, at FROM intake_point_wishes
      WHERE state IN ('new', 'change')
      UNION ALL SELECT line, debtor_id, channel, value, consent, at FROM intake_channel_wishes
                WHERE state IN ('stop', 'resume', 'noted')) x
JOIN debtors d ON d.agency_id = :agency AND d.id = x.debtor_id ORDER BY x.line LIMIT 1
"""
# What stood there before, so that the file can be undone; and what a file said that was so already, for then another
# one rests on it too (`same`).
_EFFECT = """
INSERT INTO placement_effects (agency_id, client_id, id, placement_id, kind, case_id, ref_id, details, at)
SELECT :agency, :client, uuidv7(), :placement, 'consented', x.case_id, x.ref_id,
       jsonb_build_object('act', x.act, 'debtor_id', x.debtor_id, 'wish', x.wish, 'channel', x.channel,
                          'value', x.value, 'to', x.consent, 'told_at', x.at, 'was', x.was, 'was_at', x.was_at,
                          'was_by', x.was_by), :now
FROM ({rows}) x
"""
_POINT_EFFECTS = _EFFECT.format(
    rows="""
  SELECT CASE WHEN state = 'same' THEN 'same' WHEN revived THEN 'new' ELSE 'point' END AS act, case_id,
         point_id AS ref_id, debtor_id, '' AS wish, kind AS channel, value, consent, at, was, was_at,
         consent_by AS was_by
  FROM intake_point_wishes WHERE state IN ('change', 'same') AND point_id IS NOT NULL
  UNION ALL
  SELECT 'same', case_id, debtor_id, debtor_id, channel, channel, value, consent, at, NULL, NULL, NULL
  FROM intake_channel_wishes WHERE state = 'same'
  UNION ALL
  SELECT 'same', case_id, point_id, debtor_id, '', 'phone', value, 'unknown', at, NULL, NULL, NULL
  FROM intake_channel_wishes
  WHERE consent = 'granted' AND state IN ('same', 'resume', 'noted') AND point_id IS NOT NULL AND NOT revived"""
)
_CHANGE = """
UPDATE contact_points k SET consent = p.consent, consent_at = p.at, consent_by = 'client',
       quality = CASE WHEN p.revived THEN 'unknown' ELSE k.quality END
FROM intake_point_wishes p WHERE p.state = 'change' AND k.agency_id = :agency AND k.id = p.point_id
"""
_ADD = """
WITH made AS (
INSERT INTO contact_points (agency_id, id, client_id, debtor_id, channel, value, value_norm, person_name, person_role,
                            source, consent, consent_at, consent_by, quality, last_outcome, placement_id, created_at)
SELECT :agency, uuidv7(), :client, debtor_id, kind, value, value_norm, '', 'debtor', 'client', consent, at, 'client',
       'unknown', '', :placement, :now
FROM intake_point_wishes WHERE state = 'new'
RETURNING id, debtor_id, channel, value, value_norm, consent, consent_at)
"""
_ADD += _EFFECT.format(
    rows="""
  SELECT 'new' AS act, p.case_id, m.id AS ref_id, m.debtor_id, '' AS wish, m.channel, m.value, m.consent,
         m.consent_at AS at, 'unknown' AS was, CAST(NULL AS timestamptz) AS was_at, CAST(NULL AS text) AS was_by
  FROM made m JOIN intake_point_wishes p ON p.state = 'new' AND p.debtor_id = m.debtor_id AND p.kind = m.channel
   AND p.value_norm = m.value_norm"""
)
# The number of a yes to SMS or WhatsApp is the debtor's from now on; of calls to it nothing was said.
_NUMBERS = """
WITH told AS (
SELECT DISTINCT ON (debtor_id, value_norm) debtor_id, case_id, value, value_norm FROM intake_channel_wishes
WHERE value <> '' AND consent = 'granted' AND state IN ('resume', 'noted') AND (point_id IS NULL OR revived)
ORDER BY debtor_id, value_norm, line
), made AS (
INSERT INTO contact_points (agency_id, id, client_id, debtor_id, channel, value, value_norm, person_name, person_role,
                            source, consent, quality, last_outcome, placement_id, created_at)
SELECT :agency, uuidv7(), :client, t.debtor_id, 'phone', t.value, t.value_norm, '', 'debtor', 'client', 'unknown',
       'unknown', '', :placement, :now
FROM told t WHERE NOT EXISTS (SELECT FROM contact_points k WHERE k.agency_id = :agency AND k.debtor_id = t.debtor_id
                              AND k.channel = 'phone' AND k.value_norm = t.value_norm)
RETURNING id, debtor_id, value_norm
), back AS (
UPDATE contact_points k SET quality = 'unknown' FROM told t
WHERE k.agency_id = :agency AND k.debtor_id = t.debtor_id AND k.channel = 'phone' AND k.value_norm = t.value_norm
  AND k.quality = 'wrong'
RETURNING k.id, k.debtor_id, k.value_norm
)
"""
_NUMBERS += _EFFECT.format(
    rows="""
  SELECT 'new' AS act, t.case_id, m.id AS ref_id, m.debtor_id, '' AS wish, 'phone' AS channel, t.value,
         'unknown' AS consent, CAST(NULL AS timestamptz) AS at, 'unknown' AS was, CAST(NULL AS timestamptz) AS was_at,
         CAST(NULL AS text) AS was_by
  FROM (SELECT * FROM made UNION ALL SELECT * FROM back) m JOIN told t USING (debtor_id, value_norm)"""
)
# The post is two channels of the law. What opens nothing is said of its number.
_WISH_EVENTS = """
WITH made AS (
INSERT INTO consent_events (agency_id, id, client_id, case_id, debtor_id, kind, channel, contact_point_id, at, how,
                            words, by, details)
SELECT :agency, uuidv7(), :client, w.case_id, w.debtor_id, CASE w.state WHEN 'noted' THEN 'resume' ELSE w.state END,
       l.channel, k.id, w.at, 'client', w.words, :actor,
       CASE WHEN w.value = '' THEN '{}'::jsonb ELSE jsonb_build_object('value', w.value) END
FROM intake_channel_wishes w
LEFT JOIN contact_points k ON w.state = 'noted' AND k.agency_id = :agency AND k.debtor_id = w.debtor_id
  AND k.channel = 'phone' AND k.value_norm = w.value_norm
CROSS JOIN LATERAL unnest(CASE w.channel WHEN 'postal' THEN ARRAY['letter', 'certified_letter']
                                         ELSE ARRAY[w.channel] END) AS l (channel)
WHERE w.state IN ('stop', 'resume', 'noted')
RETURNING id, case_id, debtor_id, kind, channel, at, details)
"""
_WISH_EVENTS += _EFFECT.format(
    rows="""
  SELECT 'wish' AS act, case_id, id AS ref_id, debtor_id,
         CASE WHEN channel IN ('letter', 'certified_letter') THEN 'postal' ELSE channel END AS wish, channel,
         coalesce(details ->> 'value', '') AS value,
         CASE kind WHEN 'stop' THEN 'refused' ELSE 'granted' END AS consent, at,
         CAST(NULL AS text) AS was, CAST(NULL AS timestamptz) AS was_at, CAST(NULL AS text) AS was_by
  FROM made"""
)
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, x.case_id, :now, 'placement', :title,
       left(string_agg(c.word || CASE WHEN x.value = '' THEN '' ELSE ' ' || x.value END || ': ' || s.word
                       || CASE WHEN x.words = '' THEN '' ELSE ' (' || x.words || ')' END, '; ' ORDER BY x.line), 2000),
       jsonb_build_object('number', CAST(:number AS text)), 'neutral', :actor, :actor_kind, 'placements', :placement,
       'client'
FROM (SELECT line, case_id, kind AS channel, value, consent, words FROM intake_point_wishes
      WHERE state IN ('new', 'change')
      UNION ALL SELECT line, case_id, channel, value, consent, words FROM intake_channel_wishes
                WHERE state IN ('stop', 'resume', 'noted')) x
JOIN unnest(CAST(:names AS text[]), CAST(:words AS text[])) AS c (name, word) ON c.name = x.channel
JOIN unnest(CAST(:names AS text[]), CAST(:words AS text[])) AS s (name, word) ON s.name = x.consent
WHERE x.case_id IS NOT NULL GROUP BY x.case_id
"""
_MADE = (
    "intake_shared", "intake_closed", "intake_opened", "intake_point_wishes", "intake_noted", "intake_phones",
    "intake_channel_wishes",
)  # fmt: skip
# What of the client's own words does not change what is known: told, and no doubt about the file.
_WARNED = {"older": "older_consent", "number_not_alone": "number_not_alone"}


def compare(work: Work, placement: Placement, plan: Plan, findings: Findings) -> None:
    """Find whom every wish is of, and say what it is to what is known; what does not hold is noted, and why."""
    parameters = {"agency": work.agency_id, "client": placement.client_id}
    run = work.session.execute
    for table in _MADE:
        run(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))
    naming.find(work, placement, plan, findings, "intake_wishes")
    run(text(_SHARED), parameters)
    run(text(_BY_VALUE), parameters)
    for row in run(text(_UNKNOWN_VALUES)):
        findings.note(Issue("rejected", "nobody", row.line, "", row.value))
    for row in run(text("SELECT line, value, names FROM intake_shared ORDER BY line, value")):
        findings.note(Issue("conflict", "shared_value", row.line, "", row.value, {"names": row.names}))
    for row in sorted(run(text(_TAKEN), parameters)):
        findings.note(Issue("conflict", "number_taken", row.line, "", row.value, {"name": row.name}))
    for statement in (_CLOSED, _OPENED, _POINTS, _POINT_STATES, _NOTED, _PHONES, _CHANNELS):
        run(text(statement), parameters)
    for row in run(text(_ISSUES)):
        kind, code = "warned" if row.state in _WARNED else "conflict", _WARNED.get(row.state, row.state)
        details = {"channel": WORDS[row.channel]} if code == "number_not_alone" else {}
        findings.note(Issue(kind, code, row.line, "", row.value or WORDS[row.channel], details))


def counted(work: Work) -> dict[str, int]:
    """How much would change."""
    return dict(work.session.execute(text(_COUNTED)).mappings().one())


def first(work: Work) -> dict[str, Any]:
    """The first wish that would be kept, as the page shows it."""
    row = work.session.execute(text(_FIRST), {"agency": work.agency_id}).first()
    if row is None:
        return {}
    pairs = [(WORDS[row.channel], row.value or WORDS[row.consent]), (msg("Consentimiento"), WORDS[row.consent]),
             (msg("Desde"), row.day.isoformat())]  # fmt: skip
    return {"line": row.line, "title": row.name, "pairs": pairs}


def apply(work: Work, placement: Placement) -> int:
    """Keep the wishes: on contact points, as consent events the gate reads, and in the history of each case."""
    parameters = {
        "agency": work.agency_id, "client": placement.client_id, "placement": placement.id, "now": work.now(),
        "actor": placement.committed_by, "actor_kind": placement.committed_by_kind, "title": TOLD,
        "number": placement.number, "names": list(WORDS), "words": list(WORDS.values()),
    }  # fmt: skip
    done = counted(work)
    for statement in (_POINT_EFFECTS, _CHANGE, _ADD, _NUMBERS, _WISH_EVENTS, _EVENTS):
        work.session.execute(text(statement), parameters)
    work.session.expire_all()
    work.audit("consents.told", placement_id=placement.id, created=done["created"], changed=done["changed"])
    return done["created"] + done["changed"]
