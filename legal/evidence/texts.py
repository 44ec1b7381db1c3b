"""The rules of a decision's day, put together again from the very texts it was made with."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import text

from kernel.problems import NotFound
from legal.policies.service import rules_with
from legal.rules.packs.loading import Pack, joined, pack_of
from legal.rules.policies import AGENCY, pack_with
from tenants.work import Work

_TEXTS = text("SELECT sha256, law_text(sha256) FROM unnest(CAST(:digests AS text[])) AS sha256")

Parts = Sequence[tuple[str, str]]


class TextsMissing(NotFound):
    """Some text that a decision rests on was not kept; `names` says which."""

    code = "law.texts_missing"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__()


def pack_from(work: Work, parts: Parts) -> Pack:
    """The pack of these parts (a file's id or "agency", and a SHA-256), whatever the program ships today.

    TextsMissing when one of them was not kept. No parts are the place without rules, where nothing is allowed.
    """
    files = [(name, digest) for name, digest in parts if name != AGENCY]
    kept = _texts(work, [digest for _, digest in files])
    missing = [name for name, digest in files if kept.get(digest) is None]
    try:
        own = [rules_with(work, digest) for name, digest in parts if name == AGENCY]
    except NotFound:
        missing.append(AGENCY)
    if missing:
        raise TextsMissing(missing)
    pack = _joined(tuple((name, kept[digest] or "") for name, digest in files)) if files else pack_of("")
    for rules in own:
        pack = pack_with(pack, rules)
    return pack


@lru_cache(maxsize=64)
def _joined(files: tuple[tuple[str, str], ...]) -> Pack:
    return joined([(name, content.encode()) for name, content in files])


def _texts(work: Work, digests: Sequence[str]) -> dict[str, str | None]:
    return {str(digest): content for digest, content in work.session.execute(_TEXTS, {"digests": list(digests)})}
