"""A compliance report as CSV, workbook and PDF: the same figures as the page, each part with its total."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from kernel.text import msg
from recobro.decisions.figures import Report, Tally
from recobro.decisions.words import MOMENTS
from recobro.documents import render_document
from recobro.notices.words import CHANNELS, VERDICTS
from recobro.web import formats
from recobro.web.charts import Column, axis_values, highest_of, stacked_bars
from recobro.web.exports import csv_text
from recobro.web.translations import translations
from tenants.service import agency_of
from tenants.work import Work

Say = Callable[[str], str]


@dataclass(frozen=True)
class Part:
    """One table of the report: its title, heads, rows, and the row that adds them up (empty where nothing adds up)."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    total: Sequence[object] = ()


TALLY_HEADS = (
    msg("Preguntas"), msg("Se permitió"), msg("Tuvo que esperar"), msg("No se permitió"), msg("Espera media"),
    msg("Espera más larga"),
)  # fmt: skip
RULE_HEADS = (
    msg("Regla"), msg("Id"), msg("Hizo esperar"), msg("Lo impidió"), msg("Apartada"),
)  # fmt: skip
ATTEMPT_HEADS = (
    msg("Canal"), msg("Con permiso"), msg("Contados"), msg("Anulados"), msg("Sin cuadrar"),
    msg("Anotados sin preguntar"), msg("Con conversación"),
)  # fmt: skip
OVERRIDE_HEADS = (msg("Cuándo"), msg("Quién"), msg("Motivo"), msg("Reglas"), msg("Caso"), msg("Cliente"), msg("Canal"))
COMPLAINT_HEADS = (msg("Llegaron"), msg("Siguen abiertas"), msg("Vencidas"))


def parts(found: Report, locale: str, zone: ZoneInfo, titles: Mapping[str, str]) -> list[Part]:
    """Every table of the report in a language; `titles` are the rules' titles by id."""
    say = translations(locale).gettext
    return [
        _tallies(say, msg("Por semana"), msg("Semana del"), found.shown_weeks, found.total),
        _tallies(say, msg("Por momento"), msg("Momento"), _worded(say, found.moments, MOMENTS), found.total),
        _tallies(say, msg("Por canal"), msg("Canal"), _worded(say, found.channels, CHANNELS), found.total),
        _tallies(
            say, msg("Por cliente"), msg("Cliente"),
            [(found.names.get(client, "—"), tally) for client, tally in found.clients.items()], found.total,
        ),
        _rules(say, found, titles),
        _overridings(say, found, zone, titles),
        _attempts(say, found),
        Part(
            say(msg("Quejas")), [say(head) for head in COMPLAINT_HEADS],
            [[found.complaints.opened, found.complaints.still_open, found.complaints.overdue]],
        ),
    ]  # fmt: skip


def _worded(say: Say, tallies: Mapping[str, Tally], words: Mapping[str, str]) -> list[tuple[str, Tally]]:
    return [(say(words[code]) if code in words else code, tally) for code, tally in tallies.items()]


def _tallies(say: Say, title: str, what: str, rows: Sequence[tuple[object, Tally]], total: Tally) -> Part:
    return Part(
        say(title),
        [say(head) for head in (what, *TALLY_HEADS)],
        [[label, *cells(tally)] for label, tally in rows],
        [say(msg("Total")), *cells(total)],
    )


def cells(tally: Tally) -> list[object]:
    """A tally's figures in the order of TALLY_HEADS."""
    return [tally.asked, tally.allowed, tally.delayed, tally.denied, tally.average, tally.longest]


def _rules(say: Say, found: Report, titles: Mapping[str, str]) -> Part:
    rows = [[say(titles.get(r.rule, r.rule)), r.rule, r.delayed, r.denied, r.overridden] for r in found.rules]
    return Part(say(msg("Por regla")), [say(head) for head in RULE_HEADS], rows)


def _overridings(say: Say, found: Report, zone: ZoneInfo, titles: Mapping[str, str]) -> Part:
    rows = [
        [o.at.astimezone(zone).replace(tzinfo=None), o.by, o.reason,
         ", ".join(say(titles.get(rule, rule)) for rule in o.rules), o.case_number, o.client,
         say(CHANNELS.get(o.channel, o.channel))]
        for o in found.overridings
    ]  # fmt: skip
    return Part(say(msg("Políticas apartadas")), [say(head) for head in OVERRIDE_HEADS], rows)


def _attempts(say: Say, found: Report) -> Part:
    rows = [
        [say(CHANNELS.get(a.channel, a.channel)), a.permitted, a.counted, a.voided, a.missing, a.unasked,
         a.conversations]
        for a in found.attempts
    ]  # fmt: skip
    sums = [sum(int(str(row[column])) for row in rows) for column in range(1, len(ATTEMPT_HEADS))]
    title = say(msg("Intentos contados y permitidos"))
    return Part(title, [say(head) for head in ATTEMPT_HEADS], rows, [say(msg("Total")), *sums])


def span(value: timedelta) -> str:
    """A wait in words: `2 d 4 h`, `3 h 05 min`; a dash for none."""
    if not value:
        return "—"
    if value.days:
        hours = round(value.seconds / 3600)
        return f"{value.days}\u00a0d" + (f"\u00a0{hours}\u00a0h" if hours else "")
    return formats.duration(timedelta(minutes=round(value.total_seconds() / 60)))


def csv_file(found: Report, locale: str, zone: ZoneInfo, titles: Mapping[str, str]) -> bytes:
    """Every part one under the other; waits in minutes."""
    rows: list[Sequence[object]] = []
    for part in parts(found, locale, zone, titles):
        rows += [[part.title], part.heads, *part.rows, *([part.total] if part.total else []), []]
    head = [_title(found, locale)]
    return csv_text(locale, head, ([_written(cell) for cell in row] for row in rows)).encode()


def _written(cell: object) -> object:
    if isinstance(cell, timedelta):
        return round(cell.total_seconds() / 60)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    return cell.isoformat() if isinstance(cell, date) else cell


def _title(found: Report, locale: str) -> str:
    say = translations(locale).gettext
    client = found.names.get(found.period.client, "") if found.period.client else say(msg("Todos los clientes"))
    days = formats.day_range(found.period.first, found.period.last, locale)
    return " · ".join([say(msg("Informe de cumplimiento")), days, client])


def xlsx_file(found: Report, locale: str, zone: ZoneInfo, titles: Mapping[str, str]) -> bytes:
    """A sheet for each part; text cells are written as text, never as formulas; waits in hours."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": _title(found, locale)})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        date: book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        timedelta: book.add_format({"num_format": "[h]:mm"}),
    }
    for part in parts(found, locale, zone, titles):
        _sheet(book, part, styles)
    book.close()
    return out.getvalue()


def _sheet(book: Any, part: Part, styles: Mapping[Any, Any]) -> None:
    sheet = book.add_worksheet(part.title[:31])
    for column, head in enumerate(part.heads):
        sheet.write_string(0, column, head, styles["head"])
    for number, row in enumerate([*part.rows, *([part.total] if part.total else [])], 1):
        for column, cell in enumerate(row):
            if isinstance(cell, timedelta):
                sheet.write_number(number, column, cell / timedelta(days=1), styles[timedelta])
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, cell, styles[type(cell)])
            elif isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, str(cell))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(part.heads), 16)


def columns(found: Report, name_of: Callable[[date], str], url_of: Callable[[date], str], say: Say) -> list[Column]:
    """The weeks as stacked columns: allowed, delayed, denied."""
    words = [say(VERDICTS[code]) for code in ("allow", "wait", "deny")]
    made = []
    for begins, tally in found.shown_weeks:
        values = (tally.allowed, tally.delayed, tally.denied)
        told = ", ".join(f"{word}: {value}" for word, value in zip(words, values, strict=True))
        made.append(Column(name_of(begins), values, f"{name_of(begins)}: {told}", url_of(begins)))
    return made


def axis(made: Sequence[Column], locale: str) -> list[str]:
    """The names of the lines of a chart of these columns."""
    return [formats.number(value, locale) for value in axis_values(highest_of(made))]


def pdf(work: Work, found: Report, locale: str, titles: Mapping[str, str]) -> bytes:
    """The report as a document with the agency's letterhead."""
    agency = agency_of(work)
    zone, say = ZoneInfo(agency.time_zone), translations(locale).gettext
    made = columns(found, lambda begins: formats.day(begins, locale, "short"), lambda _: "", say)
    tables = [
        (part.title, part.heads, [[_shown(cell, locale) for cell in row] for row in part.rows],
         [_shown(cell, locale) for cell in part.total], [_is_figure(cell) for cell in (part.rows or [[]])[0]])
        for part in parts(found, locale, zone, titles)
    ]  # fmt: skip
    return render_document(
        "documents/compliance.html",
        agency=agency,
        client=None,
        title=say(msg("Informe de cumplimiento")),
        locale=locale,
        zone=zone,
        subtitle=_title(found, locale).partition(" · ")[2],
        made_at=work.now(),
        total=found.total,
        overridden=found.overridden,
        average=span(found.total.average),
        longest=span(found.total.longest),
        shares={name: _share(found.total, name, locale) for name in ("allowed", "delayed", "denied")},
        legend=[say(label) for label in VERDICTS.values()],
        chart=stacked_bars(made, axis=axis(made, locale), summary=say(msg("Decisiones por semana")), verdicts=True),
        tables=tables,
        number=lambda value: formats.number(value, locale),
    )


def _share(total: Tally, name: str, locale: str) -> str:
    return formats.pct(Decimal(getattr(total, name)) / total.asked, locale) if total.asked else "—"


def _is_figure(cell: object) -> bool:
    return isinstance(cell, int | timedelta)


def _shown(cell: object, locale: str) -> str:
    if isinstance(cell, timedelta):
        return span(cell)
    if isinstance(cell, datetime):
        return f"{formats.day(cell.date(), locale)} {cell:%H:%M}"
    if isinstance(cell, date):
        return formats.day(cell, locale)
    return formats.number(cell, locale) if isinstance(cell, int) else str(cell)
