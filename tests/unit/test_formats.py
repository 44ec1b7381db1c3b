"""Amounts, days and hours as readers in four places expect them, and what they type understood."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kernel.money import Money
from kernel.problems import Invalid
from recobro.web import formats
from recobro.web.readings import Look, read_day, read_money

NBSP, MINUS = formats.NBSP, formats.MINUS
MEXICO = ZoneInfo("America/Mexico_City")
FRIDAY = date(2026, 11, 20)


def plain(text: str) -> str:
    """With ordinary spaces, to be read in a test."""
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "home", "shown"),
    [
        (18432055, "MXN", "es_MX", None, "$184,320.55"),
        (123450, "EUR", "es_MX", None, "EUR 1,234.50"),
        (1234567800, "COP", "es_MX", None, "COP 12,345,678"),
        (6144018000, "COP", "es_CO", None, "$61.440.180"),
        (6144018050, "COP", "es_CO", None, "$61.440.180,50"),
        (123450, "EUR", "es_CO", None, "EUR 1.234,50"),
        (144018, "EUR", "es_ES", None, "1.440,18 €"),
        (144018, "MXN", "es_ES", None, "MXN 1.440,18"),
        (18432055, "MXN", "en", None, "MXN 184,320.55"),
        (18432055, "MXN", "en", "MXN", "MXN 184,320.55"),
        (7704000, "MXN", "es_CO", "MXN", "MXN 77.040,00"),
        (377624771, "MXN", "es_ES", "MXN", "MXN 3.776.247,71"),
        (6144018000, "COP", "es_CO", "MXN", "COP 61.440.180"),
        (144018, "EUR", "en", "EUR", "€1,440.18"),
        (144018, "USD", "en", None, "$1,440.18"),
        (-2000000, "MXN", "es_MX", None, f"{MINUS}$20,000.00"),
        (0, "MXN", "es_MX", None, "$0.00"),
        (1500, "JPY", "en", None, "JPY 1,500"),
    ],
)
def test_an_amount_goes_by_its_sign_at_home_and_by_its_code_abroad(
    minor: int, currency: str, locale: str, home: str | None, shown: str
) -> None:
    assert plain(formats.money(Money(minor, currency), locale, home=home)) == shown


def test_one_column_shows_the_cents_of_all_its_pesos_or_of_none() -> None:
    whole, odd = Money(1147044000, "COP"), Money(2369065333, "COP")
    assert [plain(formats.money(one, "es_MX", cents=formats.has_cents([whole, odd]))) for one in (whole, odd)] == [
        "COP 11,470,440.00", "COP 23,690,653.33",
    ]  # fmt: skip
    assert plain(formats.money(whole, "es_MX", cents=formats.has_cents([whole, whole]))) == "COP 11,470,440"


def test_cents_can_be_hidden_on_a_tile() -> None:
    assert formats.money(Money(672600049, "MXN"), "es_MX", cents=False) == "$6,726,000"


@pytest.mark.parametrize(
    ("minor", "locale", "shown"),
    [
        (672600000, "es_MX", "$6.7 M"),
        (41200000, "es_MX", "$412 k"),
        (99900, "es_MX", "$999"),
        (-41200000, "en", f"{MINUS}MXN 412 k"),
    ],
)
def test_a_chart_shortens_its_amounts(minor: int, locale: str, shown: str) -> None:
    assert plain(formats.compact_money(Money(minor, "MXN"), locale)) == shown


def test_a_share_has_its_space_in_spanish_and_none_in_english() -> None:
    assert [formats.pct(Decimal("0.422"), place) for place in ("es_MX", "es_ES", "en")] == [
        f"42.2{NBSP}%",
        f"42,2{NBSP}%",
        "42.2%",
    ]


def test_days_are_never_numbers_alone() -> None:
    styles = {style: plain(formats.day(date(2026, 11, 24), "es_MX", style)) for style in ("medium", "short", "weekday")}
    assert styles == {"medium": "24 nov 2026", "short": "24 nov", "weekday": "mar 24 nov"}
    assert plain(formats.day(date(2026, 11, 24), "en", "long")) == "November 24, 2026"
    assert plain(formats.day(date(2026, 11, 24), "es_ES", "long")) == "24 de noviembre de 2026"


@pytest.mark.parametrize("locale", ["es_MX", "es_CO", "es_ES", "en"])
def test_a_day_a_form_was_sent_is_shown_in_words_and_read_back(locale: str) -> None:
    shown = formats.readable("2026-11-20", locale)
    assert plain(shown) == ("20 Nov 2026" if locale == "en" else "20 nov 2026")
    assert read_day(shown, date(2027, 2, 1), locale) == FRIDAY
    assert plain(formats.readable("2026-06", locale)) == ("June 2026" if locale == "en" else "junio de 2026")
    assert [formats.readable(text, locale) for text in ("vie", "2026-13", "")] == ["vie", "2026-13", ""]


def test_two_days_of_one_month_share_it() -> None:
    assert plain(formats.day_range(date(2026, 10, 1), date(2026, 10, 31), "es_MX")) == "1–31 oct 2026"
    assert plain(formats.day_range(date(2026, 12, 28), date(2027, 1, 3), "es_MX")) == "28 dic 2026 – 3 ene 2027"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=30), "ahora"),
        (timedelta(minutes=22), "hace 22 min"),
        (timedelta(hours=2), "hace 2 h"),
        (timedelta(hours=-3), "en 3 h"),
        (timedelta(days=6), "14 nov 10:42"),
        (timedelta(days=400), "16 oct 2025 10:42"),
    ],
)
def test_time_is_relative_within_a_day(ago: timedelta, shown: str) -> None:
    now = datetime(2026, 11, 20, 16, 42, tzinfo=UTC)
    assert plain(formats.rel_time(now - ago, now, "es_MX", MEXICO)) == shown


def test_today_and_yesterday_are_the_readers_own() -> None:
    instant = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert plain(formats.moment(instant, "es_MX", MEXICO, FRIDAY)) == "hoy 21:00"
    assert plain(formats.moment(instant, "es_ES", ZoneInfo("Europe/Madrid"), date(2026, 11, 22))) == "ayer 04:00"


def test_phones_are_international_and_the_unreadable_stay_as_they_came() -> None:
    assert plain(formats.phone("+524425550142")) == "+52 442 555 0142"
    assert formats.phone("ext. 12") == "ext. 12"


def test_durations_and_sizes_are_short() -> None:
    assert plain(formats.duration(timedelta(seconds=252))) == "4 min 12 s"
    assert plain(formats.duration(timedelta(minutes=65))) == "1 h 05 min"
    assert plain(formats.size(1_300_000, "es_MX")) == "1.3 MB"


def test_an_avatar_has_the_first_letters_of_a_name() -> None:
    assert [formats.initials(n) for n in ("Ana Prueba", "Ferretería El Tornillo, S.A.", "", "7 Mares")] == [
        "AP", "FE", "·", "M",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("24", date(2026, 11, 24)),
        ("20", FRIDAY),
        ("5", date(2026, 12, 5)),
        ("31", date(2026, 12, 31)),
        ("24/11", date(2026, 11, 24)),
        ("3/4", date(2027, 4, 3)),
        ("24/11/26", date(2026, 11, 24)),
        ("24-11-2026", date(2026, 11, 24)),
        ("2026-11-24", date(2026, 11, 24)),
        ("24 nov 2026", date(2026, 11, 24)),
        ("24 de noviembre", date(2026, 11, 24)),
        ("1 Dec 2026", date(2026, 12, 1)),
        ("vie", date(2026, 11, 27)),
        ("sábado", date(2026, 11, 21)),
        ("Monday", date(2026, 11, 23)),
        ("+3", date(2026, 11, 23)),
        ("hoy", FRIDAY),
        ("mañana", date(2026, 11, 21)),
        ("pasado mañana", date(2026, 11, 22)),
        ("quincena", date(2026, 11, 30)),
        ("fin de mes", date(2026, 11, 30)),
    ],
)
def test_a_typed_day_is_understood_as_the_next_one(typed: str, meant: date) -> None:
    assert read_day(typed, FRIDAY) == meant


@pytest.mark.parametrize(
    ("today", "meant"),
    [
        (date(2026, 11, 3), date(2026, 11, 15)),
        (date(2026, 11, 15), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 12, 15)),
        (date(2026, 1, 31), date(2026, 2, 15)),
    ],
)
def test_the_next_pay_day_is_the_fifteenth_or_the_last(today: date, meant: date) -> None:
    assert read_day("quincena", today) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("19/11", date(2026, 11, 19)),
        ("20/11", FRIDAY),
        ("21/11", date(2025, 11, 21)),
        ("24 de diciembre", date(2025, 12, 24)),
        ("19", date(2026, 11, 19)),
        ("20", FRIDAY),
        ("31", date(2026, 10, 31)),
        ("vie", date(2026, 11, 13)),
        ("jueves", date(2026, 11, 19)),
        ("ayer", date(2026, 11, 19)),
        ("antier", date(2026, 11, 18)),
        ("-3", date(2026, 11, 17)),
        ("quincena", date(2026, 11, 15)),
        ("fin de mes", date(2026, 10, 31)),
        ("19/11/27", date(2027, 11, 19)),
        ("hoy", FRIDAY),
    ],
)
def test_a_field_about_the_past_understands_a_typed_day_as_the_last_one(typed: str, meant: date) -> None:
    assert read_day(typed, FRIDAY, look=Look.BACK) == meant


@pytest.mark.parametrize("look", list(Look))
@pytest.mark.parametrize("typed", ["", "30/02", "nunca", "0", "32", "99/99/9999"])
def test_a_day_that_cannot_be_is_refused_with_an_example(typed: str, look: Look) -> None:
    with pytest.raises(Invalid, match="Escribe por ejemplo"):
        read_day(typed, FRIDAY, look=look)


@pytest.mark.parametrize(
    ("typed", "locale", "minor"),
    [
        ("60000", "es_MX", 6_000_000),
        ("60,000.00", "es_MX", 6_000_000),
        ("60.000,00", "es_MX", 6_000_000),
        ("60.000,5", "es_ES", 6_000_050),
        ("$ 1,234.5", "es_MX", 123_450),
        ("MXN 60,000", "es_MX", 6_000_000),
        ("60k", "es_MX", 6_000_000),
        ("1.5M", "es_MX", 150_000_000),
        ("60.000", "es_ES", 6_000_000),
        ("60.000", "es_CO", 6_000_000),
        ("60,000", "es_MX", 6_000_000),
        ("100.05", "es_MX", 10_005),
        ("60,50", "es_MX", 6_050),
        ("1,234,567", "es_MX", 123_456_700),
        (f"{MINUS}20", "es_MX", -2_000),
    ],
)
def test_a_typed_amount_is_understood(typed: str, locale: str, minor: int) -> None:
    assert read_money(typed, "MXN", locale) == Money(minor, "MXN")


@pytest.mark.parametrize("typed", ["", "mucho", "12abc", "--5"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="importe"):
        read_money(typed, "MXN")


@pytest.mark.parametrize(
    ("typed", "locale"),
    [("100.005", "es_MX"), ("0.001", "es_MX"), ("0,001", "es_MX"), ("100,005", "es_ES"), ("0.001", "es_CO")],
)
def test_three_decimals_of_a_currency_of_two_are_refused_not_grouped(typed: str, locale: str) -> None:
    with pytest.raises(Invalid, match="importe"):
        read_money(typed, "MXN", locale)


def test_an_amount_is_read_back_as_it_was_shown() -> None:
    for locale, currency in (("es_MX", "MXN"), ("es_CO", "COP"), ("es_ES", "EUR"), ("en", "USD")):
        amount = Money(18432055, currency)
        assert read_money(formats.money(amount, locale), currency, locale) == amount
