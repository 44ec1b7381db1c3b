"""Keeping files: the bytes in the store, the row behind the walls."""

import hashlib
from uuid import UUID

from sqlalchemy import select

from kernel.ids import new_id
from kernel.problems import Conflict, NotFound
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
    """Store bytes and their row (size, SHA-256). `visibility`: staff, client or debtor. Bytes go first: an orphan is
    harmless, a row without bytes is not."""
    file_id = new_id()
    sha256 = outside().files.store(work.agency_id, file_id, data)
    row = File(
        agency_id=work.agency_id,
        id=file_id,
        client_id=client_id,
        case_id=case_id,
        name=name,
        media_type=media_type,
        size=len(data),
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
    """A file the principal may see and its bytes, checked against the SHA-256 they were kept with."""
    row = file_row(work, file_id)
    data = outside().files.read(row.agency_id, row.id)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise FileAltered(msg("El archivo «{name}» cambió en el almacén: su huella no coincide."), name=row.name)
    return row, data
