"""The one door to WeasyPrint: a child process with limits renders, this side kills it when it hangs.

The child reaches nothing but the assets it is given (`asset:` addresses). Rendering the same HTML twice gives the same
bytes, so a document can be known by its hash.
"""

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO

import pikepdf

from kernel.problems import Kind, Problem
from kernel.text import msg

WALL_SECONDS = 30
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

    def render(self, html: str, *, title: str, lang: str, assets: Mapping[str, bytes] | None = None) -> bytes:
        """The PDF of a page; `assets` are served to it as `asset:name`. RenderFailed when it takes too long."""
        assets = assets or {}
        header = json.dumps(
            {"title": title, "lang": lang, "html": html, "assets": {name: len(data) for name, data in assets.items()}}
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
        timer = threading.Timer(self._wall_seconds, child.kill)
        timer.start()
        try:
            child.stdin.write(_HEADER.pack(len(header), len(body)) + header + body)
            child.stdin.flush()
            ok, length = _HEADER.unpack(_exactly(child.stdout, _HEADER.size))
            answer = _exactly(child.stdout, length)
        finally:
            timer.cancel()
        if not ok:
            raise RenderFailed(msg("El documento no se pudo preparar: {why}"), why=answer.decode("utf-8", "replace"))
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "recobro.adapters.pdf_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Font subsets carry the time they were made unless they are told one (reproducible-builds.org).
                env={**os.environ, "SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0"},
            )
        return self._child

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        continue
            child.wait()

    def __del__(self) -> None:
        self.close()


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
