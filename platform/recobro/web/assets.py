"""Our static files: an address that changes with the content, and the route that serves it with far-future caching."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, current_app, request
from werkzeug.security import safe_join

STATIC = Path(__file__).parent / "static"
_YEAR = 31_536_000
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
_PACKED = {".css", ".js", ".svg", ".json"}


@cache
def _tree_hash(signature: tuple[tuple[str, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _ in signature:
        digest.update(name.encode())
        digest.update((STATIC / name).read_bytes())
    return digest.hexdigest()[:12]


def _signature() -> tuple[tuple[str, int], ...]:
    files = [p for p in sorted(STATIC.rglob("*")) if p.is_file() and "vendor" not in p.relative_to(STATIC).parts]
    return tuple((p.relative_to(STATIC).as_posix(), p.stat().st_mtime_ns) for p in files)


@cache
def _fixed_hash() -> str:
    return _tree_hash(_signature())


def content_hash() -> str:
    """Twelve hex digits over all our own static files; looked up again on each call only while debugging."""
    return _tree_hash(_signature()) if current_app and current_app.debug else _fixed_hash()


def static_url(name: str) -> str:
    """The address of a static file. Vendored folders carry their version, ours the hash of the whole tree.

    One hash for all, so that modules and stylesheets may name each other by relative path.
    """
    return f"/static/{name}" if name.startswith("vendor/") else f"/static/{content_hash()}/{name}"


@cache
def _body(path: Path, _changed: int, packed: bool) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0) if packed else path.read_bytes()


def serve(filename: str) -> Response:
    """A static file, compressed, from memory; cached for ever under its present address and never under an old one."""
    head, _, rest = filename.partition("/")
    hashed = re.fullmatch(r"[0-9a-f]{12}", head) is not None
    joined = safe_join(str(STATIC), rest if hashed else filename)
    path = Path(joined or STATIC)
    if not path.is_file():
        abort(404)
    packed = path.suffix in _PACKED and "gzip" in request.headers.get("Accept-Encoding", "")
    body = _body(path, path.stat().st_mtime_ns, packed)
    response = Response(body, mimetype=_TYPES.get(path.suffix, "text/plain"))
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    lasting = head == "vendor" or (hashed and head == content_hash())
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if lasting else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.add_etag()
    response.make_conditional(request)
    return response


def install(app: Flask) -> None:
    """Serve /static, in place of Flask's own route when it has one."""
    if "static" in app.view_functions:
        app.view_functions["static"] = serve
    else:
        app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
