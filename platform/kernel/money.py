"""Money: whole minor units of one currency. Never a float; currencies never add."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from kernel.problems import Invalid
from kernel.text import msg

# ISO 4217: the currencies whose minor unit is not a hundredth.
_EXPONENTS = {"CLP": 0, "JPY": 0, "KRW": 0, "PYG": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
_CURRENCY = re.compile(r"[A-Z]{3}")


class CurrencyMismatch(Invalid):
    """Two currencies were added or compared."""

    code = "money.currency_mismatch"


def exponent(currency: str) -> int:
    """Digits after the decimal mark of a currency (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def round_half_up(value: Decimal) -> int:
    """The nearest whole number, halves away from zero: the one rounding of the product."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents) of one ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"Money is whole minor units, not {self.minor!r}.")
        if not _CURRENCY.fullmatch(self.currency):
            raise Invalid(msg("«{currency}» no es un código de moneda (ISO 4217)."), currency=self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Self:
        """From major units, exactly; more decimals than the currency has are refused."""
        scaled = Decimal(amount).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            raise Invalid(
                msg("{amount} tiene más decimales de los que admite {currency}."),
                amount=amount,
                currency=currency,
            )
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """In major units."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                msg("{one} y {other} no se suman ni se comparan."), one=self.currency, other=other.currency
            )

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, rate: Decimal) -> "Money":
        """A share of it, rounded once, half up."""
        return Money(round_half_up(self.minor * rate), self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Share out without losing a cent: largest remainder, odd cents to the first of equals."""
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise Invalid(msg("Los pesos de un reparto son positivos y alguno es mayor que cero."))
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [whole * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for index in by_remainder[: whole - sum(shares)]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def __str__(self) -> str:
        return f"{self.amount:,.{exponent(self.currency)}f} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero when there are none."""
    return sum(amounts, start=Money.zero(currency))
