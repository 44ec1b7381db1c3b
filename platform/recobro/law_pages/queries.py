"""Earlier texts of the files a place's rules come from."""

import tomllib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from legal.rules.packs.changes import RuleChange, differences
from legal.rules.packs.loading import PACKS, Pack
from legal.rules.packs.schema import PackFile
from tenants.work import Work


@dataclass(frozen=True)
class KeptText:
    """An earlier text of a file of rules: the file's id, its SHA-256, and since when it is kept."""

    name: str
    sha256: str
    kept_at: datetime


_NAMED = text("SELECT name, sha256, kept_at FROM law_texts_named(CAST(:names AS text[])) ORDER BY kept_at DESC, name")


def earlier_texts(work: Work, pack: Pack) -> list[KeptText]:
    """The texts that were kept of a pack's files and are not the ones in use, the latest first."""
    in_use = {digest for _, digest in pack.parts}
    rows = work.session.execute(_NAMED, {"names": [name for name, _ in pack.parts]})
    return [KeptText(*row) for row in rows if row.sha256 not in in_use]


def differences_since(work: Work, earlier: KeptText) -> list[RuleChange] | None:
    """What a file says now that its earlier text did not, and the other way; None when this program cannot read it."""
    kept = work.session.scalar(text("SELECT law_text(:sha256)"), {"sha256": earlier.sha256})
    now = (PACKS / f"{earlier.name}.toml").read_text(encoding="utf-8")
    try:
        return differences(_read(kept).rules, _read(now).rules)
    except ValueError:
        return None


def _read(content: str) -> PackFile:
    return PackFile.model_validate(tomllib.loads(content))
