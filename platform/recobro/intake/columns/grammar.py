"""What a cell may say: amounts and days, each by one strict grammar, and how a whole column is read.

A column is read one way: its decimal mark and its date order are decided from the tally of all its values, never cell
by cell. When two readings remain, the decision says so and a person chooses. Only ASCII digits are digits.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from kernel.problems import Invalid
from kernel.text import msg

LONGEST = 64
MOST_DIGITS = 13
FIRST_YEAR, LAST_YEAR = 1900, 2199
# A few odd cells do not put a whole column in doubt: they are refused by row.
ODD_SHARE = Decimal("0.02")


class Number(str):
    """A cell that the spreadsheet itself keeps as a number, in canonical form (`-1234.5`): its reading is not open."""

    __slots__ = ()


class Mark(StrEnum):
    """Which sign parts the whole units from the cents."""

    DOT = "dot"
    COMMA = "comma"


class Order(StrEnum):
    """In which order a date with numbers is written. A year of four digits in front, or a month in letters, is read in
    every order; `YEAR_FIRST` is a year of two digits in front.

    `…_TURNED`: a spreadsheet of another language took for dates those it could read in its own order, and so exchanged
    their day and month; what it left as text is as it was.
    """

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"
    SERIAL = "serial"
    DAY_FIRST_TURNED = "dmy_turned"
    MONTH_FIRST_TURNED = "mdy_turned"


class Unreadable(Invalid):
    """The cell is not what its column holds."""

    code = "intake.unreadable"


class Amount(NamedTuple):
    """A number and the currency written beside it, if any: its code, or a bare `$`, which is of many."""

    value: Decimal
    currency: str = ""


@dataclass(frozen=True)
class Reading:
    """How a column is read: the choice, the other readings that fit as well, how many values fit and do not; `firm` is
    how many values allow one reading only."""

    choice: str
    others: tuple[str, ...] = ()
    fits: int = 0
    misfits: int = 0
    firm: int = 0

    @property
    def ambiguous(self) -> bool:
        """Whether a person has to choose."""
        return bool(self.others)


_SIGN = r"(?:MX\$|US\$|U\$S|COP\$|\$|€|£|[A-Z]{3}\$?)"
_AMOUNT = (
    r"(?P<open>\()?\s?(?P<minus>[-+−])?\s?(?P<before>" + _SIGN + r")?\s?(?P<inner>-)?"
    r"(?P<whole>[0-9]{1,3}(?:(?P<group>[GROUPS])[0-9]{3})(?:(?P=group)[0-9]{3})*|[0-9]+|(?=MARK[0-9]))"
    r"(?:MARK(?P<part>[0-9]+))?\s?(?P<after>" + _SIGN + r"|%)?\s?(?P<trailing>-)?(?P<close>\))?"
)
_SPACED = " \u00a0\u202f\u2009'’"
AMOUNTS: Mapping[Mark, re.Pattern[str]] = {
    Mark.DOT: re.compile(_AMOUNT.replace("GROUPS", "," + _SPACED).replace("MARK", r"\.")),
    Mark.COMMA: re.compile(_AMOUNT.replace("GROUPS", "." + _SPACED).replace("MARK", ",")),
}
# What most cells look like; the same readings as above, an order of magnitude sooner.
_SIMPLE: Mapping[Mark, re.Pattern[str]] = {
    Mark.DOT: re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,12})?"),
    Mark.COMMA: re.compile(r"-?[0-9]{1,13}(?:,[0-9]{1,12})?"),
}
_GROUPED: Mapping[Mark, re.Pattern[str]] = {
    Mark.DOT: re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,12})?"),
    Mark.COMMA: re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3}){1,3}(?:,[0-9]{1,12})?"),
}
_GROUP_SIGNS = {Mark.DOT: ",", Mark.COMMA: "."}
_CENTS = re.compile(r"-?[0-9]{1,13}([.,])[0-9]{1,2}")
_NOT_DIGITS = re.compile(r"[^0-9]")
_CURRENCY_SIGNS = {"MX$": "MXN", "US$": "USD", "U$S": "USD", "COP$": "COP", "€": "EUR", "£": "GBP", "$": "$"}
# What people write behind an amount beside codes and signs, and the currency it is, `$` where that is of many.
_WORDS = {
    "pesos m.n": "MXN", "pesos mn": "MXN", "pesos mxn": "MXN", "m.n": "MXN", "m. n": "MXN", "mn": "MXN", "mxp": "MXN",
    "pesos": "$", "peso": "$", "dólares": "USD", "dolares": "USD", "dlls": "USD", "dls": "USD", "dll": "USD",
    "euros": "EUR", "euro": "EUR",
}  # fmt: skip
_ENDINGS = tuple(_WORDS)


def read_amount(text: str, mark: Mark) -> Amount:
    """The amount a cell says under a decimal mark; what the grammar does not know is refused, never guessed.

    Parentheses and a minus on either side make it negative. A percentage is no amount. `M.N.`, `pesos`, `Dlls` and
    `euros` may stand behind it.
    """
    found = _amount(text, mark)
    if found is None:
        raise Unreadable(msg("«{value}» no es un importe."), value=text[:LONGEST])
    return found


def _amount(text: str, mark: Mark) -> Amount | None:
    cell = text.strip()
    if isinstance(text, Number):
        mark = Mark.DOT
    if _SIMPLE[mark].fullmatch(cell):
        return Amount(Decimal(cell.replace(",", ".")))
    if _GROUPED[mark].fullmatch(cell):
        return Amount(Decimal(cell.replace(_GROUP_SIGNS[mark], "").replace(",", ".")))
    if len(cell) > LONGEST:
        return None
    said = ""
    if (bare := cell.lower().rstrip(".")).endswith(_ENDINGS):
        word = next(word for word in _ENDINGS if bare.endswith(word))
        cell, said = cell[: len(bare) - len(word)].rstrip(), _WORDS[word]
    known = AMOUNTS[mark].fullmatch(cell)
    if known is None or known["after"] == "%" or bool(known["open"]) != bool(known["close"]):
        return None
    signs = [known["open"], known["minus"] in ("-", "−"), known["inner"], known["trailing"]]
    whole = _NOT_DIGITS.sub("", known["whole"])
    if sum(map(bool, signs)) > 1 or len(whole.lstrip("0")) > MOST_DIGITS or (known["before"] and known["after"]):
        return None
    value = Decimal(f"{whole or 0}.{known['part'] or 0}")
    sign = known["before"] or known["after"] or ""
    currency = _CURRENCY_SIGNS.get(sign, sign.rstrip("$"))
    # «$500.00 M.N.» says it twice; two currencies are none.
    if said and currency not in ("", "$", said):
        return None
    return Amount(-value if any(signs) else value, said if said not in ("", "$") else currency or said)


def amount_verdict(text: str, *, places: int = 2) -> str:
    """Which reading of an amount one value speaks for: `dot`, `comma`, `same` (both agree), `open` (both fit and
    differ), `typed` (a number of the spreadsheet) or `none`. More decimals than `places` (zeros apart) do not fit;
    where the other reading would only have too many of them (`1.101`) it is `dot_likely` or `comma_likely`."""
    if isinstance(text, Number):
        return "typed"
    if places >= 2 and (cents := _CENTS.fullmatch(text)):
        return Mark.DOT.value if cents[1] == "." else Mark.COMMA.value
    dot, comma = _amount(text, Mark.DOT), _amount(text, Mark.COMMA)
    dot_fits, comma_fits = _within(dot, places), _within(comma, places)
    if dot_fits and comma_fits:
        return "same" if dot == comma else "open"
    if dot_fits:
        return "dot_likely" if comma else Mark.DOT.value
    if comma_fits:
        return "comma_likely" if dot else Mark.COMMA.value
    return "none"


def _within(amount: Amount | None, places: int) -> bool:
    if amount is None:
        return False
    exponent = amount.value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        exponent = amount.value.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= places


def decide_mark(tally: Counter[str], *, usual: Mark = Mark.DOT) -> Reading:
    """How a column of amounts is read, from the verdicts of all its values; `usual` is tried first where it is open.
    Values that only look like thousands decide nothing alone: all of them may have three decimals."""
    likely = {mark: tally[f"{mark.value}_likely"] for mark in Mark}
    plain = Counter({verdict: count for verdict, count in tally.items() if not verdict.endswith("_likely")})
    if plain[Mark.DOT.value] or plain[Mark.COMMA.value]:
        plain.update({mark.value: count for mark, count in likely.items()})
    elif any(likely.values()):
        plain["open"] += sum(likely.values())
        usual = max(Mark, key=lambda mark: likely[mark])
    return _decide(plain, (Mark.DOT.value, Mark.COMMA.value), usual.value)


_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([-/. ])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_NAMED = re.compile(r"([0-9]{1,2})[-/. ]?(?:de )?([a-zé]{3,10})\.?[-/. ,]{0,2}(?:del? )?([0-9]{4}|[0-9]{2})")
_NAMED_FIRST = re.compile(r"([a-zé]{3,10})\.?[-/. ]{0,2}([0-9]{1,2}),? ?([0-9]{4})")
_CLOCK = re.compile(r"(?:T|\s+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\s?[ap]\.?\s?m\.?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$", re.I)  # fmt: skip  # noqa: E501
_SERIAL = re.compile(r"([2-7][0-9]{4})(?:\.[0-9]+)?")
_MONTHS = {
    **{"ene": 1, "feb": 2, "mar": 3, "abr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "sep": 9, "set": 9},
    **{"oct": 10, "nov": 11, "dic": 12, "jan": 1, "apr": 4, "aug": 8, "dec": 12},
}
_LONG_MONTHS = frozenset(
    (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "setiembre"),
        *("octubre", "noviembre", "diciembre", "january", "february", "march", "april", "june", "july", "august"),
        *("september", "sept", "october", "november", "december"),
    )
)
_TURNED = {Order.DAY_FIRST_TURNED: Order.DAY_FIRST, Order.MONTH_FIRST_TURNED: Order.MONTH_FIRST}
# Day zero of the serial dates of spreadsheets (the 1900 system, with its leap day that never was).
_DAY_ZERO = date(1899, 12, 30)


def read_date(text: str, order: Order) -> date:
    """The day a cell says under a date order; two-digit years are 1980 to 2079; a time of day is left off."""
    found = _dates(text)
    turned = order in _TURNED
    day = found.get("any") or found.get(_TURNED.get(order, order).value)
    if day is None:
        raise Unreadable(msg("«{value}» no es una fecha."), value=text[:LONGEST])
    return day.replace(month=day.day, day=day.month) if turned and _may_be_turned(text, day) else day


def _may_be_turned(text: str, day: date) -> bool:
    """Whether a day is as a spreadsheet keeps it, and could be another with its day for its month."""
    return day.day <= 12 and (isinstance(text, Number) or bool(_ISO.fullmatch(_CLOCK.sub("", text.strip()))))


def date_verdict(text: str) -> str:
    """Which order one value speaks for: `dmy`, `mdy`, `same`, `open` (both fit and differ), `serial`, `any`, `none`;
    `low` is a day as a spreadsheet keeps it that is no later than the twelfth. `…~2610`: it may as well begin with its
    year; first and last number are added, for all of the column's together say which of them are years."""
    found = _dates(text)
    if "ymd" in found:
        cell = _CLOCK.sub("", text.strip())
        return f"{_of_two(found)}~{cell[:2]}{cell[-2:]}"
    if "any" in found and _may_be_turned(text, found["any"]):
        return "low"
    if "any" in found or "serial" in found:
        return "any" if "any" in found else "serial"
    return _of_two(found)


def _of_two(found: Mapping[str, date]) -> str:
    day_first, month_first = found.get("dmy"), found.get("mdy")
    if day_first is None and month_first is None:
        return "none"
    if day_first is None or month_first is None:
        return "mdy" if day_first is None else "dmy"
    return "same" if day_first == month_first else "open"


def decide_order(tally: Counter[str], *, usual: Order = Order.DAY_FIRST) -> Reading:
    """How a column of dates is read, from the verdicts of all its values; `usual` is tried first where it is open."""
    plain: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for verdict, count in tally.items():
        base, _, end = verdict.partition("~")
        plain[base] += count
        if end:
            ends[end] += count
    found = _decide_order(plain, usual)
    return _or_year_first(found, ends, plain) if ends else found


# The years of a file are close together, its days are not: by so much more.
_APART = 5


def _or_year_first(found: Reading, ends: Counter[str], plain: Counter[str]) -> Reading:
    """The same where dates of two-digit years may as well begin with them: read as the years that are closer together,
    and asked about where both are as close."""
    fits, total = sum(ends.values()) + plain["any"] + plain["low"], plain.total()
    if (total - fits) > ODD_SHARE * total:
        return found
    year_first = Reading(Order.YEAR_FIRST.value, (), fits, total - fits, sum(ends.values()))
    if found.misfits > ODD_SHARE * total:
        return year_first
    front, back = (_spread(end[part] for end in ends) for part in (slice(0, 2), slice(2, 4)))
    if front + _APART <= back:
        return year_first
    if back + _APART <= front:
        return found
    return replace(found, others=(*found.others, Order.YEAR_FIRST.value), firm=0)


def _spread(numbers: Iterable[str]) -> int:
    years = [_year(number) for number in numbers]
    return max(years) - min(years)


def _decide_order(tally: Counter[str], usual: Order) -> Reading:
    if tally["serial"] > sum(tally[verdict] for verdict in ("dmy", "mdy", "same", "open", "any", "low")):
        fits = tally["serial"]
        return Reading(Order.SERIAL.value, (), fits, sum(tally.values()) - fits, fits)
    found = _decide(tally, (Order.DAY_FIRST.value, Order.MONTH_FIRST.value), usual.value)
    # Every day that a spreadsheet knew is early in its month and every one it left as text is late: it may have read
    # those it could in its own order.
    apart = tally["low"] and found.firm and tally["any"] <= ODD_SHARE * tally["low"]
    if apart and not found.others and tally["open"] + tally["same"] <= ODD_SHARE * found.firm:
        return replace(found, others=(f"{found.choice}_turned",))
    return found


def _dates(text: str) -> dict[str, date]:
    """The day a cell says under each order that fits; `any` when every order agrees by the way it is written."""
    cell = text.strip()
    if not cell or len(cell) > LONGEST:
        return {}
    if isinstance(text, Number):
        return _only("any", _from_serial(cell) or _from_compact(cell))
    cell = _CLOCK.sub("", cell)
    if match := _ISO.fullmatch(cell):
        return _only("any", _day(match[1], match[3], match[4]))
    if match := _NUMERIC.fullmatch(cell):
        first, second, year = match[1], match[3], match[4]
        orders = {**_only("dmy", _day(year, second, first)), **_only("mdy", _day(year, first, second))}
        two_each = len(first) == len(second) == len(year) == 2
        return {**orders, **_only("ymd", _day(first, second, year))} if two_each else orders
    if cell.isdigit() and cell.isascii():
        compact = _from_compact(cell)
        return _only("any", compact) if compact else _only("serial", _from_serial(cell))
    return _only("any", _from_words(cell.lower()))


def _only(order: str, day: date | None) -> dict[str, date]:
    return {order: day} if day else {}


def _from_serial(cell: str) -> date | None:
    match = _SERIAL.fullmatch(cell)
    return _DAY_ZERO + timedelta(days=int(match[1])) if match else None


def _from_compact(cell: str) -> date | None:
    match = _COMPACT.fullmatch(cell)
    return _day(match[1], match[2], match[3]) if match else None


def _from_words(cell: str) -> date | None:
    if match := _NAMED.fullmatch(cell):
        number, month, year = match[1], match[2], match[3]
    elif match := _NAMED_FIRST.fullmatch(cell):
        month, number, year = match[1], match[2], match[3]
    else:
        return None
    known = month in _LONG_MONTHS or len(month) == 3
    return _day(year, str(_MONTHS.get(month[:3], 0)), number) if known else None


def _day(year: str, month: str, number: str) -> date | None:
    value = _year(year)
    if not FIRST_YEAR <= value <= LAST_YEAR:
        return None
    try:
        return date(value, int(month), int(number))
    except ValueError:
        return None


def _year(written: str) -> int:
    value = int(written)
    return value if len(written) != 2 else value + (1900 if value >= 80 else 2000)


def _decide(tally: Counter[str], readings: tuple[str, str], usual: str) -> Reading:
    one, other = readings
    firm = {one: tally[one], other: tally[other]}
    either = sum(tally[verdict] for verdict in ("same", "open", "any", "low", "typed"))
    total = sum(tally.values())
    choice = one if firm[one] > firm[other] or (firm[one] == firm[other] and usual == one) else other
    rival = other if choice == one else one
    fits = firm[choice] + either
    if not fits:
        return Reading("", (), 0, total)
    said = firm[one] + firm[other]
    torn = firm[rival] > 0 and firm[rival] > ODD_SHARE * said
    unsaid = said == 0 and tally["open"] > 0
    return Reading(choice, (rival,) if torn or unsaid else (), fits, total - fits, said)
