"""Currencies as cells name them: by code, by sign, in words; and which of them a client's own words mean."""

import unicodedata
from functools import lru_cache

CURRENCIES = frozenset(
    (
        *("MXN", "USD", "EUR", "COP", "CAD", "GBP", "ARS", "CLP", "PEN", "BRL", "UYU", "GTQ", "CRC", "DOP", "BOB"),
        *("PYG", "HNL", "NIO", "VES", "PAB", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN"),
    )
)
_PESOS = frozenset({"MXN", "COP", "ARS", "CLP", "UYU", "DOP"})
# What the client's own currency is called at home.
_OWN = frozenset({"NACIONAL", "MONEDANACIONAL", "LOCAL", "MONEDALOCAL"})
_NAMES = {
    name: code
    for code, names in {
        "MXN": ("MN", "MXP", "MXPESO", "PESOMEXICANO", "PESOSMEXICANOS", "PESOMX", "PESOSMX", "PESOSMN",
                "PESOMEX", "PESOSMEX", "PESOMXN", "PESOSMXN", "MXNPESO", "MXNPESOS", "MX"),
        "COP": ("PESOCOLOMBIANO", "PESOSCOLOMBIANOS", "PESOCOL", "PESOSCOL"),
        "USD": (
            "DOLAR", "DOLARES", "DOLLAR", "DOLLARS", "DLL", "DLLS", "DLS", "US", "USDOLLAR", "USDOLLARS",
            "DOLARAMERICANO", "DOLARESAMERICANOS", "DOLARUSA", "DOLARESUSA", "DOLARESTADOUNIDENSE",
            "DOLARESESTADOUNIDENSES",
        ),
        "EUR": ("EURO", "EUROS"),
        "GBP": ("LIBRA", "LIBRAS", "LIBRAESTERLINA", "LIBRASESTERLINAS"),
    }.items()
    for name in names
}  # fmt: skip
_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "U$S": "USD", "MX$": "MXN", "COP$": "COP"}


# Where amounts are written with a bare `$`.
_DOLLARS = _PESOS | {"USD", "CAD"}


def beside(sign: str, currency: str) -> str | None:
    """The code that is written beside an amount of `currency`; empty for nothing, or for a `$` where amounts of that
    currency are written so; None for what is not known, and for a `$` elsewhere."""
    if sign == "$":
        return "" if currency in _DOLLARS else None
    return sign if not sign or sign in CURRENCIES else None


@lru_cache(maxsize=1024)
def currency_of(cell: str, home: str) -> str | None:
    """The currency's code; empty for what only says the client's own (`home`), None for what is not known.

    Pesos and a bare `$` are the client's own where it has pesos (of dollars the sign too), and not known elsewhere.
    """
    word = " ".join(cell.upper().split())
    if word in CURRENCIES:
        return word
    if word in _SIGNS:
        return _SIGNS[word]
    if word == "$":
        return beside(word, home)
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalnum())
    if not plain:
        return "" if not word else None
    if plain in _OWN:
        return ""
    if plain in ("PESO", "PESOS"):
        return "" if home in _PESOS else None
    return plain if plain in CURRENCIES else _NAMES.get(plain)
