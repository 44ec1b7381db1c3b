"""Dates and amounts of a plan, and whether it lies inside what the client allows. Pure."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kernel.money import Money, round_half_up
from kernel.problems import Invalid
from kernel.text import msg

MAX_INSTALMENTS = 120


class Every(StrEnum):
    """How often an instalment falls due."""

    MONTH = "month"
    FORTNIGHT = "fortnight"
    WEEK = "week"


class PlanRefused(Invalid):
    """The plan cannot be a plan, whoever approves it."""

    code = "agreements.plan_refused"


@dataclass(frozen=True)
class Limits:
    """What a client lets the agency agree to: discount in basis points, instalments, the smallest instalment."""

    max_discount_bp: int
    max_instalments: int
    min_instalment: int


@dataclass(frozen=True)
class Part:
    """One instalment: its place from 1, its day, its amount."""

    position: int
    due_on: date
    amount: Money


@dataclass(frozen=True)
class Plan:
    """A whole plan: what is owed, what is forgiven, what is to be paid and when."""

    balance: Money
    discount: Money
    parts: Sequence[Part]

    @property
    def total(self) -> Money:
        """What is to be paid in all."""
        return self.balance - self.discount


@dataclass(frozen=True)
class Reason:
    """Why a plan needs somebody's approval: a code, a `msg()` sentence and its plain fields."""

    code: str
    sentence: str
    fields: dict[str, int | str]


def discount_of(balance: Money, discount_bp: int) -> Money:
    """The part of a balance that is forgiven; rounded half up, once."""
    return balance.times(Decimal(discount_bp) / 10_000)


def due_days(first_on: date, count: int, every: Every) -> list[date]:
    """The days of a plan. Monthly plans keep the day of the month, or the month's last day where it is shorter."""
    if every is Every.MONTH:
        return [add_months(first_on, n) for n in range(count)]
    step = 7 if every is Every.WEEK else 14
    return [first_on + timedelta(days=step * n) for n in range(count)]


def add_months(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def plan(balance: Money, *, count: int, first_on: date, every: Every = Every.MONTH, discount_bp: int = 0) -> Plan:
    """Equal instalments to the cent: each is the rounded share and the last absorbs the odd cents."""
    if not 1 <= count <= MAX_INSTALMENTS:
        raise PlanRefused(msg("Un convenio tiene entre 1 y {most} pagos."), most=MAX_INSTALMENTS)
    if not 0 <= discount_bp < 10_000:
        raise PlanRefused(msg("La quita va de 0 % a menos de 100 %."))
    discount = discount_of(balance, discount_bp)
    total = balance - discount
    if total.minor < count:
        raise PlanRefused(msg("El saldo no alcanza para {count} pagos."), count=count)
    share = round_half_up(Decimal(total.minor) / count)
    if share * (count - 1) >= total.minor:
        share = total.minor // count
    amounts = [share] * (count - 1)
    amounts.append(total.minor - sum(amounts))
    days = due_days(first_on, count, every)
    parts = [Part(n + 1, days[n], Money(amounts[n], balance.currency)) for n in range(count)]
    return Plan(balance, discount, parts)


def reasons_for_approval(proposal: Plan, limits: Limits, *, discount_bp: int) -> list[Reason]:
    """Each limit of the client that the plan goes beyond; none means it may be offered at once."""
    reasons = []
    if discount_bp > limits.max_discount_bp:
        reasons.append(
            Reason(
                "discount",
                msg("La quita de {asked} % supera el {allowed} % que permite el cliente."),
                {"asked": _pct(discount_bp), "allowed": _pct(limits.max_discount_bp)},
            )
        )
    if len(proposal.parts) > limits.max_instalments:
        reasons.append(
            Reason(
                "instalments",
                msg("{asked} pagos superan los {allowed} que permite el cliente."),
                {"asked": len(proposal.parts), "allowed": limits.max_instalments},
            )
        )
    smallest = min(part.amount.minor for part in proposal.parts)
    if len(proposal.parts) > 1 and smallest < limits.min_instalment:
        reasons.append(
            Reason(
                "min_instalment",
                msg("El pago más pequeño queda por debajo del mínimo del cliente."),
                {"asked": smallest, "allowed": limits.min_instalment},
            )
        )
    return reasons


def _pct(basis_points: int) -> str:
    return f"{Decimal(basis_points) / 100:f}"


def fill(amounts: Sequence[int], paid: int) -> list[int]:
    """How much of each instalment (minor units) a sum of payments covers, in order."""
    filled = []
    for amount in amounts:
        part = min(amount, max(paid, 0))
        filled.append(part)
        paid -= part
    return filled
