"""The one door to WeasyPrint: a child process with limits renders, this side kills it when it hangs.

The child reaches nothing but the assets it is given (`asset:` addresses). Rendering the same HTML twice gives the same
bytes, so a document can be known by its hash.
"""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO

import pikepdf

from kernel.problems import Kind, Problem
from kernel.text import msg

WALL_SECONDS = 30
_START_SECONDS = 60
_BRAND = "#0b7285"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
# What the child needs to find its libraries and fonts; the settings' secrets are not among it.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
                "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_DATA_HOME", "XDG_CACHE_HOME")  # fmt: skip
_HEADER = struct.Struct(">II")


class RenderFailed(Problem):
    """The document could not be rendered within its limits."""

    kind = Kind.UNAVAILABLE
    code = "documents.render_failed"


class PdfRenderer:
    """Renders HTML to PDF in a child process that is started when first needed and replaced when it dies."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._end: Callable[[], object] = lambda: None

    def render(
        self, html: str, *, title: str, lang: str, brand: str = "", assets: Mapping[str, bytes] | None = None
    ) -> bytes:
        """The PDF of a page; `assets` are served to it as `asset:name`, `brand` (#rrggbb) colours its letterhead.

        RenderFailed when it takes more than its time (20 s of work, 30 s in all) or memory (1 GiB).
        """
        assets = assets or {}
        words = {"title": title, "lang": lang, "brand": brand if _COLOR.fullmatch(brand) else _BRAND}
        header = json.dumps(
            {"words": words, "html": html, "assets": {name: len(data) for name, data in assets.items()}}
        ).encode()
        body = b"".join(assets.values())
        with self._lock:
            try:
                return self._ask(header, body)
            except (BrokenPipeError, EOFError) as error:
                self.close()
                raise RenderFailed(msg("El documento no se pudo preparar: excede los límites.")) from error

    def _ask(self, header: bytes, body: bytes) -> bytes:
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        with _killed_after(self._wall_seconds, child):
            child.stdin.write(_HEADER.pack(len(header), len(body)) + header + body)
            child.stdin.flush()
            ok, length = _HEADER.unpack(_exactly(child.stdout, _HEADER.size))
            answer = _exactly(child.stdout, length)
        if not ok:
            raise RenderFailed(msg("El documento no se pudo preparar: {why}"), why=answer.decode("utf-8", "replace"))
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._folder = tempfile.mkdtemp(prefix="recobro-pdf-")
            self._child = subprocess.Popen(
                [sys.executable, "-m", "recobro.adapters.pdf_child", self._folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={
                    **{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    "TMPDIR": self._folder,
                    # Font subsets carry the time they were made unless they are told one (reproducible-builds.org).
                    "SOURCE_DATE_EPOCH": "315532800",
                    "PYTHONHASHSEED": "0",
                },
            )
            self._end = weakref.finalize(self, _end, self._child, self._folder)
            # It says so when it is ready: a slow start is not held against the first document.
            with _killed_after(_START_SECONDS, self._child):
                assert self._child.stdout is not None
                _exactly(self._child.stdout, _HEADER.size)
        return self._child

    def close(self) -> None:
        """End the child."""
        self._end()
        self._child = None


def _end(child: subprocess.Popen[bytes], folder: str) -> None:
    """Kill a child, which leaves its temporary files to us."""
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
    child.wait()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _killed_after(seconds: float, child: subprocess.Popen[bytes]) -> Iterator[None]:
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _exactly(source: IO[bytes], length: int) -> bytes:
    data = source.read(length)
    if len(data) != length:
        raise EOFError
    return data


def merge(documents: Sequence[bytes]) -> bytes:
    """Several PDFs as one, in order: a print batch."""
    with pikepdf.new() as merged:
        for document in documents:
            with pikepdf.open(BytesIO(document)) as source:
                merged.pages.extend(source.pages)
        out = BytesIO()
        merged.save(out, deterministic_id=True)
        return out.getvalue()
