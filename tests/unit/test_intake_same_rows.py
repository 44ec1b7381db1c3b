"""The same rows, however a file is written, are the same debts: encoding, separator, dates, decimals, headings."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from recobro.intake.columns import mapping
from recobro.intake.columns.grammar import Number, read_amount, read_date
from recobro.intake.columns.profiles import profile
from recobro.intake.columns.verdicts import mapped, read_columns
from recobro.intake.files import reading
from tests.support import hostile_files

HEADS = {
    "es": ("Folio", "Razón social", "F. Vencimiento", "Saldo"),
    "en": ("Invoice number", "Customer name", "Due date", "Balance"),
}


class Debt(NamedTuple):
    """What a row says."""

    reference: str
    name: str
    due_on: date
    balance: Decimal


@dataclass(frozen=True)
class Form:
    """How a file is written."""

    kind: str
    language: str
    encoding: str = "utf-8"
    separator: str = ","
    order: str = "%d/%m/%Y"
    mark: str = "."
    grouped: bool = False
    ends: str = "\r\n"
    titled: bool = False


# These leave no doubt about the dates and the decimals, as some rows of every real file do.
_SURE = (Debt("0001", "Señales Ñandú, S.A.", date(2025, 9, 13), Decimal("1234.56")),
         Debt("0002", "Piñatas «Ü»", date(2025, 10, 31), Decimal("0.75")))  # fmt: skip
_names = st.text("abcdeÁéñÑü &.,;|'\"-", min_size=3, max_size=20).map(lambda text: f"Demo {text.strip()} x")
_debts = st.lists(
    st.builds(
        Debt,
        st.just(""),
        _names,
        st.dates(date(2020, 1, 1), date(2030, 12, 31)),
        st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100),
    ),
    max_size=6,
).map(lambda debts: [*_SURE, *(debt._replace(reference=f"{at:04d}") for at, debt in enumerate(debts, start=3))])
_texts = st.builds(
    Form,
    st.just("csv"),
    st.sampled_from(sorted(HEADS)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%y", "%Y%m%d"]),
    st.sampled_from([".", ","]),
    st.booleans(),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.booleans(),
)
_books = st.builds(
    Form,
    st.sampled_from(["xlsx", "ods"]),
    st.sampled_from(sorted(HEADS)),
    order=st.sampled_from(["", "%d/%m/%Y", "%Y-%m-%d"]),
    mark=st.sampled_from(["", ".", ","]),
    titled=st.booleans(),
)


def written(debts: Sequence[Debt], form: Form) -> bytes:
    """The rows as a file of that form."""
    rows: list[list[object]] = [list(HEADS[form.language])]
    rows += [[one.reference, one.name, _day(one.due_on, form), _amount(one.balance, form)] for one in debts]
    if form.titled:
        rows = [["Cartera vencida"], *rows]
    if form.kind == "csv":
        out = io.StringIO()
        csv.writer(out, delimiter=form.separator, lineterminator=form.ends).writerows(rows)
        return out.getvalue().encode(form.encoding)
    return _xlsx(rows) if form.kind == "xlsx" else _ods(rows)


def _day(day: date, form: Form) -> str | date:
    return day.strftime(form.order) if form.order else day


def _amount(amount: Decimal, form: Form) -> str | Decimal:
    if not form.mark:
        return amount
    text = f"{amount:,.2f}" if form.grouped else f"{amount:.2f}"
    return text if form.mark == "." else text.translate(str.maketrans(",.", ".,"))


def _xlsx(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False}) as book:
        page = book.add_worksheet("Hoja")
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                page.write(y, x, value)
    return out.getvalue()


def _ods(rows: Sequence[Sequence[object]]) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        if isinstance(value, Decimal):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return hostile_files.cell(text)

    return hostile_files.ods("".join(hostile_files.row(*map(cell, row)) for row in rows))


def understood(data: bytes) -> list[Debt]:
    """The rows as the product reads them, with nothing chosen by a person."""
    source = io.BytesIO(data)
    layout = reading.detect(source, "cartera")
    rows = list(reading.rows(source, layout))
    profiles, _ = profile(rows, len(layout.columns))
    choices = mapping.guess(layout.columns, profiles)
    readings = read_columns(choices, profiles, {}, country="MX")
    assert not readings.open
    at, mark, order = mapped(choices), readings.marks()["balance"], readings.orders()["due_on"]
    found = []
    for row in rows:
        cells = {name: row.cells[index] for name, index in at.items()}
        assert not isinstance(cells["reference"], Number)
        found.append(Debt(cells["reference"], cells["debtor_name"], read_date(cells["due_on"], order),
                          read_amount(cells["balance"], mark).value))  # fmt: skip
    return found


@settings(max_examples=100)
@given(_debts, _texts)
def test_the_same_rows_as_any_text_are_the_same_debts(debts: list[Debt], form: Form) -> None:
    assert understood(written(debts, form)) == debts


@settings(max_examples=10)
@given(_debts, _books)
def test_the_same_rows_as_any_workbook_are_the_same_debts(debts: list[Debt], form: Form) -> None:
    assert understood(written(debts, form)) == debts
