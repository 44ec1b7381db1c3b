"""The cells of a row by field, read as what they are, for files whose rows are of debtors who are here already."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from recobro.debtors.rules import GENERIC_TAX_IDS
from recobro.intake.checks.rows import ORDER_SIGNS, Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.grammar import Unreadable, read_date
from recobro.intake.columns.normalise import numbered, one_line
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue

_MOST_KEPT = 20_000


class CellRefused(Exception):
    """A row cannot be used: the code of the issue, the field it is about, and its details."""

    def __init__(self, code: str, name: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.name, self.details = code, name, details


def refusal(error: CellRefused, row: Row, plan: Plan) -> Issue:
    """The row's issue."""
    value = row.cells[plan.fields[error.name]].strip()[:120] if error.name in plan.fields else ""
    return Issue("rejected", error.code, row.line, plan.column(error.name), value, error.details)


class Cells:
    """One row after another; `warned` are the (code, field) of the row at hand."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.width = len(plan.columns)
        self.warned: list[tuple[str, str]] = []
        self._cells: Sequence[str] = ()
        self._at: Mapping[str, int] = plan.fields
        self._day = lru_cache(_MOST_KEPT, typed=True)(self._read_day)

    def of(self, row: Row) -> "Cells":
        """Take the next row; refused when it has more cells than headings."""
        if len(row.cells) > self.width and any(cell.strip() for cell in row.cells[self.width :]):
            raise CellRefused("too_many_cells", "", count=len(row.cells), width=self.width)
        self._cells, self.warned = row.cells, []
        return self

    def text(self, name: str, most: int) -> str:
        """The cell of a field on one line; empty without the field."""
        at = self._at.get(name)
        return one_line(self._cells[at])[:most] if at is not None else ""

    def document(self) -> str:
        """The whole number of the document that the row names; empty without one."""
        return numbered(self.text("series", 20), self.text("reference", 100), self.text("instalment", 20))

    def shown(self, name: str) -> str:
        """The cell as an issue shows it."""
        return self.text(name, 120)

    def day(self, name: str) -> date | None:
        """The day of a field; refused when it is none in the order of its column."""
        at = self._at.get(name)
        if at is None or not self._cells[at].strip():
            return None
        found = self._day(name, self._cells[at])
        if found is None:
            raise CellRefused("bad_day", name, order=ORDER_SIGNS[self.plan.orders[name]])
        return found

    def day_or_warn(self, name: str, code: str) -> date | None:
        """The day of a field; a warning when it is none."""
        try:
            return self.day(name)
        except CellRefused:
            self.warned.append((code, name))
            return None

    def _read_day(self, name: str, cell: str) -> date | None:
        try:
            return read_date(cell, self.plan.orders[name])
        except Unreadable:
            return None

    def country(self) -> str:
        """The country's code, or nothing."""
        told = self.text("country", 60)
        code = normalise.country_code(told)
        if told and not code:
            self.warned.append(("bad_country", "country"))
        return code

    def tax_id(self, tax_id: str, country: str) -> str:
        """The normal form of a tax id; nothing where it is nobody's."""
        norm = normalise.tax_id_norm(tax_id)
        if norm and not normalise.identifies(norm):
            self.warned.append(("tax_id_generic" if norm in GENERIC_TAX_IDS else "tax_id_form", "tax_id"))
            return ""
        if norm and not normalise.tax_id_holds(norm, country):
            self.warned.append(("tax_id_digit", "tax_id"))
        return norm

    def phone(self, name: str) -> str:
        """A phone in E.164, or nothing and a warning."""
        told = self.text(name, 60)
        country = normalise.country_code(self.text("country", 60)) or self.plan.country
        return self._only(name, "bad_phone", *normalise.phones_of(told, country)) if told else ""

    def email(self, name: str) -> str:
        """An email address, or nothing and a warning."""
        told = self.text(name, 300)
        return self._only(name, "bad_email", *normalise.emails_of(told)) if told else ""

    def _only(self, name: str, bad: str, found: Sequence[str], more: bool) -> str:
        """The first of a cell's phones or emails; a warning where there is none, or more."""
        if not found:
            self.warned.append((bad, name))
        elif more or len(found) > 1:
            self.warned.append(("contact_left", name))
        return found[0] if found else ""

    def address(self) -> str:
        """Street, postal code with city, and region, as placements write it."""
        street = self.text("address", 500)
        code, told = self.text("postal_code", 12), normalise.country_code(self.text("country", 60))
        if code and not normalise.postal_code_holds(code, told or self.plan.country):
            self.warned.append(("bad_postal", "postal_code"))
        place = f"{self.text('postal_code', 12)} {self.text('city', 100)}".strip()
        return ", ".join(part for part in (street, place, self.text("region", 100)) if part) if street else ""
