"""«Mapas y fuentes»: by which doors a client's files arrive, what came of the last ones, and how they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.intake import maps
from recobro.intake.blueprint import both
from recobro.intake.columns.fields import FIELDS, OWN
from recobro.intake.doors import sources as service
from recobro.intake.doors import watching
from recobro.intake.doors.arrivals import OUTCOMES
from recobro.intake.kinds.registry import KINDS
from recobro.intake.tables import IntakeArrival, IntakeSource, Placement
from recobro.intake.words import sentence
from recobro.web.errors import STATUS
from recobro.web.jinja import locale
from recobro.web.pages import go_to, render
from recobro.web.translations import spell, spell_problem
from recobro.wiring import outside
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Client

# Where programs bring files: `recobro.api` stands above this feature.
API = "/api/v1"
KIND_WORDS: Mapping[str, str] = {"folder": msg("Carpeta vigilada"), "email": msg("Correo")}
TONES: Mapping[str, str] = {"confirmed": "ok", "waiting": "warn", "refused": "neg", "earlier": "", "nothing": ""}


@dataclass(frozen=True)
class Result:
    """What came of a file, as a page shows it."""

    label: str
    tone: str
    why: str
    file: str
    number: str
    url: str


@dataclass(frozen=True)
class SourceRow:
    """One source as the list shows it."""

    source: IntakeSource
    client: str
    kind: str
    where: str
    result: Result | None


@dataclass(frozen=True)
class SourcesPage:
    """The sources and maps one may see."""

    rows: Sequence[SourceRow]
    maps: Sequence[tuple[maps.SavedMap, str, Sequence[tuple[str, str]], str]]
    clients: Sequence[tuple[str, str]]
    client: str
    by_client: bool
    may_manage: bool
    keys_url: str
    by_api: Placement | None
    api_address: str


@both("/sources", Permission.UPLOAD_PLACEMENTS)
def list_sources() -> ResponseReturnValue:
    """Every source with its last use and result, and every saved map."""
    wanted = _client_wanted()
    staff = g.principal.kind is not Kind.CLIENT
    page = SourcesPage(
        rows=[_row(source, name) for source, name in maps.sources(g.work, wanted)],
        maps=[
            (
                one,
                spell(KINDS[one.kind].label) if one.kind in KINDS else one.kind,
                [(heading, _field(field)) for heading, field in one.pairs],
                url_for(".show_placement", placement_id=one.placement_id),
            )
            for one in maps.saved_maps(g.work, wanted)
        ],
        clients=_clients() if staff else [],
        client=str(wanted or ""),
        by_client=staff,
        may_manage=_may_manage(),
        keys_url=url_for("api_keys.list_keys") if _may(Permission.MANAGE_AGENCY) else "",
        by_api=maps.last_by_api(g.work, wanted),
        api_address=f"{API}/placements",
    )
    return render("pages/placements/sources.html", page)


def _client_wanted() -> UUID | None:
    text = request.args.get("client", "")
    try:
        return client_by_id(g.work, UUID(text)).id if text else None
    except ValueError as error:
        raise NotFound(msg("Ese cliente no existe o no es tuyo.")) from error


def _row(source: IntakeSource, client: str) -> SourceRow:
    return SourceRow(source, client, spell(KIND_WORDS[source.kind]), _where(source), _last(source))


def _where(source: IntakeSource) -> str:
    if source.kind == "email":
        return service.address_of(source)
    # Where the drop folder lies on our machine is nobody's business here: the way below it, and for a client's person
    # the way that the SFTP account of the client shows.
    way = watching.segments(g.work, source)
    return "/".join(way) if g.principal.kind is not Kind.CLIENT else f"/{way[-1]}"


def _last(source: IntakeSource) -> Result | None:
    kept = source.last_result
    if not kept:
        return None
    placement_id = UUID(kept["placement_id"]) if kept["placement_id"] else None
    return _result(kept["outcome"], kept["told"], kept["file"], kept["number"], placement_id)


def _result(outcome: str, told: Mapping[str, Any], file: str, number: str, placement_id: UUID | None) -> Result:
    why = sentence(told["template"], told["details"], locale()) if told else ""
    url = url_for(".show_placement", placement_id=placement_id) if placement_id else ""
    return Result(spell(OUTCOMES[outcome]), TONES[outcome], why, file, number, url)


def _field(name: str) -> str:
    return spell(msg("Campo propio")) if name == OWN else spell(FIELDS[name].label) if name in FIELDS else name


def _clients() -> list[tuple[str, str]]:
    found = g.work.session.execute(
        select(Client.id, Client.name)
        .where(Client.agency_id == g.work.agency_id, Client.status == "active")
        .order_by(Client.name)
    )
    return [(str(client_id), name) for client_id, name in found]


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


def _may_manage() -> bool:
    return _may(Permission.MANAGE_SOURCES)


@dataclass(frozen=True)
class SourcePage:
    """One source: where files go, what is done with them, and the last ones."""

    row: SourceRow
    file_kind: str
    files: Sequence[tuple[IntakeArrival, Result]]
    port: int
    local: bool
    may_manage: bool
    sftp: str


@both("/sources/<uuid:source_id>", Permission.UPLOAD_PLACEMENTS)
def show_source(source_id: UUID) -> ResponseReturnValue:
    """How to try a source, and what came by it."""
    source = service.open_source(g.work, source_id)
    settings = outside().settings
    page = SourcePage(
        row=_row(source, client_by_id(g.work, source.client_id).name),
        file_kind=spell(KINDS[source.file_kind].label) if source.file_kind in KINDS else source.file_kind,
        files=[
            (one, _result(one.outcome, one.told, one.file_name, number, one.placement_id))
            for one, number in maps.last_files(g.work, source_id)
        ],
        port=settings.mailbox_port,
        local=settings.mail_domain == "localhost",
        sftp=f"/{source.folder}" if source.kind == "folder" else "",
        may_manage=_may_manage(),
    )
    return render("pages/placements/source.html", page)


@dataclass(frozen=True)
class SourceForm:
    """The form of a source, new or not."""

    source: IntakeSource | None
    kind: str
    kind_word: str
    clients: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    values: Mapping[str, Any]
    error: str
    action: str
    back_url: str


@both("/sources/new", Permission.MANAGE_SOURCES)
def new_source() -> ResponseReturnValue:
    """The form of a new source; `?kind=` says which."""
    values = {"client": request.args.get("client", ""), "name": "", "folder": "", "senders": "",
              "file_kind": "placement", "auto_confirm": False}  # fmt: skip
    return _form(None, _kind(request.args.get("kind", "folder")), values)


@both("/sources/new", Permission.MANAGE_SOURCES, "POST")
def add_source() -> ResponseReturnValue:
    """Make a source and show where files go."""
    kind, values = _kind(request.form.get("kind", "")), _given()
    try:
        client_id = g.principal.client_id or UUID(values["client"])
    except ValueError:
        return _form(None, kind, values, spell(msg("Elige un cliente.")), 422)
    common = {"client_id": client_id, "name": values["name"], "file_kind": values["file_kind"],
              "auto_confirm": values["auto_confirm"]}  # fmt: skip
    try:
        if kind == "folder":
            source_id = service.add_folder(g.work, folder=values["folder"].strip(), **common)
        else:
            source_id = service.add_email(g.work, senders=_senders(values), **common)
    except (Invalid, Conflict) as problem:
        g.failed = True
        return _form(None, kind, values, spell_problem(problem), STATUS[problem.kind])
    return go_to(".show_source", say=msg("La fuente está lista. Prueba con un archivo."), source_id=source_id)


@both("/sources/<uuid:source_id>/edit", Permission.MANAGE_SOURCES)
def edit_source(source_id: UUID) -> ResponseReturnValue:
    """The form of a source there is."""
    source = service.open_source(g.work, source_id)
    values = {"client": str(source.client_id), "name": source.name, "folder": source.folder or "",
              "senders": "\n".join(source.senders), "file_kind": source.file_kind,
              "auto_confirm": source.auto_confirm}  # fmt: skip
    return _form(source, source.kind, values)


@both("/sources/<uuid:source_id>/edit", Permission.MANAGE_SOURCES, "POST")
def change_source(source_id: UUID) -> ResponseReturnValue:
    """Keep what was changed."""
    source, values = service.open_source(g.work, source_id), _given()
    try:
        service.change(
            g.work, source_id, name=values["name"], auto_confirm=values["auto_confirm"], senders=_senders(values),
            file_kind=values["file_kind"],
        )  # fmt: skip
    except (Invalid, Conflict) as problem:
        g.failed = True
        return _form(source, source.kind, values, spell_problem(problem), STATUS[problem.kind])
    return go_to(".show_source", say=msg("La fuente quedó como la pusiste."), source_id=source_id)


@both("/sources/<uuid:source_id>/active", Permission.MANAGE_SOURCES, "POST")
def set_active(source_id: UUID) -> ResponseReturnValue:
    """Let a source take files again, or not any more."""
    active = request.form.get("active") == "y"
    service.set_active(g.work, source_id, active=active)
    say = msg("La fuente recibe archivos otra vez.") if active else msg("La fuente ya no recibe archivos.")
    return go_to(".show_source", say=say, source_id=source_id)


@both("/sources/<uuid:source_id>/look", Permission.UPLOAD_PLACEMENTS, "POST")
def look_now(source_id: UUID) -> ResponseReturnValue:
    """Have a folder looked at without waiting for the next minute."""
    service.ask_look(g.work, source_id)
    return go_to(".show_source", say=msg("Se está mirando la carpeta; actualiza en unos segundos."), kind="info",
                 source_id=source_id)  # fmt: skip


def _kind(text: str) -> str:
    return text if text in KIND_WORDS else "folder"


def _given() -> dict[str, Any]:
    names = ("client", "name", "folder", "senders", "file_kind")
    return {**{name: request.form.get(name, "") for name in names}, "auto_confirm": "auto_confirm" in request.form}


def _senders(values: Mapping[str, Any]) -> list[str]:
    return str(values["senders"]).replace(",", "\n").replace(";", "\n").split("\n")


def _form(
    source: IntakeSource | None, kind: str, values: Mapping[str, Any], error: str = "", status: int = 200
) -> ResponseReturnValue:
    here = url_for(".change_source", source_id=source.id) if source else url_for(".add_source")
    page = SourceForm(
        source=source,
        kind=kind,
        kind_word=spell(KIND_WORDS[kind]),
        clients=_clients() if source is None and g.principal.kind is not Kind.CLIENT else [],
        kinds=[(one.name, spell(one.label)) for one in KINDS.values()],
        values=values,
        error=error,
        action=here,
        back_url=url_for(".show_source", source_id=source.id) if source else url_for(".list_sources"),
    )
    return render("pages/placements/source_form.html", page, status=status)
