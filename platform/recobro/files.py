"""Keeping files: the bytes in the store, the row behind the walls."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.wiring import outside
from tenants.tables import File
from tenants.work import Work


class FileAltered(Conflict):
    """The stored bytes are not those that were kept."""

    code = "files.altered"


def keep_file(
    work: Work,
    *,
    name: str,
    media_type: str,
    data: bytes,
    client_id: UUID | None = None,
    case_id: UUID | None = None,
    visibility: str = "staff",
) -> File:
    """Store the bytes of a small document, as `keep_stream` does."""
    return keep_stream(
        work, name=name, media_type=media_type, source=io.BytesIO(data), client_id=client_id, case_id=case_id,
        visibility=visibility,
    )  # fmt: skip


def keep_stream(
    work: Work,
    *,
    name: str,
    media_type: str,
    source: BinaryIO,
    client_id: UUID | None = None,
    case_id: UUID | None = None,
    debt_id: UUID | None = None,
    kind: str = "",
    visibility: str = "staff",
) -> File:
    """Store a file, read from its start in blocks, and its row (size, SHA-256). `visibility`: staff, client or debtor;
    `kind` is what a document of a case is, `debt_id` the debt it is of.
    Bytes go first: an orphan is harmless, a row without bytes is not."""
    file_id = new_id()
    source.seek(0)
    sha256, size = outside().files.store_from(work.agency_id, file_id, source)
    row = File(
        agency_id=work.agency_id,
        id=file_id,
        client_id=client_id,
        case_id=case_id,
        debt_id=debt_id,
        kind=kind,
        name=name,
        media_type=media_type,
        size=size,
        sha256=sha256,
        visibility=visibility,
        created_at=work.now(),
    )
    work.add(row)
    work.flush()
    return row


def file_row(work: Work, file_id: UUID) -> File:
    """What is known of a file the principal may see; missing and foreign are the same."""
    row = work.session.scalar(select(File).where(File.agency_id == work.agency_id, File.id == file_id))
    if row is None:
        raise NotFound(msg("Ese archivo no existe o no es tuyo."))
    return row


def read_file(work: Work, file_id: UUID) -> tuple[File, bytes]:
    """A small file the principal may see and its bytes, checked against the SHA-256 they were kept with."""
    with open_file(work, file_id) as (row, source):
        return row, source.read()


@contextmanager
def open_file(work: Work, file_id: UUID) -> Iterator[tuple[File, BinaryIO]]:
    """A file the principal may see, open at its start, after all of it was checked against the SHA-256 it was kept
    with; never whole in memory."""
    row = file_row(work, file_id)
    with outside().files.open(row.agency_id, row.id) as source:
        if sha256_of(source) != row.sha256:
            raise FileAltered(msg("El archivo «{name}» cambió en el almacén: su huella no coincide."), name=row.name)
        yield row, source


def sha256_of(source: BinaryIO) -> str:
    """The SHA-256 of a file in hexadecimal; it is left at its start."""
    source.seek(0)
    found = hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]
    source.seek(0)
    return found


PROOF_BYTES = 10_000_000
_PROOFS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"ID3": "audio/mpeg",
    b"OggS": "audio/ogg",
}


def keep_proof(work: Work, *, name: str, data: bytes, client_id: UUID, case_id: UUID) -> File:
    """Keep what proves something said or sent on a case, for staff only: PDF, PNG, JPEG, MP3 or Ogg up to 10 MB, told
    by its first bytes; anything else is refused."""
    media_type = next((kind for sign, kind in _PROOFS.items() if data.startswith(sign)), "")
    if not media_type:
        raise Invalid(msg("La constancia debe ser PDF, PNG, JPEG, MP3 u Ogg."))
    if len(data) > PROOF_BYTES:
        raise Invalid(msg("El documento pesa más de 10 MB."))
    safe = "".join(c if c.isalnum() or c in "-_. " else "_" for c in name)[-80:].strip() or "constancia"
    return keep_file(work, name=safe, media_type=media_type, data=data, client_id=client_id, case_id=case_id)
