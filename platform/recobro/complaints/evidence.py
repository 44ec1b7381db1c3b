"""The evidence bundle of a complaint: one ZIP with every decision, contact, notice and consent of its case."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from legal.records.tables import ConsentEvent, ContactAttempt, DecisionRecord, Dispute, ValidationNotice
from recobro.cases.tables import CaseEvent, CaseFlag
from recobro.complaints import queries
from recobro.complaints.service import complaint_of
from recobro.complaints.tables import Complaint, ComplaintEvent
from recobro.desk.tables import Call
from recobro.files import file_row, open_file
from recobro.notices.tables import Notice
from recobro.web.exports import defused
from tenants.work import Work

_IN_MEMORY = 8 * 1024 * 1024
_BLOCK = 1 << 20
# Every table of the case that a file of the bundle shows whole.
_TABLES: Sequence[tuple[str, Any]] = (
    ("contactos.csv", ContactAttempt),
    ("avisos.csv", Notice),
    ("llamadas.csv", Call),
    ("consentimientos.csv", ConsentEvent),
    ("aclaraciones.csv", Dispute),
    ("avisos-de-validacion.csv", ValidationNotice),
    ("marcas.csv", CaseFlag),
    ("historia.csv", CaseEvent),
)


def bundle(work: Work, complaint_id: UUID) -> IO[bytes]:
    """The bundle, open at its start. `HUELLAS.txt` has the SHA-256 of every other file, as `sha256sum -c` reads it.

    Decisions are whole, each with the hash it was kept with; notices are the very bytes that were sent.
    """
    row = complaint_of(work, complaint_id)
    out: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  (the caller reads and closes it)
    prints: list[str] = []
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in _texts(work, row):
            _put(archive, prints, work, name, [content.encode()])
        for name, file_id in _documents(work, row):
            with open_file(work, file_id) as (_, source):
                _put(archive, prints, work, name, iter(lambda: source.read(_BLOCK), b""))
        _put(archive, [], work, "HUELLAS.txt", ["".join(prints).encode()])
    work.audit("complaint.evidence_taken", complaint_id=row.id)
    out.seek(0)
    return out


def _put(archive: ZipFile, prints: list[str], work: Work, name: str, blocks: Iterable[bytes]) -> None:
    digest = sha256()
    entry = ZipInfo(name, date_time=work.now().timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    with archive.open(entry, "w") as target:
        for block in blocks:
            digest.update(block)
            target.write(block)
    prints.append(f"{digest.hexdigest()}  {name}\n")


def _texts(work: Work, row: Complaint) -> Iterator[tuple[str, str]]:
    events = list(reversed(queries.history(work, row.id)))
    yield (
        "queja.json",
        json.dumps({**_plain(row), "history": [_plain(event) for event in events]}, ensure_ascii=False, indent=2),
    )
    decisions = work.session.scalars(
        select(DecisionRecord)
        .where(DecisionRecord.agency_id == work.agency_id, DecisionRecord.case_id == row.case_id)
        .order_by(DecisionRecord.at, DecisionRecord.id)
    ).all()
    yield "decisiones.jsonl", "".join(json.dumps(_plain(one), ensure_ascii=False) + "\n" for one in decisions)
    for name, table in _TABLES:
        yield name, _csv(work, row.case_id, table)


def _csv(work: Work, case_id: UUID, table: Any) -> str:
    names = [column.name for column in table.__table__.columns if column.name != "agency_id"]
    rows = work.session.scalars(
        select(table).where(table.agency_id == work.agency_id, table.case_id == case_id).order_by(table.id)
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        plain = _plain(row)
        writer.writerow([_cell(plain[name]) for name in names])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return defused(text)


def _plain(row: DeclarativeBase) -> dict[str, Any]:
    """A row as JSON has it."""
    found = {column.name: getattr(row, column.name) for column in row.__table__.columns if column.name != "agency_id"}
    return {
        name: value if value is None or isinstance(value, str | int | bool | list | dict) else _text(value)
        for name, value in found.items()
    }


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _documents(work: Work, row: Complaint) -> Iterator[tuple[str, UUID]]:
    """The documents, by their name in the bundle: what was sent, what came with the complaint, what proves the rest."""
    agency, case_id = work.agency_id, row.case_id
    sources = {
        "avisos": select(Notice.file_id).where(Notice.agency_id == agency, Notice.case_id == case_id),
        "queja": select(ComplaintEvent.file_id).where(
            ComplaintEvent.agency_id == agency, ComplaintEvent.complaint_id == row.id
        ),
        "constancias": select(ConsentEvent.evidence_file_id).where(
            ConsentEvent.agency_id == agency, ConsentEvent.case_id == case_id
        ),
        "respuestas": select(Dispute.answer_file_id).where(Dispute.agency_id == agency, Dispute.case_id == case_id),
    }
    for folder, query in sources.items():
        for file_id in sorted({found for found in work.session.scalars(query) if found is not None}):
            yield f"{folder}/{file_id}-{file_row(work, file_id).name}", file_id
