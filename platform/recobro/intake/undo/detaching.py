"""The way back from documents that a file added: those that nobody used leave their cases; the files themselves and
what was done with them are kept. What a court, a debtor or a proof may rest on stays."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.tables import Placement
from tenants.work import Work

REASONS: Mapping[str, str] = {
    "given_again": msg("otra carga trajo después el mismo documento"),
    "shown": msg("el deudor lo puede ver"),
    "evidence": msg("está en el expediente de un abogado"),
    "answered": msg("después se respondió una aclaración con los documentos del adeudo"),
    "cited": msg("un aviso, una queja o una constancia se apoya en él"),
}
DETACHED = msg("Se deshizo la carga {number}: salen {count} de sus documentos")
DETACHED_ONE = msg("Se deshizo la carga {number}: sale su documento")

# A matter that was returned before the document came has never had it.
_LOOK = """
CREATE TEMPORARY TABLE undo_documents AS
SELECT f.id, f.case_id, f.name, CASE
  WHEN f.visibility = 'debtor' THEN 'shown'
  WHEN EXISTS (SELECT FROM placement_effects o JOIN placements p ON p.agency_id = o.agency_id AND p.id = o.placement_id
               WHERE o.agency_id = :agency AND o.client_id = :client AND o.kind = 'attached' AND o.ref_id = f.id
                 AND o.placement_id <> :placement AND p.state = 'committed') THEN 'given_again'
  WHEN EXISTS (SELECT FROM matters m WHERE m.agency_id = :agency AND m.case_id = f.case_id
               AND (m.state <> 'returned' OR m.answered_at >= e.at)) THEN 'evidence'
  WHEN EXISTS (SELECT FROM disputes d WHERE d.agency_id = :agency AND d.case_id = f.case_id
               AND (d.verification_sent_on >= CAST(e.at AS date) OR d.answered_on >= CAST(e.at AS date)))
    THEN 'answered'
  WHEN EXISTS (SELECT FROM consent_events x WHERE x.agency_id = :agency AND x.evidence_file_id = f.id)
    OR EXISTS (SELECT FROM complaints x WHERE x.agency_id = :agency AND x.answer_file_id = f.id)
    OR EXISTS (SELECT FROM complaint_events x WHERE x.agency_id = :agency AND x.file_id = f.id)
    OR EXISTS (SELECT FROM notices x WHERE x.agency_id = :agency AND x.case_id = f.case_id AND x.file_id = f.id)
    OR EXISTS (SELECT FROM disputes x WHERE x.agency_id = :agency AND x.answer_file_id = f.id) THEN 'cited'
  ELSE '' END AS reason
FROM placement_effects e JOIN files f ON f.agency_id = e.agency_id AND f.id = e.ref_id AND f.case_id IS NOT NULL
WHERE e.agency_id = :agency AND e.placement_id = :placement AND e.kind = 'attached'
  AND NOT e.details ? 'act'
"""
_COUNTED = "SELECT reason, count(*) FROM undo_documents GROUP BY 1"
_DETACH = """
SELECT detach_documents(:agency, :placement, (SELECT coalesce(array_agg(id), '{}') FROM undo_documents
                                              WHERE reason = ''))
"""
_EVENTS = """
INSERT INTO case_events (agency_id, id, client_id, case_id, at, kind, title, body, details, tone, actor, actor_kind,
                         ref_table, ref_id, visibility)
SELECT :agency, uuidv7(), :client, case_id, :now, 'placement', CASE WHEN count(*) = 1 THEN :one ELSE :title END,
       left(string_agg(name, '; ' ORDER BY id), 1000),
       jsonb_build_object('number', CAST(:number AS text), 'count', count(*)), 'warn', :actor, :actor_kind,
       'placements', :placement, 'client'
FROM undo_documents WHERE reason = '' GROUP BY case_id
"""


def look(work: Work, placement: Placement) -> tuple[int, Mapping[str, int]]:
    """How many documents would leave their cases, and how many stay for each reason; nothing changes."""
    _compare(work, placement)
    return _counted(work)


def detach(work: Work, placement: Placement) -> tuple[int, Mapping[str, int]]:
    """Take them out of their cases; you get the same."""
    parameters = {
        **_compare(work, placement), "now": work.now(), "title": DETACHED, "one": DETACHED_ONE,
        "number": placement.number, "actor": work.principal.name, "actor_kind": work.principal.kind.value,
    }  # fmt: skip
    for statement in (_DETACH, _EVENTS):
        work.session.execute(text(statement), parameters)
    work.session.expire_all()
    count, stays = _counted(work)
    work.audit("documents.detached", placement_id=placement.id, number=placement.number, count=count)
    return count, stays


def _compare(work: Work, placement: Placement) -> dict[str, Any]:
    parameters = {"agency": work.agency_id, "client": placement.client_id, "placement": placement.id}
    work.session.execute(text("DROP TABLE IF EXISTS pg_temp.undo_documents"))
    work.session.execute(text(_LOOK), parameters)
    return parameters


def _counted(work: Work) -> tuple[int, Mapping[str, int]]:
    found = Counter({reason: count for reason, count in work.session.execute(text(_COUNTED))})  # noqa: C416
    return found.pop("", 0), found
