"""What a payment pays first: the law's order of components, the debtor's choice of debt, or the parties' agreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, product

from kernel.money import Money, total
from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.facts import Component, UnknownFact
from legal.rules.packs.kinds import AllocationOrder
from legal.rules.packs.loading import Pack, rules_of
from legal.rules.packs.schema import Rule


class NoAllocationRule(Invalid):
    """The pack does not say in which order payments are applied."""

    code = "allocation.no_rule"


@dataclass(frozen=True, slots=True)
class Due:
    """What is still owed of one component of a debt. `rate` is the yearly rate it bears: the dearer is more onerous.
    `disputed`: the debtor disputes the debt."""

    debt: str
    component: Component
    amount: Money
    due_on: date
    rate: Decimal = Decimal(0)
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A part of the payment and what it pays."""

    debt: str
    component: Component
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment went: `applied` and `unapplied` always add up to it. `because` is a Spanish sentence; `grounded`
    are the components whose mutual order the law itself states."""

    payment: Money
    applied: tuple[Applied, ...]
    unapplied: Money
    rule: Rule
    because: str
    receipt_words: str
    grounded: tuple[Component, ...] = ()

    def to(self, *components: Component) -> Money:
        """What went to some components."""
        amounts = (part.amount for part in self.applied if part.component in components)
        return total(amounts, self.payment.currency)


def allocate(
    payment: Money,
    dues: Sequence[Due],
    *,
    pack: Pack,
    on: date,
    chosen: Sequence[str] = (),
    agreed: Sequence[Sequence[Component]] | None = None,
) -> Allocation:
    """Apply a payment received `on` a day.

    Debts the debtor named (`chosen`) come first, in that order; then debts that are due, by the pack's order; equals
    share by size. Inside a debt, what is due before what is not yet; then the pack's groups of components, or those
    the parties `agreed`; inside a group, the oldest first. Where the law keeps payments from disputed debts, nothing
    goes there, and of a payment for one that is disputed the other debts get what the debtor named them for, no more.
    Refused: a negative payment, amounts of another currency, an agreed order that repeats a component.
    """
    rule, order = _order(pack, on)
    groups = _groups(order, agreed)
    if payment.minor < 0 or any(due.amount.minor < 0 for due in dues):
        raise Invalid(msg("Un pago se aplica en positivo a saldos positivos; lo contrario es un reverso."))
    left, applied, refused = payment, list[Applied](), False
    if order.never_disputed:
        disputed = {due.debt for due in dues if due.disputed}
        refused = not disputed.isdisjoint(chosen)
        # What the debtor meant for one debt does not go to another instead.
        dues = [due for due in dues if due.debt not in disputed and (due.debt in chosen or not refused)]
    for equals in _ranked(dues, order, chosen, on):
        shares = _shared(left, equals)
        for debt, share in zip(equals, shares, strict=True):
            parts = _inside(share, debt, groups, on)
            applied += parts
            left -= total((part.amount for part in parts), payment.currency)
    because = _because(chosen, agreed, {part.debt for part in applied}, refused)
    return Allocation(payment, tuple(applied), left, rule, because, order.receipt_words, order.grounded)


def _order(pack: Pack, on: date) -> tuple[Rule, AllocationOrder]:
    for bound in rules_of(pack, "allocation_order", on):
        assert isinstance(bound.parameters, AllocationOrder)
        return bound.rule, bound.parameters
    raise NoAllocationRule(msg("El paquete {pack} no dice en qué orden se aplica un pago."), pack=pack.id)


def _groups(order: AllocationOrder, agreed: Sequence[Sequence[Component]] | None) -> list[Sequence[Component]]:
    if agreed is None:
        return list(order.order)
    named = [component for group in agreed for component in group]
    if len(set(named)) != len(named):
        raise UnknownFact(msg("El orden pactado nombra dos veces el mismo concepto."), field="agreed")
    rest = [[component for component in group if component not in named] for group in order.order]
    return [*agreed, *(group for group in rest if group)]


def _ranked(dues: Sequence[Due], order: AllocationOrder, chosen: Sequence[str], on: date) -> list[list[list[Due]]]:
    """The debts in the order they are paid; debts of the same rank together."""
    debts: dict[str, list[Due]] = {}
    for due in dues:
        debts.setdefault(due.debt, []).append(due)

    def rank(debt: list[Due]) -> tuple[int, int, Decimal, date]:
        name, due_on = debt[0].debt, min(item.due_on for item in debt)
        place = chosen.index(name) if name in chosen else len(chosen)
        onerous = max(item.rate for item in debt) if "most_onerous" in order.debts else Decimal(0)
        return place, int(due_on > on), -onerous, due_on

    return [list(equals) for _, equals in groupby(sorted(debts.values(), key=rank), key=rank)]


def _shared(left: Money, equals: list[list[Due]]) -> list[Money]:
    """What each of several debts of equal rank gets: its whole balance, or its share by size."""
    owed = [total((item.amount for item in debt), left.currency) for debt in equals]
    everything = total(owed, left.currency)
    if everything <= left:
        return owed
    return left.split([amount.minor for amount in owed])


def _inside(share: Money, debt: list[Due], groups: list[Sequence[Component]], on: date) -> list[Applied]:
    applied = []
    for due, group in product((True, False), groups):
        inside = [item for item in debt if item.component in group and (item.due_on <= on) is due]
        for item in sorted(inside, key=lambda item: (item.due_on, group.index(item.component))):
            part = min(item.amount, share)
            if part.minor:
                applied.append(Applied(item.debt, item.component, part))
                share -= part
    return applied


def _because(chosen: Sequence[str], agreed: Sequence[Sequence[Component]] | None, paid: set[str], refused: bool) -> str:
    if refused and paid:
        return msg(
            "Una deuda que eligió el deudor está en disputa y la ley no deja aplicarle el pago; fue a las otras que "
            "eligió."
        )
    if refused:
        return msg(
            "La deuda que eligió el deudor está en disputa: la ley no deja aplicarle el pago, ni dárselo a otra."
        )
    if not paid:
        return msg("No se aplicó a nada: no hay saldo, o lo que se debe está en disputa.")
    if agreed is not None:
        return msg("Se aplicó en el orden que pactaron las partes.")
    if not paid.isdisjoint(chosen):
        return msg("Se aplicó a la deuda que eligió el deudor; en ella, gastos, intereses y principal, en ese orden.")
    return msg(
        "Se aplicó a gastos, intereses y principal, en ese orden, de la deuda más gravosa o antigua a la más nueva."
    )
