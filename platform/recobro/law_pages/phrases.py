"""Turns of phrase that several kinds of rule share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kernel.text import msg
from legal.rules.packs import kinds as k
from recobro.law_pages.words import words
from recobro.web.translations import spell

Sayings = Mapping[str, Callable[[Any], Sequence[str]]]
"""By kind of rule, what one with some parameters asks, in parts."""


def said(text: str) -> Callable[[Any], Sequence[str]]:
    """One sentence, whatever the parameters."""
    return lambda _: (spell(text),)


def many(count: int, one: str, several: str) -> str:
    """A count in words: of one, or of several."""
    return spell(one) if count == 1 else spell(several, n=count)


def kept(text: str, purposes: Sequence[object]) -> Sequence[str]:
    """A sentence, and the purposes that it leaves open."""
    kept = spell(msg("Sigue permitido: {purposes}."), purposes=words(purposes))
    return spell(text), kept if purposes else ""


def only_warns(effect: k.Effect) -> str:
    """That a rule is only said, where it does not stand in the way."""
    return spell(msg("Fuera de ello solo avisa.")) if effect is k.Effect.WARN else ""
