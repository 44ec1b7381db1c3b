"""One row of a client's ledger as a movement on a debt: a payment, a payment taken back, a charge or a credit."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.text import msg
from recobro.intake.checks.rows import MARK_SIGNS, Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.currencies import beside, currency_of
from recobro.intake.columns.grammar import Unreadable, read_amount
from recobro.intake.kinds.cells import CellRefused, Cells
from recobro.intake.kinds.phrases import Movement as Movement
from recobro.intake.kinds.phrases import movement_of, plain

_LARGEST = Decimal(10) ** 12
_WHO = {"reference", "uuid"}
_OPPOSITE = {
    Movement.PAYMENT: Movement.REVERSAL, Movement.REVERSAL: Movement.REVERSAL, Movement.CHARGE: Movement.CREDIT,
    Movement.CREDIT: Movement.CHARGE,
}  # fmt: skip
_PARTS: Mapping[str, str] = {
    "principal": "principal,capital",
    "contractual_interest": "interes ordinario,intereses ordinarios,interes contractual,interes corriente,"
    "intereses corrientes,contractual interest",
    "default_interest": "interes,intereses,moratorios,interes moratorio,intereses moratorios,interes mora,"
    "intereses mora,mora,recargo,recargos,interest,default interest,late interest",
    "tax": "iva,impuesto,impuestos,tax,vat",
    "cost": "gasto,gastos,costas,cost,costs,gastos cobranza,gasto cobranza",
    "fee": "comision,comisiones,honorarios,fee,fees,late fee",
}
_COMPONENTS = {word: part for part, words in _PARTS.items() for word in words.split(",")}
DEFAULT_COMPONENT = "fee"


@dataclass(frozen=True)
class Told:
    """A movement as its row tells it. `amount` is above zero, in major units; `written` is it with the sign it has in
    the file (what goes to the debtor's favour is above zero). `currency` is empty where the row names none. `minus` is
    the movement that the row names where its amount is below zero: a sign may say the contrary, or nothing."""

    reference_norm: str
    uuid: str
    shown: str
    customer_ref_norm: str
    tax_id_norm: str
    movement: Movement
    amount: Decimal
    written: Decimal
    currency: str
    on: date
    component: str
    payment_id: str
    note: str
    minus: Movement | None = None


def lacking(used: Collection[str]) -> list[str]:
    """What the chosen fields lack before rows can be movements."""
    found = []
    if not {*_WHO, "payment_id"} & set(used):
        found.append(msg("Falta decir qué columna es el número de factura o el folio fiscal."))
    if not {"amount", "credited", "charged"} & set(used):
        found.append(msg("Falta decir qué columna es el importe, el abono o el cargo."))
    return found


class Ledger(Cells):
    """The cells of a ledger's rows, and the movement each is."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.dated = "paid_on" in plan.fields

    def amount(self, name: str) -> tuple[Decimal, str] | None:
        """The amount of a field and the currency beside it; nothing for an empty cell, refused for what is none."""
        at = self._at.get(name)
        if at is None or not self._cells[at].strip():
            return None
        try:
            return read_amount(self._cells[at], self.plan.marks[name])
        except Unreadable as error:
            raise CellRefused("bad_amount", name, mark=MARK_SIGNS[self.plan.marks[name]]) from error

    def movement(self) -> Told:
        """The row at hand as a movement; CellRefused says why not."""
        reference, uuid = self.document(), self.text("uuid", 100).upper()
        payment_id = self.text("payment_id", 100)
        self.minus: Movement | None = None
        movement, amount, written, beside = self._figures()
        if not (reference or uuid or (payment_id and movement is Movement.REVERSAL)):
            raise CellRefused("no_reference", "reference")
        on = self.day("paid_on") if self.dated else self.plan.as_of
        if on is None:
            raise CellRefused("fin_no_day", "paid_on")
        return Told(
            normalise.reference_norm(reference), uuid, reference or uuid or payment_id,
            normalise.customer_ref_norm(self.text("customer_ref", 100)),
            normalise.tax_id_norm(self.text("tax_id", 40)), movement, amount, written, self._currency(beside), on,
            self._component(self.minus or movement), payment_id, self.text("note", 500), self.minus,
        )  # fmt: skip

    def _figures(self) -> tuple[Movement, Decimal, Decimal, str]:
        """What the row does and how much: of a column `abono` and a column `cargo` the one that is filled; else the
        amount, which takes back where it is below zero."""
        name = self.text("entry_type", 60)
        told = movement_of(name)
        if name and told is None:
            raise CellRefused("fin_movement", "entry_type")
        credited, charged = self.amount("credited"), self.amount("charged")
        if credited and credited[0] and charged and charged[0]:
            raise CellRefused("fin_two_sides", "credited")
        if credited and credited[0]:
            return self._signed(told or Movement.PAYMENT, credited, "credited", named=True)
        if charged and charged[0]:
            # A charge against a payment is the payment taken back.
            usual = Movement.REVERSAL if told is Movement.PAYMENT else told or Movement.CHARGE
            movement, amount, written, beside = self._signed(usual, charged, "charged", named=True)
            return movement, amount, -abs(written), beside
        found = self.amount("amount")
        if found is None or not found[0]:
            raise CellRefused("no_amount", "amount" if "amount" in self._at else "credited")
        return self._signed(told or Movement.PAYMENT, found, "amount", named=told is not None)

    def _signed(
        self, movement: Movement, found: tuple[Decimal, str], name: str, *, named: bool
    ) -> tuple[Movement, Decimal, Decimal, str]:
        value, beside = found
        if abs(value) > _LARGEST:
            raise CellRefused("huge", name)
        if value < 0 and named and movement is not Movement.REVERSAL:
            self.minus = movement
        return movement if value > 0 else _OPPOSITE[movement], abs(value), value, beside

    def _currency(self, sign: str) -> str:
        code = currency_of(self.text("currency", 40), self.plan.currency)
        if code is None:
            raise CellRefused("bad_currency", "currency")
        found = beside(sign, code or self.plan.currency)
        if found is None:
            name = "bad_sign" if sign == "$" else "bad_currency"
            raise CellRefused(name, "amount", currency=code or self.plan.currency)
        if code and found and code != found:
            raise CellRefused("two_currencies", "currency", one=found, other=code)
        return code or found

    def _component(self, movement: Movement) -> str:
        word = plain(self.text("component", 60))
        kind = plain(self.text("entry_type", 60)).removeprefix("cargo ")
        found = _COMPONENTS.get(word) or (_COMPONENTS.get(kind) if movement is Movement.CHARGE else None)
        if found is None and (word or movement is Movement.CHARGE):
            self.warned.append(("fin_component", "component"))
        return found or DEFAULT_COMPONENT
