"""The rows of a table, finished: each cell knows its column's name, for phones, where a row is a card without heads."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from recobro.web.lists import Head

_TAG = re.compile(r"<(tr|td|th)\b([^>]*)>", re.IGNORECASE)
_SPAN = re.compile(r"colspan=\"(\d+)\"")
_EMPTY = re.compile(r"\s*(?:—\s*)?</t[dh]>")


def _open(name: str, attributes: str, label: str, *, empty: bool) -> str:
    said = f' data-label="{escape(label)}"' if label else ""
    return f"<{name}{attributes}{said}{' data-empty' if empty else ''}>"


def labelled(rows: str, heads: Sequence[Head | str], *, select: bool = False) -> Markup:
    """Our own rows with `data-label` on each cell, and `data-empty` on those that say nothing (or a dash).

    `select`: the first cell is a box and has no head.
    """
    labels = ["", *map(_label, heads)] if select else list(map(_label, heads))
    at = 0

    def cell(match: re.Match[str]) -> str:
        nonlocal at
        name, attributes = match[1], match[2]
        if name.lower() == "tr":
            at = 0
            return match[0]
        label = labels[at] if at < len(labels) else ""
        span = _SPAN.search(attributes)
        at += int(span[1]) if span else 1
        return _open(name, attributes, label, empty=_EMPTY.match(rows, match.end()) is not None)

    return Markup(_TAG.sub(cell, rows))  # noqa: S704 - our own markup, already escaped


def _label(head: Head | str) -> str:
    return head if isinstance(head, str) else head.label
