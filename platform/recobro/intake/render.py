"""Placements in words, in the reader's locale: what a column reads, what a file was seen to be, issues as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake import queries, service
from recobro.intake.columns import mapping
from recobro.intake.columns.fields import ASK, FIELDS, FIELDS_OF, OWN, SKIP, Sort
from recobro.intake.columns.grammar import Mark, Order
from recobro.intake.columns.mapping import Choice, How
from recobro.intake.columns.profiles import ColumnProfile
from recobro.intake.columns.verdicts import ColumnReading, Readings
from recobro.intake.declared import Compared, compare
from recobro.intake.files import invoice_words
from recobro.intake.issues import WARNINGS
from recobro.intake.kinds.kind import said_of
from recobro.intake.kinds.registry import KINDS
from recobro.intake.sheet import NUMBERLESS, TITLES
from recobro.intake.staged.mending import mends_of
from recobro.intake.tables import Placement
from recobro.web import events
from recobro.web.jinja import money, number
from recobro.web.translations import spell, spell_problem
from tenants.tables import Client

READINGS = {
    Order.DAY_FIRST.value: msg("día/mes/año"),
    Order.MONTH_FIRST.value: msg("mes/día/año"),
    Order.YEAR_FIRST.value: msg("año/mes/día, con el año de dos cifras"),
    Order.SERIAL.value: msg("número de día de la hoja de cálculo"),
    Order.DAY_FIRST_TURNED.value: msg("día/mes/año, con día y mes cambiados en las que Excel tomó por fechas"),
    Order.MONTH_FIRST_TURNED.value: msg("mes/día/año, con día y mes cambiados en las que Excel tomó por fechas"),
    Mark.DOT.value: msg("decimales con «.»"),
    Mark.COMMA.value: msg("decimales con «,»"),
}
_OPEN = msg("Se puede leer de dos maneras: elige una")
_TURNED = msg("Lo que Excel tomó por fechas es todo del 1 al 12: quizá cambió el día por el mes. Elige una lectura")
_HOW = {
    How.MEMORY: msg("como en tu carga anterior"),
    How.ALIKE: msg("como en otra carga tuya con ese encabezado"),
    How.SIMILAR: msg("supuesto: el encabezado se parece"),
    How.TITLE: msg("supuesto: lo dice el título sobre las filas"),
    How.CONTENT: msg("supuesto por el contenido"),
    How.LOWER: msg("supuesto por la segunda línea del encabezado"),
    How.TIE: msg("supuesto por el contenido: otra columna tiene un encabezado igual de bueno"),
    How.PERSON: msg("lo elegiste"),
}
_GUESSED = frozenset({How.SIMILAR, How.TITLE, How.CONTENT, How.LOWER, How.TIE})
_MAY_BE_MADE = msg("si el archivo no trae números: elige «Número de factura» y se forman de quién debe y cuándo vence")
_MADE = msg("se forma de quién debe y cuándo vence; la segunda fila de alguien con el mismo día se muestra y no entra")
_SEPARATORS = {",": msg("comas"), ";": msg("punto y coma"), "\t": msg("tabuladores"), "|": msg("barras")}
_ENCODINGS = {
    "cp1252": "Windows-1252",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "latin-1": "Latin-1",
    "cp850": "DOS (CP850)",
    "mac_roman": "Mac OS Roman",
}
_ISO = msg("año-mes-día")


@dataclass(frozen=True)
class ColumnLine:
    """One column as the mapping page shows it; `options` are readings to choose from while two are possible."""

    index: int
    name: str
    sample: str
    field: str
    tone: str
    reading: str
    options: Sequence[tuple[str, str]]
    chosen: str


def field_options(kind: str) -> list[tuple[str, str]]:
    """What a column of a kind of file may be, in words."""
    fields = [(field.name, spell(field.label)) for field in FIELDS_OF[kind].values()]
    return [(SKIP, spell(msg("No importar"))), *fields, (OWN, spell(msg("Guardar como campo propio")))]


def seen(placement: Placement, readings: Readings) -> str:
    """What the file was seen to be, in one line."""
    layout = service.layout_of(placement)
    words = [placement.file_name]
    if layout.documents:
        told = (spell(sentence, count=number(count), format=written)
                for sentence, count, written in invoice_words.of_documents(layout.documents))  # fmt: skip
        return " · ".join([*words, ", ".join(told)])
    if layout.sheet and layout.members:
        names = ", ".join(f"«{name}»" for name, _ in layout.members)
        words.append(spell(msg("hojas {sheets}, con los mismos encabezados"), sheets=names))
    elif layout.sheet:
        words.append(spell(msg("hoja «{sheet}»"), sheet=layout.sheet))
    words.append(counted((msg("1 fila"), msg("{count} filas")), placement.row_count))
    if layout.separator:
        words.append(spell(msg("{encoding}, separado por {separator}"), encoding=_ENCODINGS[layout.encoding],
                           separator=_separator(layout.separator)))  # fmt: skip
    profiles = service.profiles_of(placement)
    said = {_reading_words(one, profiles[one.index]) for one in readings.columns if one.how != "open"}
    return " · ".join([*words, *sorted(said)])


def _separator(sign: str) -> str:
    return spell(_SEPARATORS[sign]) if sign in _SEPARATORS else f"«{sign}»" if sign.isprintable() else repr(sign)


def _reading_words(one: ColumnReading, profile: ColumnProfile) -> str:
    if FIELDS[one.field].sort is Sort.DAY and one.how == "values" and not profile.order.firm:
        return spell(_ISO)
    return spell(READINGS[one.choice])


@dataclass(frozen=True)
class Laid:
    """How the rows of a file were found: the sheets to choose from, the rows that may be the headings; `unsure` when a
    person should look; what the spreadsheet itself may have spoilt."""

    sheets: list[tuple[str, str]]
    sheet: str
    rows: list[tuple[str, str]]
    header_line: str
    unsure: bool
    warnings: list[str]


def laid(placement: Placement) -> Laid:
    """How the rows of a placement's file were found."""
    layout = service.layout_of(placement)
    rows = [(str(line), spell(msg("Fila {line}: {words}"), line=number(line), words=words))
            for line, words in layout.first]  # fmt: skip
    cut = [name for name, profile in zip(layout.columns, service.profiles_of(placement), strict=True)
           if profile.looks.get("cut")]  # fmt: skip
    return Laid(
        sheets=[(name, name) for name in layout.sheets],
        sheet=layout.sheet,
        rows=[("0", spell(msg("No tiene encabezados"))), *rows] if rows else [],
        header_line=str(layout.header_line),
        unsure=bool(rows) and (layout.header_line == 0 or len(layout.sheets) > 1),
        warnings=[
            spell(
                msg(
                    "«{column}» trae números de 16 cifras o más guardados como número, y la hoja de cálculo pierde las "
                    "últimas. Si es un identificador, guárdalo como texto y sube el archivo de nuevo."
                ),
                column=name,
            )
            for name in cut
        ]
        + [spell(WARNINGS["sheet_unread"], value=name, lines=number(lines)) for name, lines in layout.unread]
        + [spell(WARNINGS["sheet_hidden"], value=name, lines=number(lines)) for name, lines in layout.hidden]
        + ([spell(WARNINGS["rows_hidden"], count=number(layout.hidden_rows))] if layout.hidden_rows else []),
    )


def column_lines(placement: Placement, client: Client) -> list[ColumnLine]:
    """Each column of the file: sample, field, and how it is read."""
    layout, readings = service.layout_of(placement), service.readings_of(placement, client)
    by_index = {one.index: one for one in readings.columns}
    triples = zip(layout.columns, service.choices_of(placement), service.profiles_of(placement), strict=True)
    return [_line(i, *each, by_index.get(i), placement) for i, each in enumerate(triples)]


def _line(
    index: int, name: str, choice: Choice, profile: ColumnProfile, read: ColumnReading | None, placement: Placement
) -> ColumnLine:
    tone, words = "ok", [spell(msg("{count} con valor"), count=number(profile.filled))]
    options: list[tuple[str, str]] = []
    if choice.field == ASK:
        return _asked(index, name, choice, profile)
    if choice.field == SKIP:
        tone = ""
    elif read is not None:
        words = [_reading_words(read, profile), *_valid_words(choice.field, profile.filled - read.misfits, placement)]
        if read.how == "open":
            tone, words = "warn", [spell(_TURNED if _turned(read.others) else _OPEN)]
            options = [
                ("", spell(msg("Elegir…"))),
                *((one, spell(READINGS[one])) for one in (read.choice, *read.others)),
            ]
        elif read.how == "memory":
            tone = "warn"
            words.append(spell(msg("se puede leer de dos maneras; así fue en tu carga anterior")))
            options = [(one, spell(READINGS[one])) for one in (read.choice, *read.others)]
        elif read.how == "person":
            options = [(one, spell(READINGS[one])) for one in _alternatives(read.choice, profile)]
        elif read.how == "file":
            words.append(spell(msg("como las demás columnas")))
        if read.misfits and read.how != "open":
            tone = "warn"
            words.append(counted((msg("1 no se lee así"), msg("{count} no se leen así")), read.misfits))
    elif choice.field == "currency" and (unknown := _unknown(name, placement)):
        tone, known = "warn", max(0, profile.filled - unknown)
        words = [
            counted((msg("1 que conocemos"), msg("{count} que conocemos")), known),
            counted((msg("1 que no"), msg("{count} que no")), unknown),
        ]
    elif valid := _checked_words(choice.field, profile.filled, placement):
        words = [valid]
    if choice.field != SKIP and choice.how in _HOW:
        words.append(spell(_HOW[choice.how]))
        tone = "warn" if choice.how in _GUESSED else tone
    words += _warned(choice.field, placement)
    if choice.field == SKIP and not profile.filled:
        words = [spell(msg("vacía"))]
    if name == NUMBERLESS:
        tone, words = "warn", [spell(_MADE if choice.field == "reference" else _MAY_BE_MADE), *words[1:]]
    if choice.field == SKIP and choice.maybe:
        tone, words = "warn", [spell(msg("también puede ser «{field}»"), field=spell(FIELDS[choice.maybe].label))]
    sample = profile.samples[0] if profile.samples else "—"
    chosen = read.choice if read is not None and read.how == "memory" else placement.readings.get(str(index), "")
    name = spell(name) if name in (*TITLES, NUMBERLESS) else name
    return ColumnLine(index, name, sample, choice.field, tone, " · ".join(words), options, chosen)


def _asked(index: int, name: str, choice: Choice, profile: ColumnProfile) -> ColumnLine:
    """A column that may be a field as well as another: a person says."""
    words = spell(msg("puede ser «{field}», y otra columna también: elige cuál"),
                  field=spell(FIELDS[choice.maybe].label))  # fmt: skip
    return ColumnLine(index, name, profile.samples[0] if profile.samples else "—", ASK, "warn", words, [], "")


# What a preview found in a column, in a few words.
_FOUND = {
    "tax_id_digit": (
        ("tax_id",), (msg("1 con forma o dígito incorrectos"), msg("{count} con forma o dígito incorrectos"))),
    "tax_id_form": (
        ("tax_id",), (msg("1 sin la forma de una identificación"), msg("{count} sin la forma de una identificación"))),
    "tax_id_generic": (("tax_id",), (msg("1 genérica"), msg("{count} genéricas"))),
    "bad_phone": (("phone", "phone_2"), (msg("1 no se puede marcar"), msg("{count} no se pueden marcar"))),
    "bad_email": (("email", "email_2"), (msg("1 no es un correo"), msg("{count} no son correos"))),
    "name_garbled": (("debtor_name",), (msg("1 con letras rotas"), msg("{count} con letras rotas"))),
    "name_odd": (("debtor_name",), (msg("1 no parece un nombre"), msg("{count} no parecen nombres"))),
    "bad_postal": (("postal_code",), (msg("1 sin la forma debida"), msg("{count} sin la forma debida"))),
    "bad_account": (("bank_account",), (msg("1 no es IBAN ni CLABE"), msg("{count} no son IBAN ni CLABE"))),
}  # fmt: skip


# A cell that lacks its usual form is still taken in; these are not counted as valid all the same.
_UNFIT = ("tax_id_digit", "tax_id_form", "bad_phone", "bad_email", "bad_postal", "bad_account",
          "name_garbled", "name_odd")  # fmt: skip


def _valid_words(name: str, valid: int, placement: Placement) -> list[str]:
    """How many cells of a column of days or amounts are read, and what balances of one currency come to."""
    days = FIELDS[name].sort is Sort.DAY
    words = [
        counted(
            (msg("1 fecha válida"), msg("{count} fechas válidas"))
            if days
            else (msg("1 importe válido"), msg("{count} importes válidos")),
            valid,
        )
    ]
    if name == "balance" and len(placement.totals) == 1:
        count, total = amounts(placement.totals)[0]
        # What goes in is what a preview found; cells that are read may be of rows that do not.
        some = (msg("entra 1: {sums}"), msg("entran {count}: {sums}"))
        told = msg("total {sums}") if count == valid else some[0] if count == 1 else some[1]
        words.append(spell(told, sums=money(total), count=number(count)))
    return words


def _checked_words(name: str, filled: int, placement: Placement) -> str:
    """What a preview knows of a column's cells; nothing while rows are refused, for those were not looked at whole."""
    counts = placement.counts
    if not counts or counts["rejected"]:
        return ""
    if name == "reference" and not counts["duplicates"] and not counts["conflicts"]:
        return counted((msg("1 único"), msg("{count} únicos")), filled)
    unfit = {code: names for code, (names, _) in _FOUND.items() if code in _UNFIT and name in names}
    mapped = [choice.field for choice in service.choices_of(placement)]
    for names in unfit.values():
        # Two columns of telephones share one count.
        if sum(1 for field in mapped if field in names) == 1:
            bad = sum(n for kind, found, n in counts["causes"] if kind == "warned" and unfit.get(found) == names)
            return counted((msg("1 válido"), msg("{count} válidos")), max(0, filled - bad))
    return ""


def _unknown(column: str, placement: Placement) -> int:
    """How many rows a preview refused for the currency in a column."""
    return sum(
        mend.rows
        for mend in mends_of(placement.counts)
        if (mend.cause.code, mend.cause.column) == ("bad_currency", column)
    )


def _warned(name: str, placement: Placement) -> list[str]:
    counts = {code: count for kind, code, count in placement.counts.get("causes", []) if kind == "warned"}
    return [counted(words, counts[code]) for code, (names, words) in _FOUND.items() if name in names and code in counts]


def _turned(orders: Sequence[str]) -> bool:
    return any(order.endswith("_turned") for order in orders)


def _alternatives(choice: str, profile: ColumnProfile) -> Sequence[str]:
    if choice in (Mark.DOT.value, Mark.COMMA.value):
        return Mark.DOT.value, Mark.COMMA.value
    if _turned(profile.order.others):
        return profile.order.choice, *profile.order.others
    year_first = (Order.YEAR_FIRST.value,) if any("~" in verdict for verdict in profile.days) else ()
    return Order.DAY_FIRST.value, Order.MONTH_FIRST.value, *year_first


def automatic(placement: Placement) -> str:
    """How many columns found their field by themselves, and by what."""
    choices = service.choices_of(placement)
    found = sum(1 for one in choices if one.field not in (SKIP, ASK) and one.how is not How.PERSON)
    words = spell(msg("{found} de {count} automáticas"), found=number(found), count=number(len(choices)))
    if any(one.how is How.MEMORY for one in choices):
        remembered = spell(msg("usamos el mapa de tu última carga"))
        return f"{words} · {remembered}"
    return words


def counted(words: tuple[str, str], count: int) -> str:
    """A sentence for one, or for several with `{count}`."""
    one, several = words
    return spell(one) if count == 1 else spell(several, count=number(count))


def made(kind: str, counts: Mapping[str, Any]) -> str:
    """What a previewed or committed file makes or changes, in words."""
    words, _, count = said_of(KINDS[kind], counts)
    return counted(words, count)


def act(kind: str, counts: Mapping[str, Any]) -> str:
    """The words of the button that lets it."""
    _, words, count = said_of(KINDS[kind], counts)
    return counted(words, count)


def effects(counts: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What a file does beside new debts, as (count, words)."""
    return [(count, spell(sentence, count="").strip()) for sentence, count in counts.get("effects", [])]


def comparison(placement: Placement) -> list[tuple[Compared, str]]:
    """Declared, file and outcome by currency, each with a sentence; nothing while there is nothing to compare."""
    if not placement.declared or not placement.counts:
        return []
    some_unread = bool(_unread(placement.counts))
    return [(one, _verdict(one, unread=some_unread)) for one in compare(placement)]


# Rows that cannot be summed are not lacking: the file has them.
_FEWER = {
    False: (msg("1 fila de menos"), msg("{count} filas de menos")),
    True: (
        msg("1 fila de menos entre las que se pueden sumar"),
        msg("{count} filas de menos entre las que se pueden sumar"),
    ),
}


def _verdict(one: Compared, *, unread: bool) -> str:
    if one.agrees:
        return spell(msg("Cuadra: el archivo trae lo que dice tu sistema."))
    words = []
    if one.rows_off:
        more = one.rows_off > 0
        words.append(
            counted(
                (msg("1 fila de más"), msg("{count} filas de más")) if more else _FEWER[unread],
                abs(one.rows_off),
            )
        )
    if one.sum_off:
        several = msg("{amount} de más") if one.sum_off.minor > 0 else msg("{amount} de menos")
        words.append(spell(several, amount=Money(abs(one.sum_off.minor), one.currency)))
    return spell(msg("No cuadra: el archivo trae {what}."), what=" · ".join(words))


def unread(placement: Placement) -> str:
    """The rows that are in no sum of the file, in words."""
    counts = placement.counts
    if not counts:
        return ""
    left = _unread(counts)
    words = []
    if left > 0:
        words.append(counted((msg("1 fila no se puede sumar"), msg("{count} filas no se pueden sumar")), left))
    if counts["not_open"]:
        words.append(
            counted(
                (msg("1 no estaba abierta ese día"), msg("{count} no estaban abiertas ese día")), counts["not_open"]
            )
        )
    return " · ".join(words)


def asked(placement: Placement) -> list[tuple[int, str, Money]]:
    """The invoices of which a person may say that they are unpaid: line, number with buyer, amount."""
    return [
        (line, f"{reference} · {buyer}" if buyer else reference, Money(minor, currency))
        for line, reference, buyer, minor, currency in placement.counts.get("asked", [])
    ]


def _unread(counts: Mapping[str, Any]) -> int:
    """How many refused rows have no amount that can be read."""
    return int(counts["rejected"]) - sum(int(one["count"]) for one in counts.get("refused", {}).values())


def lacking(placement: Placement) -> list[str]:
    """What is lacking before rows can become debts."""
    choices, layout = service.choices_of(placement), service.layout_of(placement)
    asked = [{**one, "field": spell(one["field"])} for one in mapping.asked(choices, layout.columns)]
    used = {choice.maybe if choice.field == ASK else choice.field for choice in choices}
    return [
        *(spell(mapping.ASKED, **details) for details in asked),
        *(spell(sentence) for sentence in service.lacking_of(KINDS[placement.kind], layout, used)),
    ]


def sentence(line: queries.Line) -> str:
    """An issue as a person reads it."""
    return events.sentence(line.reason, line.details) if line.details else spell(line.reason)


def amounts(kept: dict[str, dict[str, int]]) -> list[tuple[int, Money]]:
    """Kept totals as (count, sum), by currency."""
    return [(one["count"], Money(one["sum"], currency)) for currency, one in sorted(kept.items())]


def failure(placement: Placement) -> str:
    """Why it failed, or nothing."""
    if not placement.failure:
        return ""
    details: dict[str, Any] = placement.failure["details"]
    return spell_problem(Invalid(placement.failure["template"], **details))
