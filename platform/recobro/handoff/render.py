"""The dossier: everything a lawyer needs of a case, with its proofs, as one PDF."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.money import Money
from legal.matters.service import open_matter
from recobro.agreements.lifecycle import LABELS as AGREEMENT_LABELS
from recobro.agreements.lifecycle import PROMISE_LABELS
from recobro.cases import service as cases
from recobro.debtors.regions import address_lines
from recobro.desk.outcomes import MEANINGS, Outcome
from recobro.documents import render_document
from recobro.files import keep_file
from recobro.handoff.queries import CaseFile, case_file
from recobro.payments.lifecycle import COMPONENT_LABELS, DIRECTION_LABELS, Direction
from tenants.service import agency_of
from tenants.tables import File
from tenants.work import Work


def keep_dossier(work: Work, matter_id: UUID) -> File:
    """Make the dossier of a matter as of now and keep it; the matter points to it. Its SHA-256 is on the file's row."""
    matter = open_matter(work, matter_id, lock=True)
    case = cases.open_case(work, matter.case_id)
    found = case_file(work, case)
    agency = agency_of(work)
    data = render_document(
        "documents/dossier.html",
        agency=agency,
        client=found.client,
        title=matter.number,
        # As it is read where the debtor is, and its court.
        locale=found.debtor.locale,
        home=case.currency,
        zone=ZoneInfo(found.debtor.time_zone),
        matter=matter,
        file=found,
        made_at=work.now(),
        addresses=[", ".join(address_lines(point.value, found.debtor.country)) for point in found.addresses],
        proofs=proofs(found),
        components=COMPONENT_LABELS,
        payments=[(p, Money(p.amount, p.currency), DIRECTION_LABELS[Direction(p.direction)]) for p in found.payments],
        promise_words={state.value: word for state, word in PROMISE_LABELS.items()},
        agreement_words={state.value: word for state, word in AGREEMENT_LABELS.items()},
    )
    row = keep_file(
        work, name=f"expediente-{matter.number}.pdf", media_type="application/pdf", data=data,
        client_id=matter.client_id, case_id=matter.case_id, visibility="client",
    )  # fmt: skip
    matter.dossier_file_id = row.id
    work.flush()
    work.audit("matter.dossier_made", matter_id=matter.id, file_id=row.id, sha256=row.sha256)
    return row


def proofs(file: CaseFile) -> list[dict[str, Any]]:
    """Each contact with what proves it: the bytes that were sent, the gate's decision, the server's answer."""
    rows: list[tuple[datetime, dict[str, Any]]] = []
    for notice in file.notices:
        decision = file.decisions.get(notice.decision_id) if notice.decision_id else None
        at = notice.sent_at or notice.queued_at
        rows.append((at, {
            "at": at, "kind": notice.channel, "what": notice.subject, "to": notice.address,
            "sha256": notice.file_sha256, "decision": decision.hash if decision else "", "proof": notice.proof,
        }))  # fmt: skip
    for call in file.calls:
        decision = file.decisions.get(call.decision_id) if call.decision_id else None
        rows.append((call.started_at, {
            "at": call.started_at, "kind": "incoming" if call.incoming else "call", "what": _said(call.outcome),
            "to": "", "sha256": "", "decision": decision.hash if decision else "", "proof": "",
        }))  # fmt: skip
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _said(outcome: str) -> str:
    return MEANINGS[Outcome(outcome)].label if outcome else ""
