"""What is asked of one row before it may become a debt. A refusal names line, column, value, reason and how to mend it;
a warning stops nothing. Amounts leave here in minor units, days as dates, everything else as clean text."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from kernel.money import exponent
from kernel.text import msg
from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.intake.checks import parties
from recobro.intake.checks.parties import Party
from recobro.intake.columns import normalise, titles
from recobro.intake.columns.currencies import beside, currency_of
from recobro.intake.columns.fields import FIELDS, FIELDS_OF
from recobro.intake.columns.grammar import Mark, Number, Order, Unreadable, read_amount, read_date
from recobro.intake.columns.normalise import one_line
from recobro.intake.columns.standing import is_closed, is_draft, sort_of, sums_up
from recobro.intake.issues import Issue
from recobro.intake.sheet import NUMBERLESS, TITLES, Row

MOST_REFERENCE = 100
MOST_TEXT = 500
MOST_ACCOUNT = 60
# Due before this year, or so many years ahead: more likely a slip than a debt.
_OLDEST, _FARTHEST = 1990, 10
# What stands in a line of totals for a number, and what SAP puts in front of one.
_TOTAL_NUMBER = re.compile(
    r"(?:total(?:es)?|suma)(?: general| acumulad[oa])? ?:?|(?:sub ?total|gran total|total (?:de|del|por))\b.*",
    re.IGNORECASE,
)
_SAP_TOTALS = frozenset({"*", "**", "***"})
_YES = frozenset({"yes", "y", "si", "sí", "s", "1", "true", "verdadero", "x"})
_STATES = ("status", "status_2")
_NO = frozenset({"no", "n", "0", "false", "falso", ""})
_LARGEST = 10**14
SUBTOTAL = "subtotal"
_MOST_OF_A_MADE_ONE = MOST_REFERENCE - len("-2026-12-31")
WHOSE = ("customer_ref", "debtor_name", "tax_id")
"""The fields of a row that say whose debt it is."""
# RFC 9562, in capitals; a Colombian CUFE (SHA-384) has 96 digits.
_UUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|[0-9A-F]{96}")
# A long number as a spreadsheet shows it where the column is narrow: what it was is lost, and others look the same.
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}")
_KEPT_DIGITS, _EXACT = 15, 1 << 53
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_LONGEST_LIFE = 120
_MOST_KEPT = 20_000
ORDER_SIGNS = {
    Order.DAY_FIRST: msg("d/m/a"), Order.MONTH_FIRST: msg("m/d/a"), Order.YEAR_FIRST: msg("aa/m/d"),
    Order.SERIAL: "45678", Order.DAY_FIRST_TURNED: msg("d/m/a"), Order.MONTH_FIRST_TURNED: msg("m/d/a"),
}  # fmt: skip
MARK_SIGNS = {Mark.DOT: ".", Mark.COMMA: ","}


@dataclass(frozen=True)
class Plan:
    """How every row of a file is read: which column is what, how, and what is assumed. `tax_id` is the client's own,
    normalised."""

    columns: Sequence[str]
    fields: Mapping[str, int]
    own: Mapping[str, int]
    marks: Mapping[str, Mark]
    orders: Mapping[str, Order]
    currency: str
    country: str
    time_zone: str
    locale: str
    as_of: date
    tax_id: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """The file's heading for a field."""
        return self.columns[self.fields[name]] if name in self.fields else ""


class StagedRow(NamedTuple):
    """One row that may become a debt. `copied` is its party as COPY takes it."""

    line: int
    reference: str
    reference_norm: str
    party: Party
    copied: str
    issued_on: date | None
    due_on: date
    currency: str
    balance: int
    interest: int
    cost: int
    fee: int
    disputed: bool
    seller_norm: str
    uuid: str
    concept: str
    extra: str
    born: str


Checked = tuple[StagedRow | None, list[Issue]]
Warned = list[tuple[str, str]]


class _Rejected(Exception):
    def __init__(self, code: str, name: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.name, self.details = code, name, details


def checker(plan: Plan) -> Callable[[Row], Checked]:
    """The check of one row under a plan: the row as staged and its warnings; or no row and why.

    No row and no issue: it was not open on the plan's day (settled by then, or issued later), where the file says so.
    """
    return _Checker(plan).check


class _Checker:
    """Holds what is the same for all rows: where each field is, and what was read before."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.width = len(plan.columns)
        self.at = {name: plan.fields.get(name, self.width) for name in FIELDS_OF["placement"]}
        home = parties.Home(plan.country, plan.time_zone, plan.locale)
        self.party_of = parties.reader(plan.fields, self.width, home)
        self.parts = [name for name in ("interest", "cost", "fee") if name in plan.fields]
        self.stands = plan.fields.keys() & {"settled_on", *_STATES, "document_type"}
        self.titled = {*TITLES} <= {*plan.columns}
        self.numberless = plan.column("reference") == NUMBERLESS
        self.numbered = bool({"series", "instalment"} & plan.fields.keys())
        self.numbers = [(name, self.at[name]) for name in ("reference", "customer_ref", "tax_id")]
        self.births = [name for name in ("birth_date", "birth_year") if name in plan.fields]
        # Most cells say what another said before. A spreadsheet's number and a text of the same signs are not one day.
        self.day_of = lru_cache(_MOST_KEPT, typed=True)(self._read_day)
        self.line_of = lru_cache(_MOST_KEPT)(_line)
        self.labels = {name: _json(name) for name in plan.own}

    def check(self, row: Row) -> Checked:
        warned: Warned = []
        try:
            staged = self._stage(row, warned)
        except _Rejected as refusal:
            details = {**refusal.details, **self._amount_of(row, refusal.code)}
            # A line of totals is no debt, and nobody has to do anything about it.
            kind = "no_debt" if refusal.code == SUBTOTAL else "rejected"
            return None, [self._issue(kind, refusal.code, row, refusal.name, details)]
        if staged is None or not warned:
            return staged, []
        return staged, [self._issue("warned", code, row, name, {}) for code, name in warned]

    def _issue(self, kind: str, code: str, row: Row, name: str, details: Mapping[str, Any]) -> Issue:
        value = row.cells[self.plan.fields[name]].strip()[:120] if name in self.plan.fields else ""
        return Issue(kind, code, row.line, self.plan.column(name), value, details)

    def _amount_of(self, row: Row, code: str) -> Mapping[str, Any]:
        """What a refused row comes to, where that can be read: it counts among the file's own totals."""
        if code in (SUBTOTAL, "too_many_cells"):
            return {}
        try:
            currency, balance, _ = self._money([*row.cells[: self.width], ""], [])
        except _Rejected:
            return {}
        return {"row_amount": {"minor": balance, "currency": currency}}

    def _stage(self, row: Row, warned: Warned) -> StagedRow | None:
        plan, at = self.plan, self.at
        # A cell more, always empty: where a field has no column it is read from there.
        cells = [*row.cells[: self.width], ""]
        if len(row.cells) > self.width and any(cell.strip() for cell in row.cells[self.width :]):
            raise _Rejected("too_many_cells", "", count=len(row.cells), width=self.width)
        reference = self._reference(cells, row)
        issued_on, due_on = self._day("issued_on", cells), self._day("due_on", cells)
        if self.stands and not self._stands(cells, issued_on):
            return None
        if due_on is None:
            raise _Rejected("no_due", "due_on")
        if issued_on and due_on < issued_on:
            warned.append(("due_before_issue", "due_on"))
        if due_on.year < _OLDEST or due_on.year - plan.as_of.year > _FARTHEST:
            warned.append(("due_far", "due_on"))
        currency, balance, parts = self._money(cells, warned)
        for name, place in self.numbers:
            if _is_cut(cells[place]):
                raise _Rejected("rounded", name)
        party, more, copied = self.party_of(cells)
        if party is None:
            raise _Rejected("no_debtor", next(name for name in WHOSE if name in plan.fields))
        if "E+" in party.customer_ref and _ROUNDED.fullmatch(party.customer_ref):
            raise _Rejected("rounded", "customer_ref")
        warned += more
        if self.numberless:
            reference = self._made(party, due_on)
        return StagedRow(
            row.line, reference, normalise.reference_norm(reference), party, copied, issued_on, due_on, currency,
            balance, *parts, self._disputed(cells[at["disputed"]], warned), self._seller(cells[at["seller"]]),
            self._uuid(cells[at["uuid"]], warned), self.line_of(cells[at["concept"]]),
            self._own(cells, currency, warned),
            self._born(cells, warned) if self.births else "",
        )  # fmt: skip

    def _reference(self, cells: Sequence[str], row: Row) -> str:
        reference = one_line(cells[self.at["reference"]])
        if self._sums_up(reference, cells, row):
            raise _Rejected(SUBTOTAL, "reference")
        if self.numberless:
            return ""
        if not reference:
            raise _Rejected("no_reference", "reference")
        if "E+" in reference and _ROUNDED.fullmatch(reference):
            raise _Rejected("rounded", "reference")
        if self.numbered:
            series, instalment = (one_line(cells[self.at[name]])[:20] for name in ("series", "instalment"))
            reference = normalise.numbered(series, reference, instalment)
        if len(reference) > MOST_REFERENCE:
            raise _Rejected("long_reference", "reference")
        return reference

    @staticmethod
    def _made(party: Party, due_on: date) -> str:
        """A number for what has none: who owes, as a debtor is told from others, and the day it is due."""
        tax_id = "" if party.tax_id_norm in GENERIC_TAX_IDS else party.tax_id_norm
        whose = party.customer_ref_norm or tax_id or party.name_norm
        return f"{whose[:_MOST_OF_A_MADE_ONE]}-{due_on}"

    def _sums_up(self, reference: str, cells: Sequence[str], row: Row) -> bool:
        """Whether a row is a title, or one of totals: it has no number of its own, is never due, and says so."""
        due = cells[self.at["due_on"]].strip()
        if (not due and _is_title(row, reference)) or (self.titled and titles.title_of(row)):
            return True
        if due and not sums_up(due):
            return False
        if reference:
            return _TOTAL_NUMBER.fullmatch(reference) is not None
        whose = (cells[self.at[name]].strip() for name in ("tax_id", "customer_ref"))
        if any(told and not sums_up(told) for told in whose):
            return False
        return any(cell.strip() in _SAP_TOTALS or sums_up(cell) for cell in row.cells)

    def _day(self, name: str, cells: Sequence[str]) -> date | None:
        cell = cells[self.at[name]]
        return self.day_of(name, cell) if cell else None

    def _read_day(self, name: str, cell: str) -> date | None:
        if not cell.strip():
            return None
        try:
            return read_date(cell, self.plan.orders[name])
        except Unreadable as error:
            raise _Rejected("bad_day", name, order=ORDER_SIGNS[self.plan.orders[name]]) from error

    def _stands(self, cells: Sequence[str], issued_on: date | None) -> bool:
        """Whether the row is an invoice that was open on the file's day: issued by then, neither settled nor closed.
        One that is closed and owes something all the same is refused: a person says which of the two holds."""
        day = self.plan.as_of
        if sort := sort_of(cells[self.at["document_type"]]):
            raise _Rejected(f"{sort}_row", "document_type")
        for name in _STATES:
            if is_draft(cells[self.at[name]]):
                raise _Rejected("draft_row", name)
        settled_on = self._day("settled_on", cells)
        if "settled_on" in self.plan.fields and issued_on and issued_on > day:
            return False
        closed = (name for name in _STATES if is_closed(cells[self.at[name]]))
        name = "settled_on" if settled_on and settled_on <= day else next(closed, "")
        if not name:
            return True
        if not cells[self.at["balance"]].strip() and not cells[self.at["paid"]].strip():
            return False
        if self._owed(cells)[1] > 0:
            raise _Rejected("closed_owed", name)
        return False

    def _amount(self, name: str, cells: Sequence[str]) -> tuple[Decimal, str] | None:
        cell = cells[self.at[name]]
        if not cell or cell.isspace():
            return None
        try:
            return read_amount(cell, self.plan.marks[name])
        except Unreadable as error:
            raise _Rejected("bad_amount", name, mark=MARK_SIGNS[self.plan.marks[name]]) from error

    def _money(self, cells: Sequence[str], warned: Warned) -> tuple[str, int, tuple[int, int, int]]:
        """The currency, what is owed, and of that the interest, costs and fees; the rest is principal."""
        name, value, written = self._owed(cells)
        currency = self._currency(cells, written, warned)
        balance = _minor(value, currency, name)
        if name != "balance" and (paid := self._amount("paid", cells)) and paid[0] < 0:
            warned.append(("paid_negative", "paid"))
        if balance <= 0:
            raise _Rejected("negative" if balance < 0 else "zero", name)
        if not self.parts:
            self._compare(cells, name, value, Decimal(0), warned)
            return currency, balance, (0, 0, 0)
        parts = []
        for part in ("interest", "cost", "fee"):
            found = self._amount(part, cells)
            parts.append(_minor(found[0], currency, part) if found else 0)
            if parts[-1] < 0:
                raise _Rejected("negative", part)
        if sum(parts) > balance:
            raise _Rejected("parts", name)
        if name == "balance" and any(parts) and (whole := self._amount("original", cells)):
            whole_minor = _minor(whole[0], currency, "original")
            if whole_minor == balance + sum(parts):
                raise _Rejected("parts_beside", name, whole=cells[self.at["original"]].strip()[:60])
        self._compare(cells, name, value, Decimal(sum(parts)).scaleb(-exponent(currency)), warned)
        return currency, balance, (parts[0], parts[1], parts[2])

    def _compare(self, cells: Sequence[str], name: str, balance: Decimal, parts: Decimal, warned: Warned) -> None:
        """Say of a balance that it is not the original amount less what was paid, with interest, costs and fees or
        without them."""
        if name != "balance" or not {"original", "paid"} <= set(self.plan.fields):
            return
        try:
            whole, paid = self._amount("original", cells), self._amount("paid", cells)
        except _Rejected:
            return
        if whole and paid and balance - whole[0] + abs(paid[0]) not in (0, parts):
            warned.append(("balance_differs", "balance"))

    def _owed(self, cells: Sequence[str]) -> tuple[str, Decimal, str]:
        """What the row owes: its balance; else capital and its additions; else the original amount; less payments."""
        if found := self._amount("balance", cells):
            return "balance", *found
        fields = self.plan.fields
        name, extra = "original", Decimal(0)
        if found := self._amount("principal", cells):
            name = "principal"
            extra = sum((amount[0] for part in self.parts if (amount := self._amount(part, cells))), extra)
        if found is None and "balance" not in fields:
            found = self._amount("original", cells)
        if found is None:
            first = next((each for each in ("balance", "principal", "original") if each in fields), "balance")
            raise _Rejected("no_amount", first)
        paid = self._amount("paid", cells)
        return name, found[0] + extra - (abs(paid[0]) if paid else 0), found[1]

    def _currency(self, cells: Sequence[str], written: str, warned: Warned) -> str:
        cell = one_line(cells[self.at["currency"]])[:40]
        code = currency_of(cell, self.plan.currency)
        if code is None:
            raise _Rejected("bad_currency", "currency")
        found = beside(written, code or self.plan.currency)
        if found is None:
            name = "balance" if "balance" in self.plan.fields else "original"
            raise _Rejected("bad_sign" if written == "$" else "bad_currency", name, currency=code or self.plan.currency)
        if code and found and code != found:
            raise _Rejected("two_currencies", "currency", one=found, other=code)
        if not code and not found and "currency" in self.plan.fields and not cell:
            warned.append(("currency_assumed", "currency"))
        return code or found or self.plan.currency

    @staticmethod
    def _disputed(cell: str, warned: Warned) -> bool:
        if not cell:
            return False
        word = one_line(cell)[:20].lower()
        if word not in _YES and word not in _NO:
            warned.append(("bad_yes_no", "disputed"))
        return word in _YES

    def _seller(self, cell: str) -> str:
        """Who issued it, where that is not the client."""
        seller = normalise.tax_id_norm(cell)[:40] if cell else ""
        return "" if seller == self.plan.tax_id else seller

    @staticmethod
    def _uuid(cell: str, warned: Warned) -> str:
        uuid = cell.strip().upper()
        if uuid and not _UUID.fullmatch(uuid):
            warned.append(("bad_uuid", "uuid"))
            return ""
        return uuid

    def _born(self, cells: Sequence[str], warned: Warned) -> str:
        """The day of birth, or its year; nothing a living person could not have."""
        for name in self.births:
            if not cells[self.at[name]].strip():
                continue
            found = self._birth(name, cells)
            if found and _LONGEST_LIFE >= self.plan.as_of.year - int(found[:4]) >= 0:
                return found
            warned.append(("bad_birth", name))
        return ""

    def _birth(self, name: str, cells: Sequence[str]) -> str:
        if name == "birth_year":
            year = cells[self.at[name]].strip()
            return year if _YEAR.fullmatch(year) else ""
        try:
            day = self._day(name, cells)
        except _Rejected:
            return ""
        return day.isoformat() if day else ""

    def _own(self, cells: Sequence[str], currency: str, warned: Warned) -> str:
        """The client's own fields, the debtor's account and the original amount where another one is owed, as JSON."""
        found = []
        for name, index in self.plan.own.items():
            if value := self.line_of(cells[index]):
                found.append(f"{self.labels[name]}: {_json(value)}")
        if account := one_line(cells[self.at["bank_account"]])[:MOST_ACCOUNT]:
            found.append(f"{_ACCOUNT}: {_json(account)}")
            if not normalise.account_holds(account):
                warned.append(("bad_account", "bank_account"))
        if "balance" in self.plan.fields and (original := self._amount("original", cells)):
            found.append(f'{_ORIGINAL}: "{original[0]} {currency}"')
        return f"{{{', '.join(found)}}}" if found else "{}"


def _line(cell: str) -> str:
    return one_line(cell)[:MOST_TEXT]


def _is_title(row: Row, reference: str) -> bool:
    """Whether a row has one cell alone, and that is no number of an invoice."""
    if sum(1 for cell in row.cells if cell and not cell.isspace()) != 1:
        return False
    return not reference or " " in reference or not any(map(str.isdecimal, reference))


def _is_cut(cell: str) -> bool:
    """Whether a number of a spreadsheet has lost its last digits: Excel has fifteen, others keep what a binary
    fraction can hold (IEEE 754), whole numbers up to 2**53."""
    if cell.__class__ is not Number or len(cell) <= _KEPT_DIGITS or not cell.isdecimal():
        return False
    return cell.endswith("0") or int(cell) > _EXACT


_json = json.encoder.encode_basestring
_ACCOUNT = _json(FIELDS["bank_account"].label)
_ORIGINAL = _json(FIELDS["original"].label)


def _minor(value: Decimal, currency: str, name: str) -> int:
    scaled = value.scaleb(exponent(currency))
    minor = int(scaled)
    if scaled != minor:
        raise _Rejected("decimals", name, currency=currency)
    if abs(minor) > _LARGEST:
        raise _Rejected("huge", name)
    return minor
