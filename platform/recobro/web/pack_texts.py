"""What people read of the law's packs, for the catalogues: names, titles, notes, citations, holidays, printed words."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import IO, Any

_READ = ("title", "note", "citation", "receipt_words")
"""The fields of a pack whose text is read by people, wherever they stand."""


def extract(file: IO[bytes], *_asked: object, **_options: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """What people read in one pack, the way Babel takes sentences out of a file (babel.messages.extract)."""
    told = tomllib.load(file)
    for text in dict.fromkeys([told["pack"]["name"], *_fields(told), *_holidays(told.get("calendar"))]):
        yield 1, None, text, []


def _fields(told: object) -> Iterator[str]:
    if isinstance(told, Mapping):
        for name, value in told.items():
            if name in _READ and value:
                yield value
            elif name == "notes":
                yield from value.values()
            else:
                yield from _fields(value)
    elif isinstance(told, list):
        for value in told:
            yield from _fields(value)


def _holidays(calendar: Mapping[str, Any] | None) -> Iterator[str]:
    """The names of holidays, where they are not in the reader's English already."""
    if not calendar or not calendar.get("language", "es").startswith("es"):
        return
    yield from (day["name"] for day in calendar.get("days", ()))
    for year in calendar.get("year", ()):
        for days in (year["days"], *year.get("regions", {}).values()):
            yield from days.values()
