"""What the agency earns on a payment. Ordered rules, the first that matches a part of the payment decides. Pure.

Amounts are minor units, rates basis points (1/100 %). Bounds include both ends. A rule's commission is rounded once,
half up; its tax is rounded once on that, so that each line of a statement can be checked by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kernel.money import Money, round_half_up
from kernel.problems import Conflict, Invalid
from kernel.text import msg


class RulesRefused(Invalid):
    """The rules of a contract cannot be right; the sentence says which and why."""

    code = "commissions.rules_refused"


class NoRule(Conflict):
    """No rule of the contract matches a part of the payment."""

    code = "commissions.no_rule"


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Several = Annotated[tuple[str, ...], BeforeValidator(_several)]
Rate = Annotated[int, Field(ge=0, le=10_000)]
Amount = Annotated[int, Field(ge=0)]
STAGES = frozenset({"received", "notices", "calls", "negotiation", "legal", "closed"})
DIRECTIONS = frozenset({"to_agency", "to_client", "to_counsel"})
COMPONENTS = frozenset({"principal", "contractual_interest", "default_interest", "tax", "cost", "fee"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class When(_Strict):
    """What must be true for a rule to apply; what is not said does not matter.

    `age_days_*` counts from the debt's due day to its placement, or to the payment when `age_at` says so;
    `placed_days_*` from the placement to the payment; `amount_*` is the payment's whole amount.
    """

    age_at: Literal["placement", "payment"] = "placement"
    age_days_from: int | None = None
    age_days_to: int | None = None
    placed_days_from: int | None = None
    placed_days_to: int | None = None
    amount_from: Amount | None = None
    amount_to: Amount | None = None
    currency: str = ""
    stage: Several = ()
    direction: Several = ()
    component: Several = ()
    kind: Several = ()

    @model_validator(mode="after")
    def _sensible(self) -> "When":
        for name in ("age_days", "placed_days", "amount"):
            low, high = getattr(self, f"{name}_from"), getattr(self, f"{name}_to")
            if low is not None and high is not None and low > high:
                raise ValueError(msg("{name}: el inicio es mayor que el final").format(name=name))
        for name, known in (("stage", STAGES), ("direction", DIRECTIONS), ("component", COMPONENTS)):
            unknown = sorted(set(getattr(self, name)) - known)
            if unknown:
                raise ValueError(msg("{name}: no se conoce «{value}»").format(name=name, value=unknown[0]))
        return self

    @property
    def anything(self) -> bool:
        """Every payment meets it."""
        return self == When()


class Band(_Strict):
    """A step of a scale: its rate holds from an amount to another, both included; no end means and above."""

    amount_from: Amount
    amount_to: Amount | None = None
    rate_bp: Rate


class Rule(_Strict):
    """One rule of a contract. Either one rate, or bands and how they count: `whole` applies the band the amount falls
    in to all of it, `marginal` applies each band to its own part."""

    id: str = Field(min_length=1)
    label: str = Field(min_length=1)
    when: When = When()
    rate_bp: Rate | None = None
    how: Literal["whole", "marginal"] | None = None
    bands: tuple[Band, ...] = ()
    cap: Amount | None = None
    minimum: Amount | None = None

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        made = dict(value)
        if isinstance(made.get("bands"), list):
            made["bands"] = tuple(made["bands"])
        when = made.get("when")
        if isinstance(when, Mapping):
            made["when"] = {key: tuple(item) if isinstance(item, list) else item for key, item in when.items()}
        return made

    @model_validator(mode="after")
    def _whole(self) -> "Rule":
        if (self.rate_bp is None) == (not self.bands):
            raise ValueError(msg("lleva una tasa o escalones, una de las dos cosas"))
        if self.bands and self.how is None:
            raise ValueError(msg("con escalones hay que decir si cuentan sobre todo el importe o por tramos"))
        if self.cap is not None and self.minimum is not None and self.minimum > self.cap:
            raise ValueError(msg("el mínimo es mayor que el tope"))
        self._check_bands()
        return self

    def _check_bands(self) -> None:
        for before, after in zip(self.bands, self.bands[1:], strict=False):
            if before.amount_to is None or after.amount_from <= before.amount_to:
                raise ValueError(
                    msg("los escalones que empiezan en {one} y {other} se enciman").format(
                        one=before.amount_from, other=after.amount_from
                    )
                )
            if after.amount_from != before.amount_to + 1:
                raise ValueError(
                    msg("entre {one} y {other} no hay escalón").format(one=before.amount_to, other=after.amount_from)
                )
        if self.bands and (self.bands[0].amount_from != 0 or self.bands[-1].amount_to is not None):
            raise ValueError(msg("los escalones empiezan en 0 y el último no tiene final"))
        for band in self.bands:
            if band.amount_to is not None and band.amount_to < band.amount_from:
                raise ValueError(msg("el escalón que empieza en {one} termina antes").format(one=band.amount_from))


def read_rules(rules: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """The rules of a contract from their JSON; RulesRefused names the first that cannot be right."""
    found = []
    for number, given in enumerate(rules, 1):
        try:
            found.append(Rule.model_validate(given))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            reason = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"]
            raise RulesRefused(
                msg("Regla {number} ({id}): {reason}."),
                number=number,
                id=given.get("id", "?") if isinstance(given, Mapping) else "?",
                reason=f"{place}: {reason}" if place else reason,
            ) from error
    return found


def check_rules(rules: list[dict[str, Any]]) -> None:
    """Refuse rules that cannot be right together: none, a name twice, or payments that no rule matches."""
    found = read_rules(rules)
    if not found:
        raise RulesRefused(msg("El contrato necesita al menos una regla de honorarios."))
    ids = [rule.id for rule in found]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice:
        raise RulesRefused(msg("Dos reglas se llaman {id}."), id=twice)
    if not found[-1].when.anything:
        raise RulesRefused(msg("La última regla, {id}, no puede tener condiciones: vale para lo demás."), id=ids[-1])


@dataclass(frozen=True)
class Part:
    """A part of a payment: what went to one component of one debt, when that debt was due and placed."""

    debt: str
    component: str
    amount: int
    due_on: date
    placed_on: date
    kind: str = "invoice"


@dataclass(frozen=True)
class Facts:
    """What a commission depends on: the payment and where the case stood."""

    currency: str
    amount: int
    received_on: date
    direction: str
    stage: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Step:
    """A part of a base and the rate on it."""

    amount: int
    rate_bp: int


@dataclass(frozen=True)
class Earned:
    """One commission with all it was made from: `steps` give `before_limits`, the limits `commission`, the tax `tax`.

    `inputs` are the facts that made the rule match, as plain values.
    """

    rule: Rule
    currency: str
    base: int
    steps: tuple[Step, ...]
    before_limits: int
    commission: int
    tax_bp: int
    tax: int
    inputs: Mapping[str, Any] = field(default_factory=dict)


def commission_on(facts: Facts, rules: Sequence[Rule], *, tax_bp: int) -> list[Earned]:
    """What is earned, one line for each rule that matched some part, in the order of the rules."""
    matched: dict[str, list[Part]] = {}
    for part in facts.parts:
        rule = next((rule for rule in rules if matches(rule.when, facts, part)), None)
        if rule is None:
            raise NoRule(msg("Ninguna regla de honorarios del contrato vale para este pago."))
        matched.setdefault(rule.id, []).append(part)
    return [_earned(rule, facts, matched[rule.id], tax_bp) for rule in rules if rule.id in matched]


def matches(when: When, facts: Facts, part: Part) -> bool:
    """Whether a part of a payment meets a rule's conditions."""
    return (
        _between(age_of(when, facts, part), when.age_days_from, when.age_days_to)
        and _between((facts.received_on - part.placed_on).days, when.placed_days_from, when.placed_days_to)
        and _between(facts.amount, when.amount_from, when.amount_to)
        and (not when.currency or when.currency == facts.currency)
        and (not when.stage or facts.stage in when.stage)
        and (not when.direction or facts.direction in when.direction)
        and (not when.component or part.component in when.component)
        and (not when.kind or part.kind in when.kind)
    )


def age_of(when: When, facts: Facts, part: Part) -> int:
    """Days from the debt's due day to its placement, or to the payment."""
    until = facts.received_on if when.age_at == "payment" else part.placed_on
    return (until - part.due_on).days


def _between(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _earned(rule: Rule, facts: Facts, parts: Sequence[Part], tax_bp: int) -> Earned:
    base = sum(part.amount for part in parts)
    steps = steps_of(rule, base)
    exact = sum((Decimal(step.amount) * step.rate_bp / 10_000 for step in steps), start=Decimal(0))
    before = round_half_up(exact)
    commission = before
    if rule.minimum is not None:
        # A minimum never takes more than what was collected.
        commission = max(commission, min(rule.minimum, base))
    if rule.cap is not None:
        commission = min(commission, rule.cap)
    inputs = {
        "age_at": rule.when.age_at,
        "ages": sorted({age_of(rule.when, facts, part) for part in parts}),
        "debts": sorted({part.debt for part in parts}),
        "stage": facts.stage,
        "direction": facts.direction,
        "amount": facts.amount,
        "received_on": facts.received_on.isoformat(),
    }
    tax = round_half_up(Decimal(commission) * tax_bp / 10_000)
    return Earned(rule, facts.currency, base, steps, before, commission, tax_bp, tax, inputs)


def steps_of(rule: Rule, base: int) -> tuple[Step, ...]:
    """The parts of a base and their rates, as the rule says."""
    if not rule.bands:
        return (Step(base, rule.rate_bp or 0),)
    if rule.how == "whole":
        band = next(band for band in rule.bands if _between(base, band.amount_from, band.amount_to))
        return (Step(base, band.rate_bp),)
    steps, below = [], 0
    for band in rule.bands:
        upper = base if band.amount_to is None else min(base, band.amount_to)
        if upper > below:
            steps.append(Step(upper - below, band.rate_bp))
            below = upper
    return tuple(steps)


def whole(earned: Sequence[Earned], currency: str) -> tuple[Money, Money]:
    """The commission and the tax of all lines."""
    return (
        Money(sum(line.commission for line in earned), currency),
        Money(sum(line.tax for line in earned), currency),
    )
