"""The child process of `pdf`: renders one document after another, with little memory and nowhere to go."""

import io
import json
import logging
import resource
import shutil
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fontTools.ttLib import woff2
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

import templates

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS_EACH = 20
_VARIANT = "pdf/ua-1"
_HEADER = struct.Struct(">II")
_STATIC = Path(__file__).parents[1] / "web" / "static"


class AssetFetcher(URLFetcher):  # type: ignore[misc]
    """Serves what was handed in as `asset:name`, and our own fonts; refuses everything else."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__()
        self._assets = assets

    def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint's own signature
        """The bytes of an asset."""
        name = url.removeprefix("asset:")
        if not url.startswith("asset:") or name not in self._assets:
            raise ValueError(f"A document may not fetch {url[:80]!r}.")
        return URLFetcherResponse(url, self._assets[name])


def our_assets() -> dict[str, bytes]:
    """The fonts that every document may use, unpacked once: WeasyPrint would do it for each document."""
    return {path.name: _unpacked(path) for path in sorted(_STATIC.glob("vendor/inter-*/*.woff2"))}


def _unpacked(path: Path) -> bytes:
    font = io.BytesIO()
    with path.open("rb") as packed:
        woff2.decompress(packed, font)
    return font.getvalue()


def render(html: str, *, title: str, lang: str, brand: str, assets: Mapping[str, bytes], css: str) -> bytes:
    """One PDF, accessible (PDF/UA-1), with nothing in it that changes from one rendering to the next."""
    fetcher = AssetFetcher(assets)
    fonts = FontConfiguration()
    sheet = CSS(
        string=f":root {{ --brand: {brand} }}\n{css}", url_fetcher=fetcher, font_config=fonts, base_url="asset:"
    )
    page = HTML(string=html, url_fetcher=fetcher, base_url="asset:")
    document = page.render(stylesheets=[sheet], font_config=fonts, pdf_variant=_VARIANT)
    document.metadata.title = title
    document.metadata.lang = lang
    document.metadata.generator = "Recobro"
    return bytes(document.write_pdf(pdf_tags=True, pdf_variant=_VARIANT) or b"")


def main() -> None:
    """Read requests from standard input until it closes."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    css = (Path(templates.__path__[0]) / "documents" / "document.css").read_text(encoding="utf-8")
    fonts = our_assets()
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    stdout.write(_HEADER.pack(1, 0))
    stdout.flush()
    while True:
        head = stdin.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return
        request = json.loads(stdin.read(_HEADER.unpack(head)[0]))
        assets = dict(fonts)
        for name, length in request["assets"].items():
            assets[name] = stdin.read(length)
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + CPU_SECONDS_EACH
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            answer, ok = render(request["html"], assets=assets, css=css, **request["words"]), 1
        except Exception as error:
            answer, ok = f"{type(error).__name__}: {error}".encode(), 0
        stdout.write(_HEADER.pack(ok, len(answer)) + answer)
        stdout.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(sys.argv[1], ignore_errors=True)
