"""The pages of print batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from recobro.notices import printing, queries
from recobro.notices.blueprint import bp, download
from recobro.notices.forms import PostedForm
from recobro.notices.tables import Notice, PrintBatch
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission
from tenants.service import agency_of


@dataclass(frozen=True)
class BatchesPage:
    """The print batches and how many letters wait for one."""

    rows: list[PrintBatch]
    letters: int
    words: Mapping[str, str]


BATCH_LABELS: Mapping[str, str] = {
    "making": msg("Preparando"),
    "ready": msg("Listo para imprimir"),
    "posted": msg("Enviado"),
    "empty": msg("Sin cartas"),
}
BATCH_TONES = {"making": "info", "ready": "warn", "posted": "ok", "empty": ""}


@bp.get("/notices/print-batches")
@needs(Permission.PRINT_NOTICES)
def list_batches() -> ResponseReturnValue:
    """Letters by batch: made, printed, posted."""
    words = {state: spell(label) for state, label in BATCH_LABELS.items()}
    page = BatchesPage(queries.batches(g.work), printing.waiting_letters(g.work), words)
    return render("pages/notices/batches.html", page, tones=BATCH_TONES)


@bp.post("/notices/print-batches")
@needs(Permission.PRINT_NOTICES)
def make_batch() -> ResponseReturnValue:
    """Make a batch of the letters that wait."""
    batch = printing.make_batch(g.work)
    return go_to("notices.show_batch", batch_id=batch.id, say=msg("Se prepara el lote; puedes cerrar esta página."))


@dataclass(frozen=True)
class BatchPage:
    """One batch with its letters."""

    batch: PrintBatch
    word: str
    tone: str
    letters: list[tuple[Notice, str, str, Money]]
    today: date


@bp.get("/notices/print-batches/<uuid:batch_id>")
@needs(Permission.PRINT_NOTICES)
def show_batch(batch_id: UUID) -> ResponseReturnValue:
    """One batch: its PDF, its manifest, its letters; while it is being made the page looks again by itself."""
    batch = printing.open_batch(g.work, batch_id)
    if request.headers.get("HX-Request") and batch.state != "making":
        # What it asked for has come: the whole page shows what can be done with it.
        return "", 200, {"HX-Refresh": "true"}
    zone = ZoneInfo(agency_of(g.work).time_zone)
    page = BatchPage(
        batch,
        spell(BATCH_LABELS[batch.state]),
        BATCH_TONES[batch.state],
        [(*row, Money(row[0].amount, row[0].currency)) for row in printing.letters_of(g.work, batch_id)],
        g.work.today(zone),
    )
    return render("pages/notices/batch.html", page, block="progress")


@bp.get("/notices/print-batches/<uuid:batch_id>/<any(pdf, manifest):part>")
@needs(Permission.PRINT_NOTICES)
def batch_file(batch_id: UUID, part: str) -> ResponseReturnValue:
    """The batch's PDF or its manifest."""
    batch = printing.open_batch(g.work, batch_id)
    file_id = batch.file_id if part == "pdf" else batch.manifest_id
    if file_id is None:
        raise Invalid(msg("El lote todavía se prepara."))
    return download(file_id)


@bp.post("/notices/print-batches/<uuid:batch_id>/posted")
@needs(Permission.PRINT_NOTICES)
def post_batch(batch_id: UUID) -> ResponseReturnValue:
    """Note that the letters were handed to the post."""
    form = PostedForm()
    today = g.work.today(ZoneInfo(agency_of(g.work).time_zone))
    on = read_day(form.on.data or "", today, look=Look.BACK) if form.validate_on_submit() else today
    count = printing.mark_posted(g.work, batch_id, on=on)
    said = msg("{count} cartas quedaron como enviadas.")
    return go_to("notices.show_batch", batch_id=batch_id, say=said, fields={"count": count})
