"""The list of cases: views, filters, columns, what a person keeps of them; its export; search."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases import flags, queries, saved, selections
from recobro.cases.blueprint import bp, collectors
from recobro.cases.lifecycle import STAGE_LABELS, Stage
from recobro.cases.render import as_csv, cases_and_sums, row_words
from recobro.web import formats
from recobro.web.jinja import locale, money
from recobro.web.lists import Chip, Column, Head, Pager, Tab, chips, heads, url_with
from recobro.web.pages import flash, go_to, render
from recobro.web.readings import asked_days
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

# What each column is called in the cookie that keeps which are shown; the debtor always is.
COLUMNS: Mapping[str, Column] = {
    "debtor": Column(msg("Deudor"), "debtor", fixed=True),
    "client": Column(msg("Cliente")),
    "balance": Column(msg("Saldo"), "balance", num=True),
    "late": Column(msg("Atraso"), "late", num=True),
    "stage": Column(msg("Etapa")),
    "next": Column(msg("Próxima acción")),
    "collector": Column(msg("Gestor")),
    "contact": Column(msg("Último contacto")),
}
COLUMNS_COOKIE = "case_columns"
VIEWS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "": (msg("Todos"), {}),
    "waiting": (msg("En cola"), {"waiting": True}),
    "unassigned": (msg("Sin asignar"), {"assigned": "none"}),
    "broken": (msg("Promesas y convenios rotos"), {"broken": True}),
    "unreachable": (msg("Sin datos de contacto"), {"unreachable": True}),
    "late90": (msg("+90 días de atraso"), {"late_from": 90}),
    "legal": (msg("Jurídico"), {"stage": Stage.LEGAL.value}),
    "closed": (msg("Cerrados"), {"stage": Stage.CLOSED.value}),
}
# What of an address is a place in the list, not part of what it shows.
_PLACE = ("after", "from", "saved")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class CasesPage:
    """A list of cases: its views, filters, heads, rows and sums, and what may be done with chosen ones."""

    tabs: list[Tab]
    chips: list[Chip]
    heads: list[Head]
    columns: frozenset[str]
    column_choices: list[tuple[str, str, bool]]
    rows: list[dict[str, Any]]
    pager: Pager
    summary: str
    sums: str
    csv_url: str
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    kept: dict[str, str]
    empty_text: str
    flag_labels: Mapping[str, str]
    collectors: list[tuple[str, str]]
    can: Mapping[str, bool]
    total: int
    query: str
    saved_id: str
    home: str


def list_args(args: Mapping[str, str]) -> dict[str, str]:
    """What of an address says which cases a list shows, and in which order."""
    return {name: value for name, value in args.items() if value and name not in _PLACE}


def filter_of(args: Mapping[str, str]) -> queries.CaseFilter:
    """The filter that an address asks for: its view and what narrows it."""
    view = VIEWS.get(args.get("view", ""), VIEWS[""])[1]
    assigned = args.get("assigned", "")
    try:
        asked: dict[str, Any] = {
            "text": args.get("q", ""),
            "client": UUID(args["client"]) if args.get("client") else None,
            "stage": Stage(args["stage"]).value if args.get("stage") else "",
            "late_from": asked_days(args.get("late")),
            "assigned": assigned if assigned in ("", "none") else str(UUID(assigned)),
            "flag": args.get("flag", ""),
        }
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    merged = {**view, **{name: value for name, value in asked.items() if value not in ("", None)}}
    return queries.CaseFilter(sort=args.get("sort", "-balance"), after=args.get("after", ""), **merged)


@bp.get("/cases")
@needs(Permission.SEE_CASES)
def list_cases() -> ResponseReturnValue:
    """Every case of the agency, by view, filter and order; all of it in the address."""
    args = {name: value for name, value in request.args.items() if value}
    wanted = filter_of(args)
    page = queries.list_cases(g.work, wanted)
    path = url_for("cases.list_cases")
    clients = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    ).all()
    people = collectors()
    sums = queries.sums(g.work, wanted)
    first = int(args.get("from", "1")) if args.get("from", "1").isdecimal() else 1
    shown = _columns()
    return render(
        "pages/cases/list.html",
        CasesPage(
            tabs=_tabs(path, args),
            chips=chips(path, args, _words(args, wanted, clients, people)),
            heads=heads([_spelled(COLUMNS[name]) for name in COLUMNS if name in shown], path, args, "-balance"),
            columns=shown,
            column_choices=[(name, spell(c.label), name in shown) for name, c in COLUMNS.items() if not c.fixed],
            rows=[row_words(row) for row in page.rows],
            pager=Pager(
                first if page.rows else 0,
                first + len(page.rows) - 1 if page.rows else 0,
                page.total,
                previous_url=url_with(path, args, after=None, **{"from": None}) if wanted.after else "",
                next_url=url_with(path, args, after=page.next_cursor, **{"from": str(first + len(page.rows))})
                if page.next_cursor
                else "",
            ),
            summary=cases_and_sums(page.total, sums),
            sums=" · ".join(money(amount) for amount in sums),
            csv_url=url_with(url_for("cases.export_cases"), args, after=None) if _may(Permission.EXPORT) else "",
            filter_fields=_fields(args, clients, people),
            kept={name: value for name, value in args.items() if name in ("view", "sort")},
            empty_text=spell(msg("Ningún caso coincide con estos filtros. Quita alguno o cambia de vista.")),
            flag_labels={kind: spell(label) for kind, label in flags.LABELS.items()},
            collectors=people,
            can={
                "assign": _may(Permission.ASSIGN_CASES),
                "hold": _may(Permission.HOLD_CASES),
                "export": _may(Permission.EXPORT),
            },
            total=page.total if page.total is not None and page.total <= selections.LIMIT else 0,
            query=url_with("", list_args(args)).lstrip("?"),
            saved_id=args.get("saved", ""),
            home=formats.signed_currency(locale(), g.get("home_currency")),
        ),
    )


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


def _spelled(column: Column) -> Column:
    return replace(column, label=spell(column.label))


def _columns() -> frozenset[str]:
    kept = request.cookies.get(COLUMNS_COOKIE)
    if kept is None:
        return frozenset(COLUMNS)
    return frozenset(name for name in COLUMNS if name in kept.split(".") or COLUMNS[name].fixed)


def _words(args: Mapping[str, str], wanted: queries.CaseFilter, clients: Any, people: Any) -> dict[str, Any]:
    return {
        "q": (spell(msg("Contiene")), args.get("q", "")),
        "client": (spell(msg("Cliente")), next((n for i, n in clients if str(i) == args.get("client")), "")),
        "stage": (spell(msg("Etapa")), spell(STAGE_LABELS[Stage(wanted.stage)]) if args.get("stage") else ""),
        "late": (spell(msg("Días de atraso")), f"≥ {args.get('late', '')}"),
        "assigned": (spell(msg("Gestor")), next((n for i, n in people if i == args.get("assigned")), "—")),
        "flag": (spell(msg("Marca")), spell(flags.LABELS.get(args.get("flag", ""), ""))),
    }


def _fields(args: Mapping[str, str], clients: Any, people: Any) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    return [
        ("client", spell(msg("Cliente")), [(str(i), n) for i, n in clients], args.get("client", "")),
        ("stage", spell(msg("Etapa")), [(s.value, spell(STAGE_LABELS[s])) for s in Stage], args.get("stage", "")),
        ("late", spell(msg("Días de atraso al menos")), [], args.get("late", "")),
        ("assigned", spell(msg("Gestor")), list(people), args.get("assigned", "")),
        ("flag", spell(msg("Marca")), [(k, spell(label)) for k, label in flags.LABELS.items()], args.get("flag", "")),
        ("q", spell(msg("Nombre, RFC o factura")), [], args.get("q", "")),
    ]


def _tabs(path: str, args: Mapping[str, str]) -> list[Tab]:
    current, kept = args.get("view", ""), args.get("saved", "")
    found = []
    for key, (label, extra) in VIEWS.items():
        count = queries.count_cases(g.work, queries.CaseFilter(**extra))
        found.append(Tab(spell(label), url_with(path, {}, view=key), count, key == current and not kept))
    for view in saved.views_of(g.work):
        own = dict(parse_qsl(view.query))
        count = queries.count_cases(g.work, filter_of(own))
        found.append(Tab(view.name, url_with(path, own, saved=str(view.id)), count, str(view.id) == kept))
    return found


@bp.post("/cases/columns")
@needs(Permission.SEE_CASES)
def choose_columns() -> ResponseReturnValue:
    """Remember which columns the list shows."""
    wanted = [name for name in COLUMNS if name in request.form.getlist("column") or COLUMNS[name].fixed]
    response = current_app.make_response(redirect(_list_url(request.form.get("filter", "")), 303))
    response.set_cookie(
        COLUMNS_COOKIE, ".".join(wanted), max_age=_YEAR, samesite="Lax", httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return response


def _list_url(query: str, **more: str) -> str:
    return url_with(url_for("cases.list_cases"), list_args(dict(parse_qsl(query))), **more)


@bp.post("/cases/views")
@needs(Permission.SEE_CASES)
def keep_view() -> ResponseReturnValue:
    """Keep the list's filters under a name."""
    args = list_args(dict(parse_qsl(request.form.get("filter", ""))))
    filter_of(args)
    query = url_with("", args).lstrip("?")
    view_id = saved.keep(g.work, name=request.form.get("name", ""), query=query)
    flash(msg("Vista guardada."))
    return redirect(_list_url(query, saved=str(view_id)), 303)


@bp.post("/cases/views/<uuid:view_id>/delete")
@needs(Permission.SEE_CASES)
def forget_view(view_id: UUID) -> ResponseReturnValue:
    """Remove a view of one's own; the cases stay."""
    saved.forget(g.work, view_id)
    return go_to("cases.list_cases", say=msg("Vista borrada."))


@bp.get("/cases.csv")
@needs(Permission.EXPORT)
def export_cases() -> ResponseReturnValue:
    """Exactly the filtered cases as CSV."""
    wanted = filter_of(request.args)

    def rows() -> Iterator[queries.CaseRow]:
        after = ""
        while True:
            page = queries.list_cases(g.work, replace(wanted, after=after), size=500)
            yield from page.rows
            if not page.next_cursor:
                return
            after = page.next_cursor

    response = as_csv(rows())
    g.work.audit("cases.exported")
    return response


@bp.get("/search")
@needs(Permission.SEE_CASES)
def search() -> ResponseReturnValue:
    """The palette's answer: the first cases that some words mean."""
    text = request.args.get("q", "").strip()
    rows: list[dict[str, Any]] = []
    if len(text) >= 2:
        page = queries.list_cases(g.work, queries.CaseFilter(text=text), size=8)
        rows = [row_words(row) for row in page.rows]
    return render("pages/cases/search.html", {"rows": rows, "text": text})
