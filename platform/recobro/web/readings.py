"""What people type, understood: `+3`, `vie`, `24/11`, `quincena` as a day; `60k`, `60.000,00` as an amount.

The page only echoes; this is the last word. What cannot be read is refused with an example. A field about what is to
come looks ahead, one about what happened looks back: there `19/11` is the last 19 November.
"""

import calendar
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kernel.money import Money, exponent
from kernel.problems import Invalid
from kernel.text import msg
from recobro.web.formats import language, separators

_WEEKDAYS = {
    **{word: i for i, word in enumerate(("lun", "mar", "mie", "jue", "vie", "sab", "dom"))},
    **{word: i for i, word in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
}
_MONTHS = {
    **{"ene": 1, "feb": 2, "mar": 3, "abr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "sep": 9},
    **{"oct": 10, "nov": 11, "dic": 12, "jan": 1, "apr": 4, "aug": 8, "dec": 12},
}
_NEAR = {
    **{"hoy": 0, "today": 0, "manana": 1, "tomorrow": 1, "pasado": 2, "pasado manana": 2},
    **{"ayer": -1, "yesterday": -1, "antier": -2, "anteayer": -2},
}


_NO_FILTER = msg("Ese filtro no se entiende. Hay que elegirlo de nuevo en la lista.")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MOST_DAYS = 100_000


def asked_day(text: str | None) -> date | None:
    """The day of a filter in an address (AAAA-MM-DD), None when none is asked. Refused: what is no day from 1900 to
    2200."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(_NO_FILTER) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid(_NO_FILTER)
    return day


def asked_month(text: str | None) -> date | None:
    """The first day of the month of a filter (AAAA-MM); refused as a day is."""
    return asked_day(f"{text}-01") if text else None


def asked_days(text: str | None) -> int | None:
    """A number of days of a filter in an address, None when none is asked. Refused: what is no whole number up to
    100,000."""
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,6}", text) or abs(int(text)) > _MOST_DAYS:
        raise Invalid(_NO_FILTER)
    return int(text)


def asked_span(args: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The days `from` and `to` of an address, both included; refused as a day is, and where they end before they
    begin."""
    first, last = asked_day(args.get("from")), asked_day(args.get("to"))
    if first is not None and last is not None and last < first:
        raise Invalid(msg("El periodo termina antes de empezar."))
    return first, last


class Look(StrEnum):
    """Where a day field looks when the year, the month or the week is not said."""

    AHEAD = "ahead"
    BACK = "back"


_UNREADABLE = {
    Look.AHEAD: msg("No entendimos la fecha «{text}». Escribe por ejemplo 24/11, vie, +3, mañana o fin de mes."),
    Look.BACK: msg("No entendimos la fecha «{text}». Escribe por ejemplo 24/11, vie, ayer o -3."),
}

_NO_AMOUNT = msg("No entendimos el importe «{text}». Escribe por ejemplo 60,000.00 o 60k.")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.strip().lower())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _pay_day(today: date, look: Look) -> date:
    """The next or the last 15th or last day of a month, never today (the Mexican `quincena`)."""
    end = _month_end(today)
    if look is Look.BACK:
        return today.replace(day=15) if today.day > 15 else today.replace(day=1) - timedelta(days=1)
    if today.day < 15:
        return today.replace(day=15)
    return end if today < end else (today + timedelta(days=15)).replace(day=15)


def _end_of_month(today: date, look: Look) -> date:
    end = _month_end(today)
    return end if look is Look.AHEAD or today == end else today.replace(day=1) - timedelta(days=1)


def _weekday(number: int, today: date, look: Look) -> date:
    """That day of the week, never today."""
    if look is Look.BACK:
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _with_number(number: int, today: date, look: Look) -> date | None:
    """The nearest day with that number, today among them; None when no month has it."""
    first = today.replace(day=1)
    for _ in range(3):
        if 1 <= number <= _month_end(first).day:
            found = first.replace(day=number)
            if found >= today if look is Look.AHEAD else found <= today:
                return found
        step = timedelta(days=32) if look is Look.AHEAD else timedelta(days=-1)
        first = (first + step).replace(day=1)
    return None


def _of_the_year(month: int, number: int, today: date, look: Look) -> date | None:
    """That day of the nearest year, today among them; None when this year does not have it."""
    found = _day(today.year, month, number)
    if found is None or (found >= today if look is Look.AHEAD else found <= today):
        return found
    return _day(today.year + (1 if look is Look.AHEAD else -1), month, number)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _from_words(plain: str, today: date, look: Look) -> date | None:
    if plain in _NEAR:
        return today + timedelta(days=_NEAR[plain])
    if plain in ("quincena", "payday"):
        return _pay_day(today, look)
    if plain in ("fin de mes", "end of month"):
        return _end_of_month(today, look)
    if plain[:3] in _WEEKDAYS and plain.isalpha():
        return _weekday(_WEEKDAYS[plain[:3]], today, look)
    return None


def _from_numbers(plain: str, today: date, locale: str, look: Look) -> date | None:
    if match := re.fullmatch(r"([+-]\d{1,3})", plain):
        return today + timedelta(days=int(match[1]))
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if re.fullmatch(r"\d{1,2}", plain):
        return _with_number(int(plain), today, look)
    named = re.fullmatch(r"(\d{1,2})(?: de)? ([a-z]{3})[a-z]*(?:(?: de)? (\d{4}))?", plain)
    slashed = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2}|\d{4}))?", plain)
    if named and named[2] in _MONTHS:
        number, month, year = int(named[1]), _MONTHS[named[2]], named[3]
    elif slashed:
        number, month, year = int(slashed[1]), int(slashed[2]), slashed[3]
        if language(locale) == "en" and locale == "en_US":
            number, month = month, number
    else:
        return None
    if year:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, number)
    return _of_the_year(month, number, today, look)


def read_day(text: str, today: date, locale: str = "es_MX", look: Look = Look.AHEAD) -> date:
    """The day a person means: the next or, looking back, the last one when the year is not said; `-3` is 3 days ago.

    Day before month, but in en_US. What cannot be read is Invalid.
    """
    plain = _plain(text.replace("\u2212", "-"))
    found = _from_words(plain, today, look) or _from_numbers(plain, today, locale, look)
    if found is None:
        raise Invalid(_UNREADABLE[look], text=text.strip())
    return found


def read_money(text: str, currency: str, locale: str = "es_MX") -> Money:
    """The amount a person means. With both marks the last is the decimal one; a grouping mark with three digits groups.

    Three decimals in a currency of two are refused: `100.005` in es-MX is neither a hundred nor a hundred thousand.
    """
    bare = re.sub(r"[\s\u00a0\u202f$€£]", "", text).replace("\u2212", "-")
    bare = re.sub(r"^(-?)[A-Za-z]{3}(?=\d)|(?<=\d)[A-Z]{3}$", r"\1", bare)
    match = re.fullmatch(r"(-?)([\d.,]*\d)([kKmM]?)", bare)
    if not match:
        raise Invalid(_NO_AMOUNT, text=text.strip())
    marks = re.findall(r"[.,]", match[2])
    local_mark = separators(locale)[0]
    if _is_doubtful(match[2], marks, exponent(currency), local_mark) and not match[3]:
        raise Invalid(_NO_AMOUNT, text=text.strip())
    decimal_mark = _decimal_mark(match[2], marks, exponent(currency), local_mark, bool(match[3]))
    digits = "".join("." if c == decimal_mark else c for c in match[2] if c.isdigit() or c == decimal_mark)
    factor = {"": 1, "k": 1_000, "m": 1_000_000}[match[3].lower()]
    return Money.of(Decimal(match[1] + digits) * factor, currency)


def _is_doubtful(digits: str, marks: list[str], places: int, local_mark: str) -> bool:
    """One mark and three digits after it that neither group thousands nor are as many decimals as the currency has."""
    if len(marks) != 1:
        return False
    whole, tail = digits.split(marks[0])
    if len(tail) != 3:
        return False
    return whole.startswith("0") or not whole or (marks[0] == local_mark and places == 2)


def _decimal_mark(digits: str, marks: list[str], places: int, local_mark: str, shortened: bool) -> str | None:
    if not marks:
        return None
    last = marks[-1]
    if len(set(marks)) == 2:
        return last
    if len(marks) > 1:
        return None
    tail = len(digits.rsplit(last, 1)[1])
    if shortened:
        return last
    if tail == 3 and (last != local_mark or places < 3):
        return None
    return last
