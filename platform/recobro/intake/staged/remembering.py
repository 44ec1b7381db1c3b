"""What was mended by value in a client's last file with the same headings (its «PESOTES» are MXN) is mended so in the
next one. It is told, and can be taken back as any other repair."""

from typing import Any

from recobro.intake import maps
from recobro.intake.columns.mapping import from_json
from recobro.intake.lifecycle import State
from recobro.intake.staged import repairs
from recobro.intake.staged.fixes import Fix
from recobro.intake.tables import Placement
from tenants.work import Work

# Codes and words: what says who owes, how much, when or how they are reached is mended by hand each time.
FIELDS = frozenset({
    "currency", "country", "disputed", "document_type", "status", "status_2", "debtor_kind", "language", "movement",
    "entry_type", "component", "reason", "channel",
})  # fmt: skip
_KEPT = "mended_before"


def remember(work: Work, placement: Placement) -> None:
    """Mend a placement that has just come in as the last one with its very headings was."""
    last = maps.last_with(work, placement.client_id, placement.kind, placement.layout["columns"])
    if last is None or last.state != State.COMMITTED or maps.choices_in(work, last) is None:
        return
    before, now = ([choice.field for choice in from_json(one.mapping)] for one in (last, placement))
    fixes = [
        Fix(0, column, old, new)
        for column, said in sorted(repairs.overlay_of(work, last).values.items())
        if now[column] == before[column] and now[column] in FIELDS
        for old, new in sorted(said.items())
        if old != new
    ]
    if fixes:
        repairs.keep(work, placement, fixes)
        placement.layout = {**placement.layout, _KEPT: {"number": last.number, "fixes": fixes}}
        work.flush()


def told(work: Work, placement: Placement) -> list[dict[str, Any]]:
    """The values that are read as another because they were before, and still are: `column`, `old`, `new`, and the
    `placement` that they were mended in."""
    kept = placement.layout.get(_KEPT)
    if not kept:
        return []
    values = repairs.overlay_of(work, placement).values
    return [
        {"column": placement.layout["columns"][column], "old": old, "new": new, "placement": kept["number"]}
        for _, column, old, new in kept["fixes"]
        if values.get(column, {}).get(old) == new
    ]
