"""Plain text with a little shape (paragraphs, lists, links) read into blocks, and written as text again. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")


@dataclass(frozen=True)
class Span:
    """A run of words; with an address it is a link."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Block:
    """`paragraph` and `list` hold lines of spans; `button` holds one line with one link."""

    kind: str
    lines: Sequence[Sequence[Span]]


def blocks(text: str) -> list[Block]:
    """The blocks of a text, in order."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        # A sentence may run straight into its list.
        listed = next((n for n, line in enumerate(lines) if line.startswith("- ")), len(lines))
        for kind, some in (
            ("paragraph", lines[:listed]),
            ("list", [line.removeprefix("- ") for line in lines[listed:]]),
        ):
            if some:
                spans = [_spans(line) for line in some]
                alone = kind == "paragraph" and len(spans) == 1 and len(spans[0]) == 1 and spans[0][0].url
                found.append(Block("button" if alone else kind, spans))
    return found


def as_text(found: Sequence[Block]) -> str:
    """The blocks as plain text: the twin of an email's HTML."""
    parts = []
    for block in found:
        mark = "- " if block.kind == "list" else ""
        parts.append("\n".join(mark + "".join(_plain(span) for span in line) for line in block.lines))
    return "\n\n".join(parts) + "\n"


def _spans(line: str) -> list[Span]:
    found, end = [], 0
    for match in _LINK.finditer(line):
        if match.start() > end:
            found.append(Span(line[end : match.start()]))
        found.append(Span(match.group(1), match.group(2)))
        end = match.end()
    if end < len(line):
        found.append(Span(line[end:]))
    return found


def _plain(span: Span) -> str:
    return f"{span.text}: {span.url}" if span.url else span.text
