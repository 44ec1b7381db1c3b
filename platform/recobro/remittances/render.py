"""A statement as PDF, XLSX and CSV: the same facts, the same bytes each time."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import xlsxwriter

from kernel.money import Money
from kernel.text import msg
from recobro.commissions.render import explain
from recobro.documents import render_document
from recobro.remittances.queries import payment_lines
from recobro.remittances.tables import Remittance
from recobro.web import formats
from recobro.web.translations import translations
from tenants.service import agency_of, client_by_id
from tenants.work import Work

_BORN = datetime(2000, 1, 1, tzinfo=UTC)


def _explained(work: Work, remittance: Remittance, locale: str) -> list[tuple[object, list[object]]]:
    return [
        (line, [explain(one, locale, home=remittance.currency) for one in line.lines])
        for line in payment_lines(work, remittance)
    ]


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
        lines=_explained(work, remittance, client.locale),
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
        fees=money(remittance.commission + remittance.tax),
    )


_HEADINGS = (
    msg("Pago"), msg("Fecha"), msg("Deudor"), msg("Caso"), msg("Pagado a"), msg("Movimiento"), msg("Importe"),
    msg("Regla"), msg("Versión"), msg("Cálculo"), msg("Honorarios"), msg("Impuesto"), msg("Neto"),
)  # fmt: skip
_DIRECTIONS = {"to_agency": msg("la agencia"), "to_client": msg("el cliente"), "to_counsel": msg("el abogado")}


def _table(work: Work, remittance: Remittance, locale: str) -> list[list[object]]:
    say = translations(locale).gettext
    rows: list[list[object]] = []
    for line in payment_lines(work, remittance):
        kind = say(msg("Reverso")) if line.reversal else say(msg("Pago"))
        told = [explain(one, locale, home=remittance.currency) for one in line.lines]
        commission = sum((one.commission for one in told), Money.zero(remittance.currency))
        tax = sum((one.tax for one in told), Money.zero(remittance.currency))
        reached = line.amount if line.direction != "to_client" else Money.zero(remittance.currency)
        rows.append([
            line.number, line.on, line.debtor, line.case_number, say(_DIRECTIONS[line.direction]), kind,
            line.amount.amount, "; ".join(one.rule for one in told), "; ".join(one.version for one in told),
            "; ".join(one.arithmetic for one in told), commission.amount, tax.amount,
            (reached - commission - tax).amount,
        ])  # fmt: skip
    return rows


def csv_file(work: Work, remittance: Remittance) -> bytes:
    """The lines as CSV: UTF-8 with a mark, semicolons, cells that no program takes for formulas."""
    locale = client_by_id(work, remittance.client_id).locale
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([translations(locale).gettext(word) for word in _HEADINGS])
    for row in _table(work, remittance, locale):
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def xlsx_file(work: Work, remittance: Remittance) -> bytes:
    """The lines as a workbook; text cells are written as text, never as formulas."""
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
    for number, row in enumerate(_table(work, remittance, locale), 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif column == 1:
                sheet.write_datetime(number, column, datetime.combine(cell, datetime.min.time()), day)  # type: ignore[arg-type]
            else:
                sheet.write_number(number, column, float(cell), amount)  # type: ignore[arg-type]
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 12, 16)
    book.close()
    return out.getvalue()
