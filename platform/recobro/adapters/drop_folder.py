"""A folder into which a client's program drops files (SFTP), seen through descriptors: no symbolic link is followed and
nothing outside is reached, whatever somebody puts there.

A file is claimed by a lock on it and one rename into `processing`: of two workers one has it, and when that one dies
the lock goes with it, so the next look takes the file up again.
"""

import fcntl
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import BinaryIO

from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg

PROCESSING, DONE, REFUSED, ACKNOWLEDGEMENTS = "processing", "done", "refused", "acknowledgements"
PARTIAL = (".part", ".filepart", ".tmp", ".partial", ".crdownload")
CONTROLS = (".control.json", ".control.csv")
MOST_LOOKED_AT = 2_000
MOST_CONTROL = 64 * 1024
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe that somebody made there would otherwise be waited for.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CLAIM = re.compile(r"[0-9a-f]{32}__(.+)", re.DOTALL)
_LONGEST_NAME = 180


class FolderRefused(Invalid):
    """The folder cannot be reached under our root."""

    code = "drop.folder_refused"


@dataclass(frozen=True)
class Seen:
    """A file as a look found it; equal ones did not change in between."""

    name: str
    size: int
    changed_ns: int
    inode: int

    @property
    def partial(self) -> bool:
        """Whether it is still being written, by its name."""
        return self.name.lower().endswith(PARTIAL)


@dataclass(frozen=True)
class Claimed:
    """A file that is ours until `finish`: its own name, the name it was claimed under, and it, open to read."""

    name: str
    claim: str
    size: int
    file: BinaryIO


@dataclass(frozen=True)
class DropFolder:
    """One source's folder, open."""

    here: int
    parts: dict[str, int]

    def look(self) -> list[Seen]:
        """The files there, control files left out, by name; at most `MOST_LOOKED_AT` entries are looked at."""
        found = []
        with os.scandir(self.here) as entries:
            for entry in islice(entries, MOST_LOOKED_AT):
                if entry.name.startswith(".") or entry.name.lower().endswith(CONTROLS):
                    continue
                with suppress(OSError):
                    info = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(info.st_mode):
                        name = self._printable(entry.name)
                        found.append(Seen(name, info.st_size, info.st_mtime_ns, info.st_ino))
        return sorted(found, key=lambda one: one.name)

    def _printable(self, name: str) -> str:
        """A name that can be told; a file whose name is not text, or breaks lines, is renamed where it lies."""
        text = name.encode(errors="surrogateescape").decode(errors="replace")
        plain = "".join(sign if sign.isprintable() else "�" for sign in text)
        if plain == name:
            return name
        free = self._reserved(self.here, plain)
        os.rename(name, free, src_dir_fd=self.here, dst_dir_fd=self.here)
        return free

    def left_behind(self) -> list[str]:
        """What was claimed and not finished; somebody may still be at it."""
        with os.scandir(self.parts[PROCESSING]) as entries:
            return sorted(one.name for one in islice(entries, MOST_LOOKED_AT) if _CLAIM.fullmatch(one.name))

    @contextmanager
    def claimed(self, name: str) -> Iterator[Claimed | None]:
        """A dropped file, taken; None when somebody else has it or it is gone."""
        with self._locked(self.here, name) as handle:
            if handle is None:
                yield None
                return
            claim = f"{new_id().hex}__{name.encode()[:_LONGEST_NAME].decode(errors='ignore')}"
            try:
                os.rename(name, claim, src_dir_fd=self.here, dst_dir_fd=self.parts[PROCESSING])
            except FileNotFoundError:
                yield None
                return
            yield _claimed(name, claim, handle)

    @contextmanager
    def reclaimed(self, claim: str) -> Iterator[Claimed | None]:
        """A file that was claimed before and left; None when somebody is at it."""
        with self._locked(self.parts[PROCESSING], claim) as handle:
            found = _CLAIM.fullmatch(claim)
            yield _claimed(found.group(1), claim, handle) if found and handle is not None else None

    @contextmanager
    def _locked(self, folder: int, name: str) -> Iterator[int | None]:
        with ExitStack() as stack:
            try:
                handle = os.open(name, _FILE, dir_fd=folder)
                stack.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mine, there = os.fstat(handle), os.stat(name, dir_fd=folder, follow_symlinks=False)
                same = stat.S_ISREG(mine.st_mode) and (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
            except OSError:
                same = False
            yield handle if same else None

    def control(self, name: str) -> tuple[str, bytes] | None:
        """The control file beside a file: its name and its first bytes."""
        for ending in CONTROLS:
            with suppress(OSError):
                handle = os.open(name + ending, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.here)
                with os.fdopen(handle, "rb") as file:
                    if stat.S_ISREG(os.fstat(handle).st_mode):
                        return name + ending, file.read(MOST_CONTROL + 1)
        return None

    def finish(self, one: Claimed, where: str, why: str = "") -> str:
        """Move a claimed file to `done` or `refused`, its control file too, and say why beside it. You get its name."""
        name = self._reserved(self.parts[where], one.name)
        if why:
            self.write(where, f"{name}.txt", why.encode() + b"\n")
        for ending in CONTROLS:
            with suppress(OSError):
                os.rename(one.name + ending, name + ending, src_dir_fd=self.here, dst_dir_fd=self.parts[where])
        os.rename(one.claim, name, src_dir_fd=self.parts[PROCESSING], dst_dir_fd=self.parts[where])
        return name

    def write(self, where: str, name: str, data: bytes) -> None:
        """Put a file there: it appears whole, in place of one of the same name."""
        partial, folder = f".{new_id().hex}.part", self.parts[where]
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=folder)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.rename(partial, name, src_dir_fd=folder, dst_dir_fd=folder)

    @staticmethod
    def _reserved(folder: int, name: str) -> str:
        """That name, or one like it, free until now: an empty file holds it."""
        ending = PurePath(name).suffix[:20]
        base = name.removesuffix(ending).encode()[:_LONGEST_NAME].decode(errors="ignore")
        for number in range(1, 1_000):
            wanted = f"{base}{ending}" if number == 1 else f"{base} ({number}){ending}"
            with suppress(FileExistsError):
                os.close(os.open(wanted, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=folder))
                return wanted
        return f"{new_id().hex}{ending}"


def _claimed(name: str, claim: str, handle: int) -> Claimed:
    # The lock lives as long as the descriptor, which is closed by whoever opened it.
    file = io.BufferedReader(io.FileIO(handle, "r", closefd=False))
    return Claimed(name, claim, os.fstat(handle).st_size, file)


@contextmanager
def opened(root: Path, segments: Sequence[str]) -> Iterator[DropFolder]:
    """A source's folder below the root, made with its parts when it is not there. FolderRefused when a step of the way
    is not a folder of ours (a symbolic link is none)."""
    root.mkdir(mode=0o750, parents=True, exist_ok=True)
    with ExitStack() as stack:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        stack.callback(os.close, here)
        for segment in segments:
            here = _step(here, segment)
            stack.callback(os.close, here)
        parts = {}
        for part in (PROCESSING, DONE, REFUSED, ACKNOWLEDGEMENTS):
            parts[part] = _step(here, part)
            stack.callback(os.close, parts[part])
        yield DropFolder(here, parts)


def _step(folder: int, segment: str) -> int:
    if not _SEGMENT.fullmatch(segment):
        raise FolderRefused(msg("«{name}» no sirve como nombre de carpeta."), name=segment[:80])
    with suppress(FileExistsError):
        os.mkdir(segment, 0o770, dir_fd=folder)
    try:
        return os.open(segment, _FOLDER, dir_fd=folder)
    except OSError as error:
        raise FolderRefused(msg("«{name}» no es una carpeta propia: no se sigue."), name=segment[:80]) from error
