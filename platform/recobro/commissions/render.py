"""A commission's arithmetic as people read it: `10,000.00 × 25 % = 2,500.00`, in the reader's locale."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import Money
from kernel.text import msg
from recobro.commissions.tables import CommissionLine
from recobro.web import formats
from recobro.web.translations import translations


@dataclass(frozen=True)
class Explained:
    """A line for a page or a document: the rule and its version, the sum, and what limited or chose it."""

    rule: str
    version: str
    arithmetic: str
    tax_arithmetic: str
    notes: Sequence[str]
    commission: Money
    tax: Money


def explain(line: CommissionLine, locale: str, *, home: str | None = None) -> Explained:
    """The words and figures of a commission line."""
    say = translations(locale).gettext

    def money(amount: int) -> str:
        return formats.money(Money(amount, line.currency), locale, home=home)

    def rate(basis_points: int) -> str:
        digits = 0 if basis_points % 100 == 0 else 1 if basis_points % 10 == 0 else 2
        return formats.pct(Decimal(basis_points) / 10_000, locale, digits)

    steps = " + ".join(f"{money(step['amount'])} × {rate(step['rate_bp'])}" for step in line.steps)
    notes = []
    if line.how == "marginal":
        notes.append(say(msg("Cada escalón cuenta sobre su propio tramo.")))
    if line.how == "whole":
        notes.append(say(msg("El escalón alcanzado cuenta sobre todo el importe.")))
    if line.cap is not None and abs(line.commission) == line.cap:
        notes.append(say(msg("Llega al tope de {amount}.")).format(amount=money(line.cap)))
    if line.minimum is not None and abs(line.commission) == line.minimum:
        notes.append(say(msg("Se aplica el mínimo de {amount}.")).format(amount=money(line.minimum)))
    ages = line.inputs.get("ages") or []
    if ages:
        span = str(ages[0]) if ages[0] == ages[-1] else f"{ages[0]}–{ages[-1]}"
        words = (
            msg("Antigüedad al pago: {days} días.")
            if line.inputs.get("age_at") == "payment"
            else msg("Antigüedad al recibir la carga: {days} días.")
        )
        notes.append(say(words).format(days=span))
    return Explained(
        rule=line.rule_label,
        version=say(msg("regla {id}, contrato v{version}")).format(id=line.rule_id, version=line.contract_version),
        arithmetic=f"{steps} = {money(line.commission)}",
        tax_arithmetic=f"{line.tax_name}: {money(line.commission)} × {rate(line.tax_bp)} = {money(line.tax)}",
        notes=notes,
        commission=Money(line.commission, line.currency),
        tax=Money(line.tax, line.currency),
    )
