"""Contact data and corrections of debtors who are here: new data is added, fields change as a diff, and what somebody
here corrected after the client's last word is never overwritten in silence."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kernel.text import msg
from recobro.debtors.facts import keep_facts
from recobro.intake.checks.rows import Plan
from recobro.intake.columns import normalise
from recobro.intake.columns.fields import FIELDS
from recobro.intake.columns.mapping import plain_heading
from recobro.intake.files.reading import Row
from recobro.intake.issues import Issue
from recobro.intake.kinds import correcting, naming
from recobro.intake.kinds.cells import CellRefused, Cells, refusal
from recobro.intake.kinds.kind import FileKind, Outcome, Tick, effects_of, rows_of
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.tables import Client
from tenants.work import Work

# What the client's word changes of a debtor, by the field of the file.
CHANGES: Mapping[str, str] = {
    "name": "debtor_name", "tax_id": "tax_id", "country": "country", "region": "region", "city": "city",
    "locale": "language", "birth_year": "birth_date",
}  # fmt: skip
_BALANCES = ("balance", "original", "paid", "principal", "interest", "cost", "fee")
_RETIRED = frozenset({"baja", "retirar", "quitar", "eliminar", "borrar", "delete", "remove", "retire", "inactive",
                      "inactivo", "no sirve", "b"})  # fmt: skip
_ADDED = frozenset({"", "alta", "agregar", "cambio", "modificar", "add", "new", "update", "change", "active", "activo",
                    "a", "m", "c"})  # fmt: skip
_LANGUAGES = {"es": "es", "spa": "es", "espanol": "es", "castellano": "es", "spanish": "es",
              "en": "en", "eng": "en", "ingles": "en", "english": "en"}  # fmt: skip
_COLUMNS = (
    "line", "customer_ref_norm", "reference_norm", "tax_id_norm", "shown", "name", "name_norm", "tax_id", "country",
    "region", "city", "locale", "birth_year", "contact_name", "due_on", "concept",
)  # fmt: skip
# What a row says of its debtor or debt; and the warnings by which what a cell says is left out.
_SAYS = ("name", "tax_id", "country", "region", "city", "locale", "birth_year", "due_on", "concept")
_UNUSABLE = frozenset({"bad_phone", "bad_email", "bad_language", "bad_birth", "bad_country"})
_PERSONS = ("phone", "phone_2", "email", "email_2", "address")


def _missing(used: Collection[str]) -> list[str]:
    lacking = naming.lacking(used)
    told = {*_PERSONS, "retire_phone", "retire_email", *CHANGES.values(), "birth_year", "due_on", "concept"} & set(used)
    if not lacking and not told - ({"tax_id"} if "customer_ref" not in used and "reference" not in used else set()):
        lacking.append(msg("Falta decir qué columna trae el dato nuevo: teléfono, correo, nombre, ciudad…"))
    return lacking


def _stage(work: Work, placement: Placement, plan: Plan, rows: Iterable[Row], tick: Tick) -> Findings:
    findings = Findings()
    naming.fresh(work, ("intake_told", "intake_points"), correcting.TABLES)
    points: list[tuple[Any, ...]] = []
    naming.copy_in(work, "intake_told", _COLUMNS, _read(plan, rows, findings, points, tick))
    naming.copy_in(work, "intake_points", ("line", "channel", "value", "value_norm", "act"), points)
    _note_balances(plan, placement, findings)
    naming.find(work, placement, plan, findings, "intake_told")
    correcting.compare(work, placement, plan, findings)
    return findings


def _read(
    plan: Plan, rows: Iterable[Row], findings: Findings, points: list[tuple[Any, ...]], tick: Tick
) -> Iterator[Sequence[Any]]:
    cells = Cells(plan)
    for row in rows:
        findings.rows += 1
        if findings.rows % 5_000 == 0:
            tick(findings.rows)
        try:
            told = _told(plan, cells.of(row))
            of_row = list(_points(cells))
            _check_told(cells, told, of_row)
        except CellRefused as error:
            findings.note(refusal(error, row, plan))
            continue
        for code, name in cells.warned:
            findings.note(Issue("warned", code, row.line, plan.column(name), cells.shown(name)))
        points += [(row.line, *point) for point in of_row]
        yield (row.line, *told)


def _check_told(cells: Cells, told: Sequence[Any], points: Sequence[Any]) -> None:
    """Refuse a row of which nothing can be used: that is not one whose data are here already."""
    refused = next((name for code, name in cells.warned if code in _UNUSABLE), "")
    fields = dict(zip(_COLUMNS[1:], told, strict=True))
    names_by_tax_id = not (fields["customer_ref_norm"] or fields["reference_norm"])
    says = [name for name in _SAYS if fields[name] and not (name == "tax_id" and names_by_tax_id)]
    if refused and not says and not points:
        raise CellRefused("told_unusable", refused)


def _told(plan: Plan, cells: Cells) -> tuple[Any, ...]:
    """The row's debtor and the fields it tells, in the order of the table; the cells keep its warnings."""
    customer, reference, tax_id = cells.text("customer_ref", 100), cells.document(), cells.text("tax_id", 100)
    if not (customer or reference or tax_id):
        raise CellRefused("no_name", "")
    country, name = cells.country(), cells.text("debtor_name", 200)
    norm = cells.tax_id(tax_id, country or plan.country)
    return (
        normalise.customer_ref_norm(customer), normalise.reference_norm(reference), norm,
        customer or reference or tax_id, name, normalise.name_norm(name), tax_id[:40] if norm else "", country,
        cells.text("region", 100), cells.text("city", 100), _locale(plan, cells, country), _birth_year(plan, cells),
        cells.text("contact_name", 200), cells.day("due_on"), cells.text("concept", 500),
    )  # fmt: skip


def _locale(plan: Plan, cells: Cells, country: str) -> str:
    word = plain_heading(cells.text("language", 40))
    if not word:
        return ""
    language = _LANGUAGES.get(word) or _LANGUAGES.get(word.split(" ")[0], "")
    if not language:
        cells.warned.append(("bad_language", "language"))
        return ""
    home = (plan.country, plan.time_zone, plan.locale)
    spoken = normalise.place(country or plan.country, "", home)[1]
    return "en" if language == "en" else spoken if spoken.startswith("es") else "es_MX"


def _birth_year(plan: Plan, cells: Cells) -> str:
    day = cells.day_or_warn("birth_date", "bad_birth")
    year = str(day.year) if day else cells.text("birth_year", 10)
    if not year:
        return ""
    if not (year.isdecimal() and len(year) == 4 and 0 <= plan.as_of.year - int(year) <= 120):
        cells.warned.append(("bad_birth", "birth_date" if day else "birth_year"))
        return ""
    return year


def _points(cells: Cells) -> Iterator[tuple[str, str, str, str]]:
    """The contact data of a row: channel, value, normal form, and whether it comes or goes."""
    act = "retire" if _retires(cells) else "add"
    for name in ("phone", "phone_2", "retire_phone"):
        if phone := cells.phone(name):
            yield "phone", phone, phone, "retire" if name == "retire_phone" else act
    for name in ("email", "email_2", "retire_email"):
        if email := cells.email(name):
            yield "email", email, email, "retire" if name == "retire_email" else act
    if address := cells.address():
        yield "postal", address, address.upper(), act


def _retires(cells: Cells) -> bool:
    word = plain_heading(cells.text("movement", 40))
    if word in _RETIRED:
        return True
    if word not in _ADDED:
        cells.warned.append(("bad_movement", "movement"))
    return False


def _note_balances(plan: Plan, placement: Placement, findings: Findings) -> None:
    """Columns of amounts change nothing here: that is what financial files are for."""
    amounts = {heading for name in _BALANCES for heading in FIELDS[name].headings}
    for column in plan.columns:
        if plain_heading(column) in amounts:
            findings.note(Issue("warned", "balance_ignored", placement.layout.get("header_line", 0), column, ""))


def _measure(work: Work, _placement: Placement, findings: Findings) -> Outcome:
    found = correcting.counted(work)
    counts = {
        **rows_of(findings), "created": found["points"], "changed": found["fields"] + found["debts"] + found["retired"],
        "unchanged": found["rows_unchanged"], "debtors": found["debtors"], "ours": correcting.asked(work),
        "effects": effects_of(
            (msg("{count} dato de contacto nuevo"), msg("{count} datos de contacto nuevos"), found["points"]),
            (msg("{count} dato de contacto dado de baja"), msg("{count} datos de contacto dados de baja"),
             found["retired"]),
            (msg("{count} campo de deudor cambia"), msg("{count} campos de deudores cambian"), found["fields"]),
            (msg("{count} dato de adeudo cambia"), msg("{count} datos de adeudos cambian"), found["debts"]),
            (msg("{count} campo que corregimos aquí y el archivo dice distinto"),
             msg("{count} campos que corregimos aquí y el archivo dice distinto"), found["ours"]),
        ),
    }  # fmt: skip
    return Outcome(counts, first=correcting.first(work))


def _apply(work: Work, placement: Placement, _client: Client, _part: int) -> int:
    return correcting.apply(work, placement, keep_facts)


MAINTENANCE = FileKind(
    name="maintenance",
    label=msg("Datos de deudores"),
    hint=msg("Teléfonos, correos, domicilios y correcciones de deudores que ya están."),
    missing=_missing,
    stage=_stage,
    measure=_measure,
    apply=_apply,
    needs=(
        msg("De quién es cada fila: número de cliente, número de factura o identificación fiscal"),
        msg("El dato nuevo o corregido; para dar uno de baja, una columna que diga «baja»"),
    ),
    made=(msg("1 dato"), msg("{count} datos")),
    act=(msg("Aplicar 1 cambio"), msg("Aplicar {count} cambios")),
    none_made=msg("Ninguna fila cambia un dato."),
    caveat=msg("Lo que un gestor o el deudor corrigió después de tu último dato se queda, salvo que digas otra cosa."),
    by_job=True,
)
