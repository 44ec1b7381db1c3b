"""Files in a folder of this machine: `<folder>/<agency>/<file>`, written whole or not at all."""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from kernel.ids import new_id
from kernel.problems import NotFound
from kernel.text import msg

_BLOCK = 1 << 20


@dataclass(frozen=True)
class LocalFiles:
    """A store of immutable files, by agency and id; names given by people never reach the disk."""

    folder: Path

    def path(self, agency_id: UUID, file_id: UUID) -> Path:
        """Where a file lies. Both parts are UUIDs, so no path can escape the folder."""
        return self.folder / str(UUID(str(agency_id))) / str(UUID(str(file_id)))

    def store(self, agency_id: UUID, file_id: UUID, data: bytes) -> str:
        """Keep bytes; you get their SHA-256 in hexadecimal."""
        return self.store_from(agency_id, file_id, io.BytesIO(data))[0]

    def store_from(self, agency_id: UUID, file_id: UUID, source: BinaryIO) -> tuple[str, int]:
        """Keep what is left to read of a file; you get its SHA-256 in hexadecimal and its size in bytes.

        It is copied in blocks and appears whole (temporary file, fsync, rename).
        """
        target = self.path(agency_id, file_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{new_id().hex}.part")
        try:
            with partial.open("xb") as out:
                sha256, size = _copied(source, out)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
            _keep_name(target.parent)
        finally:
            partial.unlink(missing_ok=True)
        return sha256, size

    def read(self, agency_id: UUID, file_id: UUID) -> bytes:
        """A file's bytes; NotFound when it is not there."""
        with self.open(agency_id, file_id) as source:
            return source.read()

    def open(self, agency_id: UUID, file_id: UUID) -> BinaryIO:
        """A file to read from, in blocks; NotFound when it is not there."""
        try:
            return self.path(agency_id, file_id).open("rb")
        except FileNotFoundError as error:
            raise NotFound(msg("El archivo no está en el almacén.")) from error

    def exists(self, agency_id: UUID, file_id: UUID) -> bool:
        """Whether a file is there."""
        return self.path(agency_id, file_id).is_file()


def _copied(source: BinaryIO, out: BinaryIO) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        out.write(block)
        found.update(block)
        size += len(block)
    return found.hexdigest(), size


def _keep_name(folder: Path) -> None:
    """A file's name is kept by its folder, which has to reach the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
