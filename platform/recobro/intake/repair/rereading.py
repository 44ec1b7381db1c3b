"""A person says how a file is to be read: which sheet of the workbook, which row is the headings."""

from uuid import UUID

from recobro.files import open_file
from recobro.intake import lifecycle
from recobro.intake.files import reading
from recobro.intake.lifecycle import State
from recobro.intake.service import layout_of, open_placement, understand
from recobro.intake.staged import accepting
from recobro.intake.tables import Placement
from tenants.work import Work


def read_again(work: Work, placement_id: UUID, *, sheet: str = "", header_line: int | None = None) -> Placement:
    """Read the stored file of a placement that is not confirmed another way: the named sheet (else the same one), with
    the headings on that line (0: it has none; nothing: they are found). Its columns are guessed anew, and what was
    chosen or previewed before is void."""
    placement = open_placement(work, placement_id)
    state = lifecycle.after(placement.state, State.UPLOADED)
    with open_file(work, placement.file_id) as (_, file):
        wanted = sheet or layout_of(placement).sheet
        layout = reading.detect(file, placement.file_name, sheet=wanted, header_line=header_line)
        laid, guesses, count = understand(work, placement.client_id, placement.kind, file, layout)
    placement.layout, placement.mapping, placement.row_count = laid, guesses, count
    placement.state, placement.readings = state, {}
    placement.counts, placement.totals, placement.overdue, placement.first = {}, {}, {}, {}
    placement.done = 0
    # Another sheet has other rows on the lines that were taken.
    accepting.keep(placement, ())
    work.flush()
    work.audit("placement.read_again", placement_id=placement.id, sheet=layout.sheet, header_line=layout.header_line)
    return placement
