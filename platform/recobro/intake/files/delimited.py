"""CSV and TXT: their encoding, their separator, their rows; decided from the whole file, streamed in bounded memory."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from kernel.text import msg
from recobro.intake.sheet import MOST_COLUMNS, MOST_ROW, FileRefused, Row

SEPARATORS = (",", ";", "\t", "|")
# What old systems use. These stand in other texts too: only a heading of as many cells as the rows have is proof.
_RARE = ("^", "~", "#", "*", "!", ":", "\x1f")
_RARE_WIDTH, _RARE_SHARE = 3, 0.95
_BLOCK = 1 << 20
_HEAD = 1 << 14
_SEPARATOR_ROWS = 200
# One record on more lines than this is a quote that was never closed.
_MOST_LINES = 200
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WIDE = ("utf-16", "utf-16-le", "utf-16-be")
# What Excel writes above a CSV to say how it is separated.
_SAYS = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
# Before a sign that begins a formula, or a word with a digit: «'s-Hertogenbosch» keeps its own.
_PROTECTED = re.compile(r"'(?=[ \ufeff]*[=+\-@＝＋－＠]|[^\s']*[0-9][^\s']*$)")
# Lines drawn between rows, as SAP prints them.
_DRAWN = re.compile(r"[-=_+|*\s]+")
_DRAWN_SIGNS = 5
_BREAKS = re.compile(r"[\r\n]")
_ACCENTS = re.compile("[À-ÖØ-öø-ÿ]")
_ASCII = bytes(range(128))
_SPANISH = frozenset("áéíóúüñçÁÉÍÓÚÜÑÇ")
_HALVES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def encoding_of(source: BinaryIO) -> str:
    """A byte order mark decides; else UTF-16 by its zeros, UTF-8 when every byte is, Windows-1252 otherwise (charset
    guessers err on Spanish), or what DOS and old Macs wrote where that makes more Spanish letters. FileRefused when it
    is no text, or mixes two encodings."""
    source.seek(0)
    head = source.read(_HEAD)
    for mark, name in _BOMS:
        if head.startswith(mark):
            _check(source, name)
            return name
    if wide := _without_mark(head):
        _check(source, wide)
        return wide
    try:
        _check(source, "utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        _refuse_mixed(source)
    if old := _of_old_machines(source):
        _check(source, old)
        return old
    try:
        _check(source, "cp1252")
        return "cp1252"
    except UnicodeDecodeError:
        _check(source, "latin-1")
        return "latin-1"


def _of_old_machines(source: BinaryIO) -> str:
    """`cp850` or `mac_roman` where most signs beyond ASCII are Spanish letters in it and not in Windows-1252."""
    source.seek(0)
    signs: Counter[int] = Counter()
    while block := source.read(_BLOCK):
        signs.update(block.translate(None, _ASCII))
    letters = {
        name: sum(count for sign, count in signs.items() if bytes((sign,)).decode(name, "ignore") in _SPANISH)
        for name in ("cp1252", "cp850", "mac_roman")
    }
    best = max(letters, key=lambda name: letters[name])
    return best if 2 * letters["cp1252"] < letters[best] > signs.total() / 2 else ""


def _without_mark(head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte is zero, and always the same one of each two."""
    pairs = len(head) // 2
    if pairs < 4:
        return ""
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd * 2 > pairs and even * 20 < pairs:
        return "utf-16-le"
    return "utf-16-be" if even * 2 > pairs and odd * 20 < pairs else ""


def _check(source: BinaryIO, encoding: str) -> None:
    """That all of it is text in this encoding, without zeros and without a line that never ends."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    while True:
        block = source.read(_BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            if encoding in _WIDE or encoding == "utf-8-sig":
                raise FileRefused(msg("El archivo está dañado: hay bytes que no son texto en {encoding}."),
                                  encoding=encoding[:6].rstrip("-").upper()) from error  # fmt: skip
            raise
        if "\0" in text:
            raise FileRefused(
                msg("El archivo tiene bytes nulos: no es texto. Guárdalo como CSV UTF-8 o como XLSX y súbelo de nuevo.")
            )
        if len(block) == _BLOCK and not _BREAKS.search(text):
            raise FileRefused(msg("Una línea del archivo es demasiado larga. Guárdalo de nuevo como CSV o XLSX."))
        if not block:
            return


def _refuse_mixed(source: BinaryIO) -> None:
    """A file that is UTF-8 but for some bytes was spoilt on its way: in another encoding its accents are wrong. One
    accent in UTF-8 is enough (in Windows-1252 it is `Ã` and a sign), and so is half a pair of UTF-16 written as it."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = lines = first = 0
    accents = halves = False
    end = b""
    while block := source.read(_BLOCK):
        text = decoder.decode(block)
        accents = accents or bool(_ACCENTS.search(text))
        halves = halves or bool(_HALVES.search(end + block))
        end = block[-2:]
        broken = text.count("\ufffd")
        if broken and not bad:
            first = lines + text.count("\n", 0, text.find("\ufffd")) + 1
        lines += text.count("\n")
        bad += broken
        good += len(text) - len(text.encode("ascii", "ignore")) - broken
    if good > bad or accents or halves:
        raise FileRefused(
            msg(
                "El archivo mezcla dos codificaciones: en la línea {line} hay bytes que no son UTF-8. "
                "Guárdalo de nuevo como CSV UTF-8."
            ),
            line=first,
        )


@contextmanager
def _opened(source: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    source.seek(0)
    stream = io.TextIOWrapper(source, encoding=encoding, newline="")
    try:
        yield stream
    finally:
        # The caller's file stays open.
        stream.detach()


def separator_of(source: BinaryIO, encoding: str) -> str:
    """The one the file states (`sep=;`), else that under which most rows have the same number of cells; the wider sheet
    when two agree as often."""
    with _opened(source, encoding) as stream:
        stated = _SAYS.fullmatch(stream.readline(20))
    if stated and stated[1] in (*SEPARATORS, *_RARE):
        return stated[1]
    best, best_score = ",", (0.0, 0)
    for candidate in (*SEPARATORS, *_RARE):
        rows = [len(row.cells) for row in islice(text_rows(source, encoding, candidate), _SEPARATOR_ROWS)]
        widths = Counter(rows)
        several = {width: count for width, count in widths.items() if width > 1}
        if not several:
            continue
        width, count = max(several.items(), key=lambda pair: (pair[1], pair[0]))
        score = (round(count / sum(widths.values()), 2), width)
        proven = rows[0] == width and score[0] >= _RARE_SHARE and width > max(_RARE_WIDTH, best_score[1])
        if candidate in _RARE and not proven:
            continue
        if score > best_score:
            best, best_score = candidate, score
    return best


def text_rows(source: BinaryIO, encoding: str, separator: str) -> Iterator[Row]:
    """The rows that are not blank, each with the line it begins on."""
    with _opened(source, encoding) as stream:
        length = [0]
        reader = csv.reader(_lines(stream, length), delimiter=separator)
        line = width = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _unclosed(line + 1) from error
            length[0] = 0
            start, line = line + 1, reader.line_num
            if len(cells) > MOST_COLUMNS:
                raise FileRefused(
                    msg("La línea {line} tiene {count} columnas; el máximo es {limit}."),
                    line=start, count=len(cells), limit=MOST_COLUMNS,
                )  # fmt: skip
            if line - start >= _MOST_LINES or (line > start and _swallows(cells, separator, width)):
                raise _unclosed(start)
            width = len(cells)
            text = "".join(cells)
            if "'" in text or "=" in text:
                cells = [unprotected(cell) for cell in cells]
            if not text.strip() or (text[0] in "-=_+ " and len(text) >= _DRAWN_SIGNS and _DRAWN.fullmatch(text)):
                continue
            if not (start == 1 and _SAYS.fullmatch(separator.join(cells))):
                yield Row(start, cells)


def unprotected(cell: str) -> str:
    """A cell without what keeps a spreadsheet from reading it as a number or a formula: `="000124"`, `'000124`, and the
    apostrophe that our own exports put before a sign."""
    if not cell.startswith(("'", "=")):
        return cell
    if found := _AS_TEXT.fullmatch(cell):
        return found[1].replace('""', '"')
    return cell[1:] if _PROTECTED.match(cell) else cell


def _swallows(cells: list[str], separator: str, width: int) -> bool:
    """Whether a cell of several lines holds the end of one row and the beginning of another, with whole rows between:
    two quotes that belong to neither, in rows of so many cells."""
    for index, cell in enumerate(cells):
        first, *between = cell.splitlines() or [""]
        if between and width > _RARE_WIDTH:
            ends = first.count(separator) == width - 1 - index
            begins = between.pop().count(separator) == width - len(cells) + index
            if ends and begins and all(one.count(separator) == width - 1 for one in between):
                return True
    return False


def _lines(stream: io.TextIOWrapper, length: list[int]) -> Iterator[str]:
    """The lines of a file; refused when those of one record are longer together than a record may be."""
    for number, line in enumerate(stream, start=1):
        length[0] += len(line)
        if length[0] > 2 * MOST_ROW:
            raise _unclosed(number)
        yield line


def _unclosed(line: int) -> FileRefused:
    return FileRefused(msg("La línea {line} no se puede leer: quizá unas comillas quedaron sin cerrar."), line=line)
