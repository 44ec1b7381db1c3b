"""Reports that say once whose debts follow: a row with nothing but «Cliente: 0012 Abarrotes» above the rows of each.

What the title says becomes columns of every row under it: a number, a name, an id (`sheet.TITLES`). A row of totals
ends it, and a title that tells an age («31 a 60 días») is none.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from recobro.intake.columns.fields import FIELDS_OF
from recobro.intake.columns.grammar import amount_verdict, date_verdict
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.columns.standing import sums_up
from recobro.intake.sheet import Row

_WHOSE = frozenset(
    heading for name in ("customer_ref", "debtor_name", "tax_id") for heading in FIELDS_OF["placement"][name].headings
)
_DUE = frozenset(FIELDS_OF["placement"]["due_on"].headings)
_LABEL = re.compile(
    r"(?:(?:c[oó]digo|n[uú]mero|no\.?|nombre)\s+(?:del?\s+)?)?"
    r"(?:cliente|deudor|tercero|raz[oó]n social|nombre|acreditado|customer|client|debtor|account|cuenta)"
    r"\s*[:#=-]+\s*:?\s*",
    re.IGNORECASE,
)
_ID = re.compile(
    r"[(\[,;|–-]*\s*\b(?:R\.?F\.?C|N\.?I\.?T|N\.?I\.?F|C\.?I\.?F|R\.?U\.?T|R\.?U\.?C|C\.?U\.?I\.?T|Tax ID|VAT(?: No)?)"
    r"\.?(?:\s*[:#=]\s*|\s+)"
    r"([A-ZÑ&0-9][A-ZÑ&0-9.\- ]{5,16}[A-Z0-9])\s*[)\]]?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?([A-Z]{0,6}[-_./]?[0-9][A-Z0-9\-_./]*)(?:\s*[-–:·|]\s*|\s+|$)", re.IGNORECASE)
_AFTER = re.compile(r"\s*[(\[]\s*#?([A-Z]{0,6}[-_./]?[0-9][A-Z0-9\-_./]*)\s*[)\]]$", re.IGNORECASE)
_AGE = re.compile(
    r"[0-9]+\s*(?:-|–|a|to|y|and)\s*[0-9]+|[<>+]\s*[0-9]+|\b(?:d[ií]as|days|months?|mes(?:es)?|corriente|current|overdue"
    r"|past due|por vencer|vencid[oa]s?|no vencid[oa]s?)\b",
    re.IGNORECASE,
)
_MOST_CELLS, _NARROW, _LONGEST = 6, 5, 200


def there_are(columns: Sequence[str], below: Sequence[Row]) -> bool:
    """Whether the first rows under the headings of a portfolio stand under titles with a name, and no column says who
    owes. Other files have no days on which something is due, and rows with one cell that are no titles."""
    told = set(map(plain_heading, columns))
    if told & _WHOSE or not told & _DUE:
        return False
    titled = [(said_of(title_of(row))[1] != "", title_of(row) == "" and not _ends(row)) for row in below]
    return any(is_title and is_data for (is_title, _), (_, is_data) in pairwise(titled))


def under(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """The rows with what their title says in three cells more."""
    said = ("", "", "")
    for row in rows:
        title = title_of(row)
        if title:
            said = said_of(title) if any(said_of(title)) else said
        elif _ends(row):
            said = ("", "", "")
        cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
        yield Row(row.line, [*cells, *(("", "", "") if title else said), *row.cells[width:]])


def said_of(title: str) -> tuple[str, str, str]:
    """The number, the name and the id in a title; nothing of what tells an age or is an amount or a day."""
    if not title or sums_up(title) or amount_verdict(title) != "none" or date_verdict(title) != "none":
        return "", "", ""
    label = _LABEL.match(title)
    rest, tax_id, number = title[label.end() :] if label else title, "", ""
    if found := _ID.search(rest):
        rest, tax_id = f"{rest[: found.start()]} {rest[found.end() :]}", found[1].strip()
    if not label and not tax_id and _AGE.search(rest):
        return "", "", ""
    if found := _NUMBER.match(rest) or _AFTER.search(rest):
        rest, number = f"{rest[: found.start()]}{rest[found.end() :]}", found[1]
    return number, " ".join(_LABEL.sub("", rest, count=1).split()).strip(" -–:·|,;()"), tax_id


def title_of(row: Row) -> str:
    """What a row says that has one cell alone; or a few in a wide sheet, of which the first is «Cliente:», or which are
    a number and a name."""
    filled = [cell.strip() for cell in row.cells if cell and not cell.isspace()]
    if any(len(cell) > _LONGEST for cell in filled):
        return ""
    if len(filled) == 1:
        return filled[0]
    if not filled or len(filled) > _MOST_CELLS or len(row.cells) < _NARROW:
        return ""
    labelled = _LABEL.match(f"{filled[0]}: ") and amount_verdict(filled[-1]) == "none"
    named = len(filled) == 2 and _NUMBER.fullmatch(filled[0]) and date_verdict(filled[0]) == "none"
    return " ".join(filled) if labelled or (named and _words(filled[1])) else ""


def _words(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and amount_verdict(cell) == date_verdict(cell) == "none"


def _ends(row: Row) -> bool:
    return any(map(sums_up, row.cells))
