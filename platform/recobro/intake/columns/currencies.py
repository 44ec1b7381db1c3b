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
        "MXN": ("MN", "MXP", "MXPESO", "PESOMEXICANO", "PESOSMEXICANOS", "PESOMX", "PESOSMX", "PESOSMN"),
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
        return "" if home in _PESOS or home == "USD" else None
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalnum())
    if not plain:
        return "" if not word else None
    if plain in _OWN:
        return ""
    if plain in ("PESO", "PESOS"):
        return "" if home in _PESOS else None
    return plain if plain in CURRENCIES else _NAMES.get(plain)
