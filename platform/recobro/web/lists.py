"""The parts of a list page as plain data: views, filters, sortable heads, and addresses that keep the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class Tab:
    """A saved view or a part of a page: label, address, how many rows it has."""

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the address without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Column:
    """A column of a table. `sort` names what the server may sort by; empty means it cannot."""

    label: str
    sort: str = ""
    num: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Head:
    """A column's head as drawn: `order` is ascending, descending or none; `url` sorts by it, or the other way."""

    label: str
    num: bool = False
    fixed: bool = False
    url: str = ""
    order: str = "none"


@dataclass(frozen=True)
class Pager:
    """Where a page of a list stands. `total` None: too many to count."""

    first: int
    last: int
    total: int | None
    previous_url: str = ""
    next_url: str = ""


def url_with(path: str, args: Mapping[str, str], **changes: str | None) -> str:
    """An address with some arguments changed; None or an empty text removes one."""
    merged = {**args, **changes}
    query = urlencode({name: value for name, value in merged.items() if value})
    return f"{path}?{query}" if query else path


def heads(columns: Sequence[Column], path: str, args: Mapping[str, str], default: str = "") -> list[Head]:
    """The heads of a table whose order is `?sort=name` or `?sort=-name`. A new order starts at the first page."""
    current = args.get("sort", default)
    found = []
    for column in columns:
        if not column.sort:
            found.append(Head(column.label, column.num, column.fixed))
            continue
        ascending, descending = current == column.sort, current == f"-{column.sort}"
        wanted = f"-{column.sort}" if ascending or (column.num and not descending) else column.sort
        order = "ascending" if ascending else "descending" if descending else "none"
        url = url_with(path, args, sort=wanted, after=None, before=None)
        found.append(Head(column.label, column.num, column.fixed, url, order))
    return found


def chips(path: str, args: Mapping[str, str], words: Mapping[str, tuple[str, str]]) -> list[Chip]:
    """The filters in force: `words` gives for each argument its label and its value as a person reads it."""
    return [
        Chip(label, value, url_with(path, args, **{name: None, "after": None, "before": None}))
        for name, (label, value) in words.items()
        if args.get(name)
    ]
