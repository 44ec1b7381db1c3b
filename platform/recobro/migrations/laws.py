"""Keeps the text of every file of rules that ships, so that a decision can be made again with the law of its day."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, text

from legal.rules.packs.loading import PACKS

_KEEP = text(
    "INSERT INTO law_texts (sha256, name, content) VALUES (:sha256, :name, :content) ON CONFLICT (sha256) DO NOTHING"
)


def keep_laws(connection: Connection, paths: Iterable[Path] | None = None) -> None:
    """Write those texts that are not there yet, as the owner of the tables; what is there stays as it is."""
    for path in sorted(PACKS.glob("*.toml") if paths is None else paths):
        content = path.read_bytes()
        connection.execute(
            _KEEP,
            {"sha256": hashlib.sha256(content).hexdigest(), "name": path.stem, "content": content.decode()},
        )
