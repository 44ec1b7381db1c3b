"""Anchors of the audit: where each chain ended on a day, kept outside the database.

A chain that was cut at its end and whose head was set back to match shows no fault of its own; an anchor that names an
act which is gone, or another hash for it, does. The same line goes to the log, for who keeps logs elsewhere.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import select

from recobro.wiring import outside
from tenants.audit import AuditHead, AuditRow, Fault, verify
from tenants.work import Work

log = structlog.get_logger()


def anchor(work: Work) -> None:
    """Note where the agency's chain ends now; an empty chain leaves nothing."""
    head = work.session.scalar(select(AuditHead).where(AuditHead.agency_id == work.agency_id))
    if head is None or head.seq == 0:
        return
    path = _path(work.agency_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": work.now().isoformat(), "seq": head.seq, "hash": head.hash.hex()}
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
        out.flush()
        os.fsync(out.fileno())
    log.info("audit anchored", agency_id=str(work.agency_id), seq=head.seq, hash=head.hash.hex())


def faults(work: Work) -> Sequence[Fault]:
    """Every fault of the agency's chain, by itself and against its anchors."""
    anchored = dict(_anchors(work.agency_id))
    kept = {
        row.seq: row.hash
        for row in work.session.execute(
            select(AuditRow.seq, AuditRow.hash).where(
                AuditRow.agency_id == work.agency_id, AuditRow.seq.in_(list(anchored))
            )
        )
    }
    lost = [Fault(seq, "anchor") for seq, digest in anchored.items() if kept.get(seq) != digest]
    return sorted([*verify(work.session, work.agency_id), *lost], key=lambda fault: fault.seq)


def _anchors(agency_id: UUID) -> Iterator[tuple[int, bytes]]:
    path = _path(agency_id)
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            yield int(line["seq"]), bytes.fromhex(line["hash"])


def _path(agency_id: UUID) -> Path:
    return outside().settings.files_folder / "anchors" / f"{agency_id}.jsonl"
