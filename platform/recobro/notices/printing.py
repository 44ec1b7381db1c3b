"""Print batches: queued letters become one PDF with a manifest; somebody prints, posts, and says so."""

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from kernel.clock import instant_of
from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from legal.gate import Clearance
from legal.rules.facts import Channel
from recobro.adapters.pdf import merge
from recobro.cases.links import make_link
from recobro.cases.tables import Case
from recobro.debtors.tables import Debtor
from recobro.faults import reach
from recobro.files import keep_file, read_file
from recobro.notices import drafts, service
from recobro.notices.lifecycle import Move, State
from recobro.notices.render import WordsRefused, client_logo, letter_pdf
from recobro.notices.sending import ask_at_the_door
from recobro.notices.tables import Notice, PrintBatch
from tenants.service import agency_of, next_number
from tenants.work import Work

OpenWork = Callable[[], AbstractContextManager[Work]]
MOST_LETTERS = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NothingToPrint(Conflict):
    """No letter waits to be printed."""

    code = "notices.nothing_to_print"


class BatchNotReady(Conflict):
    """The batch is still being made, or was posted already."""

    code = "notices.batch_not_ready"


def waiting_letters(work: Work) -> int:
    """How many letters wait for a batch."""
    return work.session.scalars(select(func.count()).select_from(Notice).where(*_waiting(work))).one()


def _waiting(work: Work) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.agency_id == work.agency_id,
        Notice.channel == Channel.LETTER.value,
        Notice.state == State.QUEUED.value,
        Notice.batch_id.is_(None),
        Notice.due_at <= work.now(),
    )


def make_batch(work: Work) -> PrintBatch:
    """Take up to 500 letters that wait into a new batch; a job makes its PDF. NothingToPrint when none waits."""
    letters = work.session.scalars(
        select(Notice)
        .where(*_waiting(work))
        .order_by(Notice.queued_at, Notice.id)
        .limit(MOST_LETTERS)
        .with_for_update(skip_locked=True)
    ).all()
    if not letters:
        raise NothingToPrint(msg("No hay cartas por imprimir."))
    now = work.now()
    batch = PrintBatch(
        agency_id=work.agency_id,
        id=new_id(),
        number=f"L-{now.year}-{next_number(work, f'print-batches-{now.year}'):04d}",
        wanted=len(letters),
        made_by=work.principal.name,
        made_at=now,
    )
    work.add(batch)
    work.flush()
    for letter in letters:
        letter.batch_id = batch.id
    work.audit("notices.batch_made", batch_id=batch.id, letters=len(letters))
    work.outbox.add("notices.print_batch", batch_id=batch.id)
    return batch


def open_batch(work: Work, batch_id: UUID, *, lock: bool = False) -> PrintBatch:
    """One batch of the agency's; missing and foreign are the same."""
    query = select(PrintBatch).where(PrintBatch.agency_id == work.agency_id, PrintBatch.id == batch_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(msg("Ese lote no existe o no es tuyo."))
    return found


def print_batch(open_work: OpenWork, *, batch_id: UUID) -> None:
    """Make the letters of a batch one by one, each asked at the gate, then the batch's PDF and manifest.

    It may be run again after a crash: letters already made stay as they are.
    """
    with open_work() as work:
        if open_batch(work, batch_id).state != "making":
            return
        ids = work.session.scalars(
            select(Notice.id)
            .where(Notice.agency_id == work.agency_id, Notice.batch_id == batch_id, Notice.state == State.QUEUED.value)
            .order_by(Notice.queued_at, Notice.id)
        ).all()
    for notice_id in ids:
        with open_work() as work:
            _print_letter(work, notice_id)
        reach("notices.letter")
    with open_work() as work:
        _finish(work, batch_id)


def _print_letter(work: Work, notice_id: UUID) -> None:
    notice = service.open_notice(work, notice_id, lock=True)
    if State(notice.state) is not State.QUEUED:
        return
    wanted = drafts.redraft(work, notice)
    if reason := drafts.out_of_date(wanted):
        service.change(work, notice, Move.CANCEL, reason=reason)
        notice.batch_id = None
        return
    clearance = ask_at_the_door(work, notice, wanted)
    if clearance is None:
        notice.batch_id = None
        return
    facts = wanted.facts
    link = make_link(work, notice.case_id, channel=notice.channel, contact_point_id=notice.contact_point_id)
    try:
        words = drafts.words_of(work, wanted, link=link.url, stop_link=link.stop_url)
    except WordsRefused as refused:
        service.change(work, notice, Move.FAIL, reason=refused.message)
        service.failed(work, notice)
        notice.batch_id = None
        return
    notice.subject, notice.calculated_on = words.subject, words.on
    notice.amount, notice.currency = facts.case.balance, facts.case.currency
    notice.link_id = link.id
    pdf = letter_pdf(facts, words, locale=notice.locale, address=notice.address, at=work.now(), logo=client_logo(facts))
    _into_the_batch(work, clearance, notice, pdf, name=f"{facts.case.number}-{notice.template}.pdf")


def _into_the_batch(work: Work, clearance: Clearance, notice: Notice, pdf: bytes, *, name: str) -> None:
    """The letter's way out: what lies in a batch is printed and posted."""
    clearance.spend(Channel.LETTER, notice.address)
    kept = keep_file(
        work, name=name, media_type="application/pdf", data=pdf, client_id=notice.client_id, case_id=notice.case_id
    )
    notice.file_id, notice.file_sha256 = kept.id, kept.sha256
    notice.tries += 1
    service.change(work, notice, Move.PRINT)


def letters_of(work: Work, batch_id: UUID) -> Sequence[tuple[Notice, str, str]]:
    """The letters of a batch in the order of its PDF, each with its case's number and the debtor's name."""
    rows = work.session.execute(
        select(Notice, Case.number, Debtor.name)
        .join(Case, (Case.agency_id == Notice.agency_id) & (Case.id == Notice.case_id))
        .join(Debtor, (Debtor.agency_id == Case.agency_id) & (Debtor.id == Case.debtor_id))
        .where(
            Notice.agency_id == work.agency_id,
            Notice.batch_id == batch_id,
            Notice.state.in_([State.PRINTED.value, State.SENT.value, State.CANCELLED.value]),
            Notice.file_id.is_not(None),
        )
        .order_by(Notice.queued_at, Notice.id)
    )
    return [(notice, number, name) for notice, number, name in rows]


def _finish(work: Work, batch_id: UUID) -> None:
    batch = open_batch(work, batch_id, lock=True)
    if batch.state != "making":
        return
    letters = [row for row in letters_of(work, batch_id) if row[0].state == State.PRINTED.value]
    batch.letters, batch.ready_at = len(letters), work.now()
    if not letters:
        batch.state = "empty"
        return
    pages = [read_file(work, notice.file_id)[1] for notice, _, _ in letters if notice.file_id]
    pdf = keep_file(work, name=f"{batch.number}.pdf", media_type="application/pdf", data=merge(pages))
    manifest = keep_file(
        work, name=f"{batch.number}.csv", media_type="text/csv", data=_manifest(letters).encode("utf-8-sig")
    )
    batch.file_id, batch.manifest_id, batch.state = pdf.id, manifest.id, "ready"


def _manifest(letters: Sequence[tuple[Notice, str, str]]) -> str:
    """What the batch's PDF holds, in its order: for the envelope machine and for the proof."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["position", "notice", "case", "debtor", "address", "template", "file_sha256"])
    for position, (notice, number, name) in enumerate(letters, start=1):
        cells = (number, name, " ".join(notice.address.split()), notice.template, notice.file_sha256)
        writer.writerow([position, notice.id, *(_safe(cell) for cell in cells)])
    return out.getvalue()


def _safe(cell: str) -> str:
    # A spreadsheet must read a name as a name, never as a formula.
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def mark_posted(work: Work, batch_id: UUID, *, on: date) -> int:
    """The batch's letters were handed to the post on a day, not before it was made nor after today; how many."""
    batch = open_batch(work, batch_id, lock=True)
    if batch.state != "ready":
        raise BatchNotReady(msg("El lote todavía se prepara o ya se marcó como enviado."))
    zone = ZoneInfo(agency_of(work).time_zone)
    if not batch.made_at.astimezone(zone).date() <= on <= work.today(zone):
        raise Invalid(msg("El día de envío va desde que se hizo el lote hasta hoy."))
    letters = work.session.scalars(
        select(Notice)
        .where(Notice.agency_id == work.agency_id, Notice.batch_id == batch_id, Notice.state == State.PRINTED.value)
        .order_by(Notice.case_id, Notice.id)
        .with_for_update()
    ).all()
    at = min(work.now(), instant_of(on, zone, 18))
    for notice in letters:
        notice.proof = f"{batch.number}, {on.isoformat()}"
        service.note_sent(work, notice, at=at)
    batch.state, batch.posted_on, batch.posted_by = "posted", on, work.principal.name
    work.audit("notices.batch_posted", batch_id=batch.id, on=on.isoformat(), letters=len(letters))
    return len(letters)
