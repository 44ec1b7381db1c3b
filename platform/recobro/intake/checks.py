"""What is asked of one row before it may become a debt. A refusal names line, column, value, reason and how to mend it;
a warning stops nothing. Amounts leave here in minor units, days as dates, everything else as clean text."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kernel.money import exponent
from kernel.text import msg
from recobro.intake import normalise
from recobro.intake.fields import FIELDS
from recobro.intake.grammar import Mark, Order, Unreadable, read_amount, read_date
from recobro.intake.profiles import CURRENCIES
from recobro.intake.reading import Row

MOST_REFERENCE = 100
MOST_TEXT = 500
# Due before this year, or so many years ahead: more likely a slip than a debt.
_OLDEST, _FARTHEST = 1990, 10
_TOTALS = ("total", "subtotal", "sub total", "suma", "gran total", "totales")
_YES = frozenset({"yes", "y", "si", "sí", "s", "1", "true", "verdadero", "x"})
_NO = frozenset({"no", "n", "0", "false", "falso", ""})
_CURRENCY_WORDS = {
    "PESOS": "", "$": "", "M.N.": "MXN", "MN": "MXN", "DLS": "USD", "DLLS": "USD", "DOLARES": "USD", "DÓLARES": "USD",
    "US$": "USD", "EUROS": "EUR", "EURO": "EUR", "€": "EUR", "PESOS MEXICANOS": "MXN", "PESOS COLOMBIANOS": "COP",
}  # fmt: skip
_LARGEST = 10**14
ORDER_SIGNS = {Order.DAY_FIRST: "d/m/a", Order.MONTH_FIRST: "m/d/a", Order.SERIAL: "45678"}
MARK_SIGNS = {Mark.DOT: ".", Mark.COMMA: ","}

# code -> (reason, how to mend it). `{value}` and other fields are filled where it is shown.
REJECTIONS: Mapping[str, tuple[str, str]] = {
    "too_many_cells": (
        msg("La fila tiene {count} celdas y el encabezado {width}."),
        msg("Quizá un texto lleva el separador sin comillas: entrecomíllalo.")),
    "subtotal": (
        msg("Parece una fila de totales, no un adeudo."), msg("No hace falta nada: se omite.")),
    "no_reference": (msg("Falta el número de factura."), msg("Escribe el número o quita la fila.")),
    "long_reference": (
        msg("El número de factura es demasiado largo."), msg("Revisa que la columna elegida sea la del número.")),
    "no_debtor": (
        msg("No dice quién debe: faltan número de cliente, nombre e identificación fiscal."),
        msg("Completa al menos uno de los tres.")),
    "no_due": (msg("Falta la fecha de vencimiento."), msg("Escribe la fecha o quita la fila.")),
    "bad_day": (
        msg("Esperábamos una fecha ({order}), encontramos «{value}»."), msg("Corrige la celda u omite la fila.")),
    "no_amount": (msg("Falta el importe."), msg("Escribe el saldo o quita la fila.")),
    "bad_amount": (
        msg("Esperábamos un importe con decimales tras «{mark}», encontramos «{value}»."),
        msg("Corrige la celda u omite la fila.")),
    "decimals": (
        msg("El importe tiene más decimales de los que admite {currency}."), msg("Redondea el importe en el archivo.")),
    "zero": (msg("El saldo es cero: no hay nada que cobrar."), msg("Quita la fila.")),
    "negative": (
        msg("El saldo es negativo: es un saldo a favor o una nota de crédito, no un adeudo."),
        msg("Réstalo de su factura y quita la fila.")),
    "huge": (msg("El importe es demasiado grande para ser cierto."), msg("Revisa la celda.")),
    "parts": (
        msg("Capital, intereses, gastos y comisiones suman más que el saldo."),
        msg("Revisa los importes de la fila.")),
    "bad_currency": (
        msg("«{value}» no es una moneda que conozcamos."), msg("Usa el código de tres letras: MXN, USD, EUR, COP…")),
    "two_currencies": (
        msg("El importe dice {one} y la columna de moneda {other}."), msg("Deja una sola moneda en la fila.")),
}  # fmt: skip
WARNINGS: Mapping[str, str] = {
    "tax_id_digit": msg("La identificación fiscal no pasa la comprobación de forma o dígito: se guarda como está."),
    "tax_id_generic": msg("Es una identificación genérica: no identifica al deudor."),
    "bad_phone": msg("No es un teléfono que se pueda marcar: no se guarda."),
    "bad_email": msg("No es una dirección de correo: no se guarda."),
    "bad_country": msg("No conocemos ese país: se usa el del cliente."),
    "bad_yes_no": msg("No sabemos si es sí o no: se toma como no."),
    "currency_assumed": msg("Sin moneda: se usa la del cliente."),
    "due_before_issue": msg("Vence antes de emitirse: se guarda como está."),
    "due_far": msg("Vence antes de 1990 o en más de diez años: revisa el año. Se guarda como está."),
    "by_name": msg("Sin número de cliente ni identificación fiscal: el deudor se reconoce solo por su nombre exacto."),
    "twin": msg("El número de cliente solo difiere de «{other}» en ceros a la izquierda: quizá es el mismo deudor."),
}


@dataclass(frozen=True)
class Issue:
    """Something about a row. `kind`: rejected, warned, duplicate or conflict; `code` groups what one act mends."""

    kind: str
    code: str
    line: int
    column: str
    value: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How every row of a file is read: which column is what, how, and what is assumed."""

    columns: Sequence[str]
    fields: Mapping[str, int]
    own: Mapping[str, int]
    marks: Mapping[str, Mark]
    orders: Mapping[str, Order]
    currency: str
    country: str
    time_zone: str
    locale: str
    financial: bool
    as_of: date

    def column(self, name: str) -> str:
        """The file's heading for a field."""
        return self.columns[self.fields[name]] if name in self.fields else ""


class StagedRow(NamedTuple):
    """One row that may become a debt, in the order of the staging table's columns."""

    line: int
    reference: str
    reference_norm: str
    debtor_key: str
    customer_ref: str
    customer_ref_norm: str
    name: str
    name_norm: str
    tax_id: str
    tax_id_norm: str
    kind: str
    country: str
    region: str
    city: str
    time_zone: str
    locale: str
    issued_on: date | None
    due_on: date
    currency: str
    balance: int
    interest: int
    cost: int
    fee: int
    disputed: bool
    concept: str
    phone: str
    phone_2: str
    email: str
    email_2: str
    contact_name: str
    address: str
    extra: str


class _Rejected(Exception):
    def __init__(self, code: str, name: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.name, self.details = code, name, details


@dataclass
class _Cells:
    plan: Plan
    row: Row
    warned: list[Issue]

    def text(self, name: str, most: int = MOST_TEXT) -> str:
        index = self.plan.fields.get(name)
        return "" if index is None else normalise.one_line(self.row.cells[index])[:most]

    def raw(self, name: str) -> str:
        index = self.plan.fields.get(name)
        return "" if index is None else self.row.cells[index]

    def warn(self, code: str, name: str, **details: Any) -> None:
        self.warned.append(_issue("warned", code, self.plan, self.row, name, details))

    def day(self, name: str) -> date | None:
        cell = self.raw(name)
        if not cell.strip():
            return None
        try:
            return read_date(cell, self.plan.orders[name])
        except Unreadable as error:
            raise _Rejected("bad_day", name, order=ORDER_SIGNS[self.plan.orders[name]]) from error

    def amount(self, name: str) -> tuple[Decimal, str] | None:
        cell = self.raw(name)
        if not cell.strip():
            return None
        try:
            found = read_amount(cell, self.plan.marks[name])
        except Unreadable as error:
            raise _Rejected("bad_amount", name, mark=MARK_SIGNS[self.plan.marks[name]]) from error
        return found.value, found.currency


def _issue(kind: str, code: str, plan: Plan, row: Row, name: str, details: Mapping[str, Any]) -> Issue:
    value = row.cells[plan.fields[name]].strip()[:120] if name in plan.fields else ""
    return Issue(kind, code, row.line, plan.column(name), value, details)


Checked = tuple[StagedRow | None, list[Issue]]


def checker(plan: Plan) -> Callable[[Row], Checked]:
    """The check of one row under a plan: the row as staged and its warnings; or no row and why.

    No row and no issue: it was not open on the plan's day (settled by then, or issued later), where the file says so.
    """

    def check(row: Row) -> Checked:
        cells = _Cells(plan, row, [])
        try:
            staged = _stage(cells)
        except _Rejected as refusal:
            return None, [_issue("rejected", refusal.code, plan, row, refusal.name, refusal.details)]
        return staged, cells.warned if staged else []

    return check


def _stage(cells: _Cells) -> StagedRow | None:
    plan, row = cells.plan, cells.row
    width = len(plan.columns)
    if len(row.cells) > width and any(cell.strip() for cell in row.cells[width:]):
        raise _Rejected("too_many_cells", "", count=len(row.cells), width=width)
    reference = _reference(cells)
    issued_on, due_on = cells.day("issued_on"), cells.day("due_on")
    if not _open(cells, issued_on):
        return None
    if due_on is None:
        raise _Rejected("no_due", "due_on")
    if issued_on and due_on < issued_on:
        cells.warn("due_before_issue", "due_on")
    if due_on.year < _OLDEST or due_on.year - plan.as_of.year > _FARTHEST:
        cells.warn("due_far", "due_on")
    currency, balance, parts = _money(cells)
    country = _country(cells)
    tax_id, tax_norm, customer_ref, name, key = _debtor(cells, country)
    region = cells.text("region")
    zone, locale = normalise.place(country, region, (plan.country, plan.time_zone, plan.locale))
    return StagedRow(
        row.line, reference, normalise.reference_norm(reference), key, customer_ref,
        normalise.customer_ref_norm(customer_ref), name, normalise.name_norm(name), tax_id, tax_norm,
        normalise.debtor_kind(name, tax_norm, country, financial=plan.financial), country, region, cells.text("city"),
        zone, locale, issued_on, due_on, currency, balance, *parts, _disputed(cells), cells.text("concept"),
        _phone(cells, "phone", country), _phone(cells, "phone_2", country), _email(cells, "email"),
        _email(cells, "email_2"), cells.text("contact_name", 200), _address(cells), _own(cells, currency),
    )  # fmt: skip


def _reference(cells: _Cells) -> str:
    reference = cells.text("reference", MOST_REFERENCE + 1)
    if not reference:
        if any(cell.strip().lower().rstrip(":").startswith(_TOTALS) for cell in cells.row.cells):
            raise _Rejected("subtotal", "reference")
        raise _Rejected("no_reference", "reference")
    instalment = cells.text("instalment", 20)
    reference = f"{reference}/{instalment}" if instalment else reference
    if len(reference) > MOST_REFERENCE:
        raise _Rejected("long_reference", "reference")
    return reference


def _open(cells: _Cells, issued_on: date | None) -> bool:
    """Open on a day: issued on or before it and not settled by it; only where the file says when debts were settled."""
    if "settled_on" not in cells.plan.fields:
        return True
    settled_on = cells.day("settled_on")
    day = cells.plan.as_of
    return not (settled_on and settled_on <= day) and not (issued_on and issued_on > day)


def _money(cells: _Cells) -> tuple[str, int, tuple[int, int, int]]:
    """The currency, what is owed, and of that the interest, costs and fees; the rest is principal."""
    name, value, written = _owed(cells)
    currency = _currency(cells, written)
    balance = _minor(value, currency, name)
    if balance <= 0:
        raise _Rejected("negative" if balance < 0 else "zero", name)
    parts = []
    for part in ("interest", "cost", "fee"):
        found = cells.amount(part)
        parts.append(_minor(found[0], currency, part) if found else 0)
        if parts[-1] < 0:
            raise _Rejected("negative", part)
    if sum(parts) > balance:
        raise _Rejected("parts", name)
    return currency, balance, (parts[0], parts[1], parts[2])


def _owed(cells: _Cells) -> tuple[str, Decimal, str]:
    """What the row owes: its balance; else capital and its additions; else the original amount; less what was paid."""
    if found := cells.amount("balance"):
        return "balance", *found
    name, extra = "original", Decimal(0)
    found = None
    if "principal" in cells.plan.fields:
        found = cells.amount("principal")
        if found:
            name = "principal"
            extra = sum((amount[0] for part in ("interest", "cost", "fee") if (amount := cells.amount(part))), extra)
    if found is None and "balance" not in cells.plan.fields:
        found = cells.amount("original")
    if found is None:
        first = next((each for each in ("balance", "principal", "original") if each in cells.plan.fields), "balance")
        raise _Rejected("no_amount", first)
    paid = cells.amount("paid")
    return name, found[0] + extra - (abs(paid[0]) if paid else 0), found[1]


def _minor(value: Decimal, currency: str, name: str) -> int:
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise _Rejected("decimals", name, currency=currency)
    if abs(scaled) > _LARGEST:
        raise _Rejected("huge", name)
    return int(scaled)


def _currency(cells: _Cells, written: str) -> str:
    cell = cells.text("currency", 40).upper()
    code = _CURRENCY_WORDS.get(cell, cell)
    if cell and code not in CURRENCIES and code:
        raise _Rejected("bad_currency", "currency")
    if written and written not in CURRENCIES:
        raise _Rejected("bad_currency", "balance" if "balance" in cells.plan.fields else "original")
    if code and written and code != written:
        raise _Rejected("two_currencies", "currency", one=written, other=code)
    if not code and not written and "currency" in cells.plan.fields and not cell:
        cells.warn("currency_assumed", "currency")
    return code or written or cells.plan.currency


def _country(cells: _Cells) -> str:
    cell = cells.text("country", 60)
    code = normalise.country_code(cell)
    if cell and not code:
        cells.warn("bad_country", "country")
    return code or cells.plan.country


def _debtor(cells: _Cells, country: str) -> tuple[str, str, str, str, str]:
    """Tax id, its normal form, customer number, name, and the key by which rows are of one debtor: the client's own
    number, else the tax id, else the exact name."""
    tax_id, customer_ref, name = (
        cells.text("tax_id", 40),
        cells.text("customer_ref", 80),
        cells.text("debtor_name", 200),
    )
    norm = normalise.tax_id_norm(tax_id)
    identifying = norm if normalise.identifies(norm) else ""
    if norm and not identifying:
        cells.warn("tax_id_generic", "tax_id")
    elif norm and not normalise.tax_id_holds(norm, country):
        cells.warn("tax_id_digit", "tax_id")
    if customer_ref:
        key = f"c:{normalise.customer_ref_norm(customer_ref)}"
    elif identifying:
        key = f"t:{identifying}"
    elif name:
        key = f"n:{normalise.name_norm(name)}"
        if "customer_ref" in cells.plan.fields or "tax_id" in cells.plan.fields:
            cells.warn("by_name", "debtor_name")
    else:
        raise _Rejected(
            "no_debtor", next(n for n in ("customer_ref", "debtor_name", "tax_id") if n in cells.plan.fields)
        )
    return tax_id, identifying, customer_ref, name or customer_ref or tax_id, key


def _disputed(cells: _Cells) -> bool:
    word = cells.text("disputed", 20).lower()
    if word not in _YES and word not in _NO:
        cells.warn("bad_yes_no", "disputed")
    return word in _YES


def _phone(cells: _Cells, name: str, country: str) -> str:
    cell = cells.text(name, 60)
    phone = normalise.phone_e164(cell, country) if cell else ""
    if cell and not phone:
        cells.warn("bad_phone", name)
    return phone


def _email(cells: _Cells, name: str) -> str:
    cell = cells.text(name, 300)
    email = normalise.email_norm(cell) if cell else ""
    if cell and not email:
        cells.warn("bad_email", name)
    return email


def _address(cells: _Cells) -> str:
    if "address" not in cells.plan.fields:
        return ""
    street = cells.text("address")
    parts = (
        street,
        " ".join((cells.text("postal_code", 12), cells.text("city", 100))).strip(),
        cells.text("region", 100),
    )
    return ", ".join(part for part in parts if part) if street else ""


def _own(cells: _Cells, currency: str) -> str:
    """The client's own fields, and the original amount where another one is owed, as JSON."""
    kept = {name: normalise.one_line(cells.row.cells[index])[:MOST_TEXT] for name, index in cells.plan.own.items()}
    found = {name: value for name, value in kept.items() if value}
    if "balance" in cells.plan.fields and (original := cells.amount("original")):
        found[FIELDS["original"].label] = f"{original[0]} {currency}"
    return json.dumps(found, ensure_ascii=False) if found else "{}"
