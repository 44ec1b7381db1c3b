"""Amounts, days, hours, phones as a reader expects them, in es_MX, es_CO, es_ES and English. Pure: text in, text out.

Babel knows the separators; the rest is house style: `$184,320.55` where that can only be pesos of Mexico, otherwise
`MXN 184,320.55`; always `24 nov 2026`.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

import phonenumbers

from kernel.money import Money, exponent

NBSP = "\u00a0"
THIN = "\u202f"
MINUS = "\u2212"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_MONTH = re.compile(r"\d{4}-\d{2}")

# What `$` or `€` alone means to a reader who was told nothing else.
_HOME = {"es_MX": "MXN", "es_CO": "COP", "es_ES": "EUR", "en": "USD"}
_SIGNS = {"MXN": "$", "COP": "$", "USD": "$", "EUR": "€", "GBP": "£", "CAD": "$", "ARS": "$", "CLP": "$"}
_DECIMAL_COMMA = {"es_ES", "es_CO"}

_MONTHS = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_LONG_MONTHS = {
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_WEEKDAYS = {
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_WORDS = {
    "es": {"today": "hoy", "yesterday": "ayer", "tomorrow": "mañana", "now": "ahora", "ago": "hace {}", "in": "en {}"},
    "en": {
        "today": "today",
        "yesterday": "yesterday",
        "tomorrow": "tomorrow",
        "now": "now",
        "ago": "{} ago",
        "in": "in {}",
    },
}


def language(locale: str) -> str:
    """`es` or `en`: the language of a locale; anything else reads Spanish."""
    return "en" if locale.startswith("en") else "es"


def separators(locale: str) -> tuple[str, str]:
    """The decimal mark and the thousands mark of a locale."""
    return (",", ".") if locale in _DECIMAL_COMMA else (".", ",")


def number(value: Decimal | int, locale: str, digits: int = 0) -> str:
    """A number with grouped thousands, `digits` decimals (half up) and a true minus."""
    decimal_mark, group_mark = separators(locale)
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    whole, _, fraction = f"{abs(rounded):,.{digits}f}".partition(".")
    text = whole.replace(",", group_mark) + (decimal_mark + fraction if fraction else "")
    return MINUS + text if rounded < 0 else text


def home_currency(locale: str) -> str:
    """The currency that needs no name in a locale."""
    return _HOME.get(locale, _HOME.get(language(locale), "MXN"))


def signed_currency(locale: str, home: str | None = None) -> str:
    """The currency that goes by its sign here, or nothing.

    It is the agency's own (`home`); and as many countries write `$`, that one only where the reader's country means it.
    """
    local = home_currency(locale)
    currency = home or local
    sign = _SIGNS.get(currency, "")
    return currency if sign and (sign != "$" or currency == local) else ""


def _with_sign(text: str, currency: str, locale: str, home: str | None) -> str:
    minus, bare = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    if currency != signed_currency(locale, home):
        return f"{minus}{currency}{NBSP}{bare}"
    sign = _SIGNS[currency]
    if locale == "es_ES":
        return f"{minus}{bare}{NBSP}{sign}"
    return f"{minus}{sign}{bare}"


def money(value: Money, locale: str, *, home: str | None = None, cents: bool | None = None) -> str:
    """An amount with its sign at home and its ISO code abroad.

    Pesos of Colombia hide cents that are zero; `cents` decides otherwise.
    """
    digits = exponent(value.currency)
    hidden = value.currency == "COP" and value.minor % 100 == 0 if cents is None else not cents
    return _with_sign(number(value.amount, locale, 0 if hidden else digits), value.currency, locale, home)


def has_cents(amounts: Iterable[Money]) -> bool | None:
    """What `money(cents=)` wants so that one column is written alike: true when some pesos of Colombia have cents."""
    return any(shows_cents(amount) for amount in amounts) or None


def shows_cents(amount: Money) -> bool:
    """Whether an amount of a currency that hides its cents has some."""
    return amount.currency == "COP" and amount.minor % 100 != 0


def compact_money(value: Money, locale: str, *, home: str | None = None) -> str:
    """An amount for a chart: `$6.7 M`, `$412 k`; below a thousand, whole."""
    size = abs(value.amount)
    if size >= 1_000_000:
        text, unit = number(value.amount / 1_000_000, locale, 1), "M"
    elif size >= 1_000:
        text, unit = number(value.amount / 1_000, locale), "k"
    else:
        return money(value, locale, home=home, cents=False)
    with_sign = _with_sign(text, value.currency, locale, home)
    if locale == "es_ES" and with_sign.endswith("€"):
        return with_sign.replace(f"{NBSP}€", f"{NBSP}{unit}€")
    return f"{with_sign}{NBSP}{unit}"


def pct(ratio: Decimal | int, locale: str, digits: int = 1) -> str:
    """A share as a percentage: 0.422 is `42.2 %` (no space in English)."""
    text = number(Decimal(ratio) * 100, locale, digits)
    return f"{text}%" if language(locale) == "en" else f"{text}{NBSP}%"


def day(value: date, locale: str, style: str = "medium") -> str:
    """A day. Styles: `medium` 24 nov 2026, `short` 24 nov, `weekday` mar 24 nov, `long`, `month` nov 2026, `iso`."""
    lang = language(locale)
    month = _MONTHS[lang][value.month - 1]
    long_month = _LONG_MONTHS[lang][value.month - 1]
    shapes = {
        "medium": f"{value.day} {month} {value.year}",
        "short": f"{value.day} {month}",
        "weekday": f"{_WEEKDAYS[lang][value.weekday()]} {value.day} {month}",
        "full": f"{_WEEKDAYS[lang][value.weekday()]} {value.day} {month} {value.year}",
        "long": f"{value.day} de {long_month} de {value.year}"
        if lang == "es"
        else f"{long_month} {value.day}, {value.year}",
        "long_day": f"{value.day} de {long_month}" if lang == "es" else f"{long_month} {value.day}",
        "month": f"{month} {value.year}",
        "long_month": f"{long_month} de {value.year}" if lang == "es" else f"{long_month} {value.year}",
        "month_only": month,
        "iso": value.isoformat(),
    }
    return shapes[style].replace(" ", NBSP) if style != "iso" else shapes[style]


def readable(text: str, locale: str) -> str:
    """A day written `2026-11-24` as `24 nov 2026`, a month `2026-06` as `junio de 2026`; any other text as it is."""
    try:
        if _ISO_DAY.fullmatch(text):
            return day(date.fromisoformat(text), locale)
        return day(date.fromisoformat(f"{text}-01"), locale, "long_month") if _ISO_MONTH.fullmatch(text) else text
    except ValueError:
        return text


def day_range(start: date, end: date, locale: str) -> str:
    """Two days as one span: `1-31 oct 2026`, `28 oct - 3 nov 2026`."""
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{day(end, locale)}"
    first = day(start, locale, "short") if start.year == end.year else day(start, locale)
    return f"{first} – {day(end, locale)}"


def hour(instant: datetime, zone: tzinfo) -> str:
    """The wall clock in a zone, 24 hours: `09:02`."""
    return instant.astimezone(zone).strftime("%H:%M")


def moment(instant: datetime, locale: str, zone: tzinfo, today: date) -> str:
    """When something happened: `hoy 09:02`, `ayer 17:41`, `14 nov 11:20`; the year only when it is another."""
    local = instant.astimezone(zone).date()
    words = _WORDS[language(locale)]
    near = {0: words["today"], -1: words["yesterday"], 1: words["tomorrow"]}.get((local - today).days)
    text = near or day(local, locale, "short" if local.year == today.year else "medium")
    return f"{text}{NBSP}{hour(instant, zone)}"


def rel_time(instant: datetime, now: datetime, locale: str, zone: tzinfo) -> str:
    """How long ago, or until, within a day (`hace 22 min`, `en 2 h`); otherwise the moment."""
    seconds = int((now - instant).total_seconds())
    words = _WORDS[language(locale)]
    size = abs(seconds)
    if size < 60:
        return words["now"]
    if size >= 86_400:
        return moment(instant, locale, zone, now.astimezone(zone).date())
    span = f"{size // 60}{NBSP}min" if size < 3_600 else f"{size // 3_600}{NBSP}h"
    return words["ago" if seconds > 0 else "in"].format(span).replace(" ", NBSP)


def rel_day(value: date, today: date, locale: str) -> str:
    """A day near today in words (`hoy`, `mañana`, `ayer`), otherwise `mar 24 nov`."""
    words = _WORDS[language(locale)]
    near = {0: words["today"], -1: words["yesterday"], 1: words["tomorrow"]}.get((value - today).days)
    return near or day(value, locale, "weekday" if abs((value - today).days) < 300 else "medium")


def duration(span: timedelta) -> str:
    """How long something lasted: `4 min 12 s`, `1 h 05 min`."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds}{NBSP}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min{NBSP}{rest}{NBSP}s" if rest else f"{minutes}{NBSP}min"
    return f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}{NBSP}min"


def size(count: int, locale: str) -> str:
    """Bytes for a person: `412 KB`, `1.3 MB`."""
    if count < 1_000_000:
        return f"{number(max(Decimal(1), Decimal(count) / 1000), locale)}{NBSP}KB"
    return f"{number(Decimal(count) / 1_000_000, locale, 1)}{NBSP}MB"


def phone(raw: str) -> str:
    """A phone in international form with spaces; what cannot be read as one comes back as it was."""
    try:
        parsed = phonenumbers.parse(raw, None)
    except phonenumbers.NumberParseException:
        return raw
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", NBSP)


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = [word for word in name.replace(",", " ").split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:2]).upper() or "·"
