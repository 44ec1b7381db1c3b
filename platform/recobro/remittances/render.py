"""A statement as PDF, XLSX and CSV: the same facts, the same bytes each time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import xlsxwriter

from kernel.money import Money
from kernel.text import msg
from recobro.commissions.render import Explained, explain
from recobro.documents import render_document
from recobro.ledger.rules import EntryKind
from recobro.remittances.queries import MoveLine, PaymentLine, activity
from recobro.remittances.tables import Remittance
from recobro.web import formats
from recobro.web.exports import csv_text
from recobro.web.translations import translations
from tenants.service import agency_of, client_by_id
from tenants.work import Work

_BORN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A line that is no payment, in words: what it is, and whose (debtor, case, matter)."""

    on: date
    title: str
    about: str
    change: Money


@dataclass(frozen=True)
class Lines:
    """A statement's lines explained in a reader's language."""

    payments: Sequence[tuple[PaymentLine, Sequence[Explained]]]
    moves: Sequence[Told]


def lines_of(work: Work, remittance: Remittance, locale: str, *, home: str | None = None) -> Lines:
    """Every line of a statement for a page or a document; with the opening they add up to its closing."""
    found = activity(work, remittance)
    return Lines(
        [(line, [explain(one, locale, home=home) for one in line.lines]) for line in found.payments],
        [
            Told(move.on, _title(move, locale), " · ".join(filter(None, (move.debtor, move.case_number, move.matter))),
                 move.change)
            for move in found.moves
        ],
    )  # fmt: skip


def _title(move: MoveLine, locale: str) -> str:
    return translations(locale).gettext(move.title).format(**move.details)


def pdf(work: Work, remittance: Remittance) -> bytes:
    """The statement as a document: the sum that adds up on the page, then every payment with its commission."""
    client = client_by_id(work, remittance.client_id)

    def money(minor: int) -> Money:
        return Money(minor, remittance.currency)

    return render_document(
        "documents/remittance.html",
        agency=agency_of(work),
        client=client,
        title=remittance.number,
        locale=client.locale,
        home=remittance.currency,
        zone=ZoneInfo(client.time_zone),
        remittance=remittance,
        period=formats.day_range(remittance.period_from, remittance.period_to, client.locale),
        lines=lines_of(work, remittance, client.locale, home=remittance.currency),
        direct=money(remittance.collected_direct),
        opening=money(remittance.opening),
        collected=money(remittance.collected),
        commission=money(-remittance.commission),
        tax=money(-remittance.tax),
        costs=money(-remittance.costs),
        paid_over=money(-remittance.paid_over),
        other=money(remittance.other),
        closing=money(remittance.closing),
        net=money(remittance.net),
        fees=money(-remittance.commission - remittance.tax),
        rest=money(remittance.opening - remittance.paid_over - remittance.costs + remittance.other),
    )


_HEADINGS = (
    msg("Movimiento"), msg("Referencia"), msg("Fecha"), msg("Deudor"), msg("Caso"), msg("Concepto"), msg("Pagado a"),
    msg("Importe"), msg("Pagado directo al cliente"), msg("Regla"), msg("Versión"), msg("Cálculo"),
    msg("Honorarios"), msg("Impuesto"), msg("Neto"),
)  # fmt: skip
_DIRECTIONS = {"to_agency": msg("la agencia"), "to_client": msg("el cliente"), "to_counsel": msg("el abogado")}
_MOVES = {
    EntryKind.COST: msg("Gasto"), EntryKind.REMITTANCE_PAID: msg("Transferencia"),
    EntryKind.CORRECTION: msg("Corrección"),
}  # fmt: skip
_DAY, _AMOUNTS = 2, (7, 8, 12, 13, 14)


def _table(work: Work, remittance: Remittance, locale: str) -> list[list[object]]:
    """Opening, each payment, each other move, and the total: in every row amount - direct - fees - tax = net."""
    say = translations(locale).gettext
    found = activity(work, remittance)
    opening = Money(remittance.opening, remittance.currency)
    rows = [_move(say(msg("Saldo anterior")), "", remittance.period_from, "", "", "", opening)]
    rows += [_payment(line, locale, remittance.currency) for line in found.payments]
    rows += [
        _move(
            say(_MOVES.get(EntryKind(move.kind), msg("Otro"))),
            move.matter or str(move.details.get("number", "")),
            move.on,
            move.debtor,
            move.case_number,
            _title(move, locale),
            move.change,
        )
        for move in found.moves
    ]
    return rows


def _move(kind: str, reference: str, on: date, debtor: str, case: str, title: str, change: Money) -> list[object]:
    zero = Money.zero(change.currency).amount
    return [kind, reference, on, debtor, case, title, "", change.amount, zero, "", "", "", zero, zero, change.amount]


def _payment(line: PaymentLine, locale: str, home: str) -> list[object]:
    say = translations(locale).gettext
    told = [explain(one, locale, home=home) for one in line.lines]
    return [
        say(msg("Reverso")) if line.reversal else say(msg("Pago")), line.number, line.on, line.debtor,
        line.case_number, "", say(_DIRECTIONS[line.direction]), line.amount.amount, line.direct.amount,
        "; ".join(one.rule for one in told), "; ".join(one.version for one in told),
        "; ".join(one.arithmetic for one in told), line.commission.amount, line.tax.amount, line.change.amount,
    ]  # fmt: skip


def _totals(remittance: Remittance, rows: Sequence[Sequence[object]], locale: str) -> list[list[object]]:
    """What the lines add up to, and what becomes of it: the transfer, or what the next period begins with."""
    say = translations(locale).gettext
    sums: list[object] = [""] * len(_HEADINGS)
    sums[0], sums[_DAY] = say(msg("Total")), remittance.period_to
    for column in _AMOUNTS:
        sums[column] = sum((Decimal(str(row[column])) for row in rows), Decimal(0))
    due: list[object] = [""] * len(_HEADINGS)
    due[0] = say(msg("Por transferir")) if remittance.closing >= 0 else say(msg("Pasa al siguiente periodo"))
    due[_DAY], due[-1] = remittance.period_to, Money(remittance.closing, remittance.currency).amount
    return [sums, due]


def csv_file(work: Work, remittance: Remittance) -> bytes:
    """The statement's lines and totals as CSV, as every list of its client's locale is written."""
    locale = client_by_id(work, remittance.client_id).locale
    rows = _table(work, remittance, locale)
    head = [translations(locale).gettext(word) for word in _HEADINGS]
    return csv_text(locale, head, [*rows, *_totals(remittance, rows, locale)]).encode()


def xlsx_file(work: Work, remittance: Remittance) -> bytes:
    """The statement's lines and totals as a workbook; text cells are written as text, never as formulas."""
    locale = client_by_id(work, remittance.client_id).locale
    say = translations(locale).gettext
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": remittance.number, "created": _BORN.replace(tzinfo=None)})
    sheet = book.add_worksheet(remittance.number[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    amount = book.add_format({"num_format": "#,##0.00"})
    for column, word in enumerate(_HEADINGS):
        sheet.write_string(0, column, say(word), bold)
    rows = _table(work, remittance, locale)
    for number, row in enumerate([*rows, *_totals(remittance, rows, locale)], 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, datetime.combine(cell, datetime.min.time()), day)
            else:
                sheet.write_number(number, column, float(cell), amount)  # type: ignore[arg-type]
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(_HEADINGS) - 1, 16)
    book.close()
    return out.getvalue()
