"""The child process of `pdf`: renders one document after another, with little memory and nowhere to go."""

import json
import logging
import resource
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

import templates

MEMORY = 1536 * 1024 * 1024
CPU_SECONDS_EACH = 25
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
    """The fonts that every document may use."""
    return {path.name: path.read_bytes() for path in sorted(_STATIC.glob("vendor/inter-*/*.woff2"))}


def render(html: str, *, title: str, lang: str, assets: Mapping[str, bytes], css: str) -> bytes:
    """One PDF, tagged (PDF/UA), with nothing in it that changes from one rendering to the next."""
    fetcher = AssetFetcher(assets)
    fonts = FontConfiguration()
    sheet = CSS(string=css, url_fetcher=fetcher, font_config=fonts, base_url="asset:")
    document = HTML(string=html, url_fetcher=fetcher, base_url="asset:").render(stylesheets=[sheet], font_config=fonts)
    document.metadata.title = title
    document.metadata.lang = lang
    document.metadata.generator = "Recobro"
    return bytes(document.write_pdf(pdf_tags=True) or b"")


def main() -> None:
    """Read requests from standard input until it closes."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    css = (Path(templates.__path__[0]) / "documents" / "document.css").read_text(encoding="utf-8")
    fonts = our_assets()
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
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
            answer, ok = (
                render(request["html"], title=request["title"], lang=request["lang"], assets=assets, css=css),
                1,
            )
        except (ValueError, RecursionError, MemoryError) as error:
            answer, ok = f"{type(error).__name__}: {error}".encode(), 0
        stdout.write(_HEADER.pack(ok, len(answer)) + answer)
        stdout.flush()


if __name__ == "__main__":
    main()
