"""What is done to a placement: received, its columns chosen, previewed, confirmed; `commit` is the job's part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.files import keep_stream, sha256_of
from recobro.intake import declared, lifecycle, maps
from recobro.intake.checks.rows import Plan
from recobro.intake.columns import mapping, normalise
from recobro.intake.columns.mapping import Choice
from recobro.intake.columns.normalise import tax_id_norm
from recobro.intake.columns.profiles import ColumnProfile, profile
from recobro.intake.columns.verdicts import Readings, mapped, own, read_columns
from recobro.intake.files import document_rows, invoice_rows, reading
from recobro.intake.files.reading import Layout
from recobro.intake.kinds.financial import FINANCIAL
from recobro.intake.kinds.kind import FileKind, done_by
from recobro.intake.kinds.placement import NO_NUMBER, PLACEMENT
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.sheet import NUMBERLESS
from recobro.intake.staged import accepting, deciding, remembering, substitutions
from recobro.intake.statements import statement_of
from recobro.intake.tables import Placement
from tenants.service import client_by_id, next_number
from tenants.tables import Client
from tenants.work import Work

# Formats whose columns are always the same, and their fields.
_FIXED = {invoice_rows.KIND: invoice_rows.FIELDS, document_rows.KIND: document_rows.FIELDS}

MOST_WHY = 300
_ROW_BY_ROW = (accepting.OPTION, deciding.OPTION, substitutions.OPTION)


class ReadingOpen(Invalid):
    """A column can be read in two ways, and nobody has chosen."""

    code = "intake.reading_open"


class TotalsDiffer(Invalid):
    """The file does not come to what the client declares, and nobody says why it is confirmed all the same."""

    code = "intake.totals_differ"


class AlreadyPlaced(Conflict):
    """The same file, read the same way, was committed before."""

    code = "intake.already_placed"


@dataclass(frozen=True)
class Received:
    """The placement of a file; `earlier` when the same file was committed before (then it is that placement),
    `draft` when it is already here and not confirmed yet."""

    placement_id: UUID
    earlier: bool = False
    draft: bool = False


def open_placement(work: Work, placement_id: UUID) -> Placement:
    """One placement of the principal's; missing and foreign are the same."""
    found = work.session.scalar(
        select(Placement).where(Placement.agency_id == work.agency_id, Placement.id == placement_id)
    )
    if found is None:
        raise NotFound(msg("Esa carga no existe o no es tuya."))
    return found


def receive(
    work: Work,
    *,
    client_id: UUID,
    name: str,
    file: BinaryIO,
    kind: str = "placement",
    source: str = "page",
    again: bool = False,
) -> Received:
    """Take a file in: how it is read and what its columns may be is guessed and kept; nothing becomes a debt yet. The
    file is read in blocks from its start.

    The same bytes of the same kind again lead to the placement they made, unless `again` asks for another reading of
    them. Payment complements and credit notes alone are movements, whatever they are sent as.
    """
    client = client_by_id(work, client_id)
    work.take_long()
    sha256 = sha256_of(file)
    # The same file sent twice at once (a double click) waits here, and then meets the first one's placement.
    work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:file, 8))"), {"file": f"{client_id} {kind} {sha256}"}
    )
    if known := _known(work, client_id, kind, sha256, again=again):
        return known
    layout = detected(kind, file, name)
    if kind == PLACEMENT.name and invoice_rows.only_settles(layout):
        kind = FINANCIAL.name
        if known := _known(work, client_id, kind, sha256, again=again):
            return known
    laid, guesses, count = understand(work, client_id, kind, file, layout)
    kept = keep_stream(work, name=_safe_name(name), media_type="application/octet-stream", source=file,
                       client_id=client_id, visibility="client")  # fmt: skip
    today = work.today(ZoneInfo(client.time_zone))
    placement = Placement(
        agency_id=work.agency_id, client_id=client_id, id=new_id(),
        number=f"P-{today.year}-{next_number(work, f'placements-{today.year}'):04d}", kind=kind, source=source,
        file_id=kept.id,
        file_name=kept.name, sha256=sha256, as_of=today, row_count=count, created_at=work.now(),
        created_by=work.principal.name, state=State.UPLOADED.value,
        layout=laid, mapping=guesses,
        fingerprint=f"draft:{new_id()}",
    )  # fmt: skip
    work.add(placement)
    work.flush()
    work.audit("placement.received", placement_id=placement.id, client_id=client_id, sha256=sha256, rows=count)
    remembering.remember(work, placement)
    return Received(placement.id)


def _known(work: Work, client_id: UUID, kind: str, sha256: str, *, again: bool) -> Received | None:
    """The placement that the same bytes made, or are about to make."""
    same = _same_file(work, client_id, kind, sha256)
    done = next((one for one in same if one.state in (State.COMMITTED, State.COMMITTING)), None)
    if done is not None and not again:
        return Received(done.id, earlier=True)
    draft = next((one for one in same if one.state in OPEN), None)
    return Received(draft.id, draft=True) if draft is not None else None


def understand(
    work: Work, client_id: UUID, kind: str, file: BinaryIO, layout: Layout
) -> tuple[dict[str, Any], list[dict[str, str]], int]:
    """What is kept of a file that is read so: its layout with what the columns look like, the guessed fields, and how
    many rows it has. FileRefused when it has none."""
    work.take_long()
    profiles, count = _profiled(file, layout)
    if not count:
        raise reading.FileRefused(msg("El archivo tiene encabezados pero ninguna fila."))
    if layout.kind in _FIXED:
        laid = {**layout.as_json(), "profiles": [one.as_json() for one in profiles]}
        return laid, mapping.as_json(mapping.fixed(_FIXED[layout.kind])), count
    guesses, remembered = _guessed(work, client_id, kind, layout, profiles)
    if kind == PLACEMENT.name and NUMBERLESS not in layout.columns and mapping.numberless(guesses):
        layout, profiles = reading.numberless(layout), [*profiles, ColumnProfile.empty()]
        guesses, remembered = _guessed(work, client_id, kind, layout, profiles)
    laid = {**layout.as_json(), "profiles": [one.as_json() for one in profiles], "remembered": remembered}
    return laid, mapping.as_json(guesses), count


def _guessed(
    work: Work, client_id: UUID, kind: str, layout: Layout, profiles: Sequence[ColumnProfile]
) -> tuple[list[Choice], dict[str, str]]:
    """What the columns may be, and how those of amounts and days were read in this client's last file like it."""
    fields, remembered = _memory(work, client_id, kind, layout)
    alike = maps.alike(work, client_id, kind) if not fields else {}
    return mapping.guess(layout.columns, profiles, fields, kind=kind, lower=layout.lower, alike=alike), remembered


def detected(kind: str, file: BinaryIO, name: str) -> Layout:
    """How a file of a kind is to be read. FileRefused says what is wrong with it."""
    return document_rows.detect(file, name) if kind == document_rows.KIND else reading.detect(file, name)


def _profiled(file: BinaryIO, layout: Layout) -> tuple[list[ColumnProfile], int]:
    """The profile of each column and the number of rows. Documents have no columns to be guessed."""
    if layout.kind in _FIXED:
        return [ColumnProfile.empty() for _ in layout.columns], sum(layout.documents.values())
    return profile(reading.rows(file, layout), len(layout.columns))


def _same_file(work: Work, client_id: UUID, kind: str, sha256: str) -> list[Placement]:
    found = work.session.scalars(
        select(Placement)
        .where(
            Placement.agency_id == work.agency_id,
            Placement.client_id == client_id,
            Placement.kind == kind,
            Placement.sha256 == sha256,
            Placement.state.not_in((State.UNDONE.value, State.DISCARDED.value)),
        )
        .order_by(Placement.created_at)
    )
    return list(found)


def _safe_name(name: str) -> str:
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    return plain[-120:] or "archivo"


def _memory(work: Work, client_id: UUID, kind: str, layout: Layout) -> tuple[dict[str, str], dict[str, str]]:
    """What this client's last confirmed placement with these very headings used: fields by heading, and how its columns
    of amounts and days were read, by index."""
    last = maps.last_with(work, client_id, kind, layout.columns)
    choices = maps.choices_in(work, last) if last is not None else None
    if last is None or choices is None:
        return {}, {}
    blank = maps.unsaid(last, choices)
    pairs = zip(layout.columns, choices, strict=True)
    fields = {column: one.field for column, one in pairs if column not in blank}
    readings = readings_of(last, client_by_id(work, client_id)).columns
    return fields, {str(one.index): one.choice for one in readings}


def layout_of(placement: Placement) -> Layout:
    """How a placement's file is read."""
    return Layout.from_json(placement.layout)


def profiles_of(placement: Placement) -> list[ColumnProfile]:
    """What the values of its columns look like."""
    return [ColumnProfile.from_json(one) for one in placement.layout["profiles"]]


def choices_of(placement: Placement) -> list[Choice]:
    """Which column is which field."""
    return mapping.from_json(placement.mapping)


def readings_of(placement: Placement, client: Client) -> Readings:
    """How its amount and day columns are read, and what is open."""
    return read_columns(
        choices_of(placement), profiles_of(placement), placement.readings, country=client.country,
        remembered=placement.layout.get("remembered"),
    )  # fmt: skip


def choose(
    work: Work,
    placement_id: UUID,
    *,
    fields: Mapping[int, str] | None = None,
    readings: Mapping[int, str] | None = None,
    as_of: date | None = None,
    unpaid: bool | Sequence[int] | None = None,
    theirs: Sequence[str] | None = None,
    excess: bool | None = None,
) -> Placement:
    """A person's changes: column index -> field, column index -> decimal mark or date order, the as-of day, and whether
    invoices that say they were paid at once are unpaid all the same (those of these lines alone, where lines are
    given); `theirs` are the fields that we corrected and of which the file's value is taken; `excess`: of a payment
    or credit above what is owed so much is taken.

    What was previewed before is void.
    """
    placement = open_placement(work, placement_id)
    placement.state = lifecycle.after(placement.state, State.UPLOADED)
    if layout_of(placement).kind not in _FIXED:
        placement.mapping = mapping.as_json(mapping.corrected(choices_of(placement), fields or {}))
    asked = {str(index): choice for index, choice in (readings or {}).items() if choice}
    placement.readings = {**placement.readings, **asked}
    placement.as_of = as_of or placement.as_of
    lines = unpaid if unpaid is None or isinstance(unpaid, bool) else sorted(unpaid)
    for name, said in (("unpaid", lines), ("theirs", theirs), ("excess", excess)):
        if said is not None:
            others = {key: value for key, value in placement.options.items() if key != name}
            placement.options = {**others, name: said if isinstance(said, bool) else list(said)} if said else others
    placement.counts, placement.totals, placement.overdue, placement.first = {}, {}, {}, {}
    placement.done = 0
    work.flush()
    return placement


_NUMBERLESS = msg(
    "Falta decir qué columna es el número de factura. Si el archivo no lo trae, que lo sea la última: «Sin número: "
    "cliente y vencimiento»."
)


def lacking_of(kind: FileKind, layout: Layout, used: Collection[str]) -> list[str]:
    """What the chosen fields lack before rows can be read, as sentences."""
    return [_NUMBERLESS if layout.numberless and one == NO_NUMBER else one for one in kind.missing(used)]


def plan_of(placement: Placement, client: Client) -> Plan:
    """How every row is read; refused while a needed column is missing or a column can be read in two ways."""
    choices, layout = choices_of(placement), layout_of(placement)
    mapping.check_unique(choices)
    mapping.check_asked(choices, layout.columns)
    kind = KINDS[placement.kind]
    lacking = lacking_of(kind, layout, {choice.field for choice in choices})
    if lacking and not (kind.documents and layout.documents):
        raise mapping.MappingRefused(lacking[0])
    readings = readings_of(placement, client)
    if readings.open:
        names = ", ".join(f"«{layout.columns[one.index]}»" for one in readings.open)
        raise ReadingOpen(
            msg("{columns}: los valores se pueden leer de dos maneras. Elige cómo antes de seguir."), columns=names
        )
    return Plan(
        columns=layout.columns, fields=mapped(choices), own=own(choices, layout.columns), marks=readings.marks(),
        orders=readings.orders(), currency=client.currency, country=client.country, time_zone=client.time_zone,
        locale=client.locale, as_of=placement.as_of,
        tax_id=tax_id_norm(client.tax_id), options=placement.options,
    )  # fmt: skip


def fingerprint_of(placement: Placement, client: Client) -> str:
    """What makes a delivery the same again: how its file is read, and for which day where that decides what is open."""
    plan = plan_of(placement, client)
    # A document's file is called by its name; the same file under another name is the same.
    aside = (
        "profiles",
        "first",
        "lower",
        "remembered",
        "mended_before",
        *(("sheet",) if placement.layout["kind"] in _FIXED else ()),
    )
    layout = {name: value for name, value in placement.layout.items() if name not in aside}
    return mapping.fingerprint(
        layout,
        choices_of(placement),
        kind=placement.kind,
        # Which of its doubtful rows are taken, or what holds of those in conflict, makes it no other delivery.
        options={name: value for name, value in placement.options.items() if name not in _ROW_BY_ROW},
        marks=plan.marks,
        orders=plan.orders,
        as_of=placement.as_of if "settled_on" in plan.fields else None,
    )


def twin_of(work: Work, placement: Placement, client: Client) -> Placement | None:
    """The placement that already did what this one would."""
    wanted = fingerprint_of(placement, client)
    others = [
        one for one in _same_file(work, placement.client_id, placement.kind, placement.sha256) if one.id != placement.id
    ]
    found = next((one for one in others if one.fingerprint == wanted), None)
    if found is None and placement.layout["kind"] == invoice_rows.KIND and not done_by(placement.counts):
        return next((one for one in others if one.state == State.COMMITTED), None)
    return found


def confirm(work: Work, placement_id: UUID, *, why: str = "") -> None:
    """Let the previewed placement be done, by a job. The same delivery again is refused with its first number, unless
    it does something now that it could not do then (a payment whose invoice has come). A file that does not come to
    what was declared is refused until it is said `why` it goes in; the acknowledgement says it too."""
    placement = open_placement(work, placement_id)
    client = client_by_id(work, placement.client_id)
    twin = twin_of(work, placement, client)
    if twin is not None and (twin.state != State.COMMITTED or not done_by(placement.counts)):
        raise AlreadyPlaced(msg("Esta carga ya existe: es la {number}. No cambió nada."), number=twin.number)
    if not done_by(placement.counts):
        raise Invalid(msg("Ninguna fila haría un cambio; no hay nada que confirmar."))
    why = normalise.one_line(why)[:MOST_WHY] if declared.agrees(placement) is False else ""
    if declared.agrees(placement) is False and not why:
        raise TotalsDiffer(msg("El archivo no cuadra con lo declarado: di por qué se carga así."))
    placement.state = lifecycle.after(placement.state, State.COMMITTING)
    placement.fingerprint = fingerprint_of(placement, client) + (f":{placement.id}" if twin is not None else "")
    placement.done = 0
    placement.failure = {}
    placement.committed_by = work.principal.name
    placement.committed_by_kind = work.principal.kind.value
    statement = statement_of(placement.kind)
    placement.confirmed = {
        "statement": statement, "client": client.legal_name or client.name, "by": work.principal.name,
        "at": work.now().isoformat(), **({"why": why} if why else {}),
    }  # fmt: skip
    if why:
        work.audit("placement.declared_overruled", placement_id=placement.id, number=placement.number, reason=why)
    work.flush()
    work.audit("placement.confirmed", placement_id=placement.id, number=placement.number, statement=statement)
    work.outbox.add("intake.commit", placement_id=placement.id)
