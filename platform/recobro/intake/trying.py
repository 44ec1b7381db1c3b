"""A map tried on the last file it read: what would be read of it, and nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recobro.intake.columns.mapping import Choice, as_json
from recobro.intake.lifecycle import State
from recobro.intake.previewing import stage_placement
from recobro.intake.tables import Placement
from tenants.service import client_by_id
from tenants.work import Work

# A person waits for it.
MOST_ROWS = 50_000
_COPIED = (
    "agency_id", "client_id", "id", "kind", "source", "file_id", "file_name", "sha256", "as_of", "layout", "readings",
    "options", "row_count", "created_at",
)  # fmt: skip


@dataclass(frozen=True)
class Rehearsal:
    """How many rows the file has, how many would be refused, and for what, most first."""

    rows: int
    refused: int
    reasons: Sequence[tuple[str, int]]


def rehearse(work: Work, last: Placement, choices: Sequence[Choice]) -> Rehearsal:
    """What reading a placement's file by these choices would refuse. Problems say what is lacking or open."""
    values: dict[str, Any] = {name: getattr(last, name) for name in _COPIED}
    # One that the session does not know is never written; all of its file is read, as the first time.
    pretended = Placement(**values, state=State.COMMITTING.value, mapping=as_json(choices), left_lines=[], undone={})
    findings = stage_placement(work, pretended, client_by_id(work, last.client_id))
    reasons = [(code, count) for (kind, code), count in findings.causes.most_common() if kind == "rejected" and count]
    return Rehearsal(findings.rows, findings.counts["rejected"], reasons)
