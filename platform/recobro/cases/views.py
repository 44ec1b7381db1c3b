"""The list of cases, one case's record, search."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases import flags, queries, service
from recobro.cases.forms import CloseForm, HoldForm, NoteForm
from recobro.cases.lifecycle import CLOSE_LABELS, STAGE_LABELS, CloseCode, Move, Stage
from recobro.web import events
from recobro.web.jinja import clock, money, number
from recobro.web.lists import Chip, Column, Head, Pager, Tab, chips, heads, url_with
from recobro.web.pages import go_to, render
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.tables import Client, Membership

bp = Blueprint("cases", __name__)

COLUMNS = (
    Column(msg("Deudor"), "debtor", fixed=True),
    Column(msg("Cliente")),
    Column(msg("Saldo"), "balance", num=True),
    Column(msg("Atraso"), "late", num=True),
    Column(msg("Etapa")),
    Column(msg("Próxima acción")),
    Column(msg("Gestor")),
    Column(msg("Último contacto")),
)
VIEWS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "": (msg("Todos"), {}),
    "waiting": (msg("En cola"), {"waiting": True}),
    "unassigned": (msg("Sin asignar"), {"assigned": "none"}),
    "broken": (msg("Promesas y convenios rotos"), {"broken": True}),
    "late90": (msg("+90 días de atraso"), {"late_from": 90}),
    "legal": (msg("Jurídico"), {"stage": Stage.LEGAL.value}),
    "closed": (msg("Cerrados"), {"stage": Stage.CLOSED.value}),
}


@dataclass(frozen=True)
class CasesPage:
    """A list of cases: its views, filters, heads, rows and sums."""

    tabs: list[Tab]
    chips: list[Chip]
    heads: list[Head]
    rows: list[dict[str, Any]]
    pager: Pager
    summary: str
    csv_url: str
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    kept: dict[str, str]
    empty_text: str
    flag_labels: Mapping[str, str]


def _filter() -> queries.CaseFilter:
    args = request.args
    view = VIEWS.get(args.get("view", ""), VIEWS[""])[1]
    try:
        asked: dict[str, Any] = {
            "text": args.get("q", ""),
            "client": UUID(args["client"]) if args.get("client") else None,
            "stage": Stage(args["stage"]).value if args.get("stage") else "",
            "late_from": int(args["late"]) if args.get("late") else None,
            "assigned": args.get("assigned", "")
            if args.get("assigned") in ("", "none")
            else str(UUID(args["assigned"]))
            if args.get("assigned")
            else "",
            "flag": args.get("flag", ""),
        }
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    merged = {**view, **{name: value for name, value in asked.items() if value not in ("", None)}}
    return queries.CaseFilter(sort=args.get("sort", "-balance"), after=args.get("after", ""), **merged)


def stage_word(row: queries.CaseRow) -> tuple[str, str]:
    """The tag a list shows for a case: why it waits when it waits, else its stage; with the tone."""
    if row.queue_reason:
        tone = str(row.queue_details.get("tone", "info"))
        return events.sentence(row.queue_reason, row.queue_details), tone
    if row.stage == Stage.CLOSED and row.close_code:
        return spell(CLOSE_LABELS[CloseCode(row.close_code)]), "ok" if row.close_code in ("paid", "settled") else ""
    return spell(STAGE_LABELS[Stage(row.stage)]), tone_of(row.stage)


def _next_action(row: queries.CaseRow) -> tuple[str, Any]:
    if row.queue_reason:
        return spell(msg("Llamar")), None
    return (spell(msg("Aviso")), row.next_step_at) if row.next_step_at else ("", None)


@bp.get("/cases")
@needs(Permission.SEE_CASES)
def list_cases() -> ResponseReturnValue:
    """Every case of the agency, by view, filter and order; all of it in the address."""
    args = {name: value for name, value in request.args.items() if value}
    wanted = _filter()
    page = queries.list_cases(g.work, wanted)
    path = url_for("cases.list_cases")
    clients = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    ).all()
    people = _collectors()
    words = {
        "q": (spell(msg("Contiene")), args.get("q", "")),
        "client": (spell(msg("Cliente")), next((n for i, n in clients if str(i) == args.get("client")), "")),
        "stage": (spell(msg("Etapa")), spell(STAGE_LABELS[Stage(wanted.stage)]) if args.get("stage") else ""),
        "late": (spell(msg("Días de atraso")), f"≥ {args.get('late', '')}"),
        "assigned": (spell(msg("Gestor")), next((n for i, n in people if i == args.get("assigned")), "—")),
        "flag": (spell(msg("Marca")), spell(flags.LABELS.get(args.get("flag", ""), ""))),
    }
    first = int(args.get("from", "1")) if args.get("from", "1").isdigit() else 1
    sums = [events.readable({"minor": s.minor, "currency": s.currency}) for s in queries.sums(g.work, wanted)]
    return render(
        "pages/cases/list.html",
        CasesPage(
            tabs=[_tab(path, key, label, extra, args.get("view", "")) for key, (label, extra) in VIEWS.items()],
            chips=chips(path, args, words),
            heads=heads([_spelled(column) for column in COLUMNS], path, args, "-balance"),
            rows=[_row(row) for row in page.rows],
            pager=Pager(
                first if page.rows else 0,
                first + len(page.rows) - 1 if page.rows else 0,
                page.total,
                previous_url=url_with(path, args, after=None, **{"from": None}) if wanted.after else "",
                next_url=url_with(path, args, after=page.next_cursor, **{"from": str(first + len(page.rows))})
                if page.next_cursor
                else "",
            ),
            summary=_summary(page.total, sums),
            csv_url=url_with(url_for("cases.export_cases"), args, after=None),
            filter_fields=[
                (
                    "client",
                    spell(msg("Cliente")),
                    [("", "—"), *[(str(i), n) for i, n in clients]],
                    args.get("client", ""),
                ),
                (
                    "stage",
                    spell(msg("Etapa")),
                    [("", "—"), *[(s.value, spell(STAGE_LABELS[s])) for s in Stage]],
                    args.get("stage", ""),
                ),
                ("late", spell(msg("Días de atraso al menos")), [], args.get("late", "")),
                ("assigned", spell(msg("Gestor")), [("", "—"), *people], args.get("assigned", "")),
                ("q", spell(msg("Nombre, RFC o factura")), [], args.get("q", "")),
            ],
            kept={name: value for name, value in args.items() if name in ("view", "sort")},
            empty_text=spell(msg("Ningún caso coincide con estos filtros. Quita alguno o cambia de vista.")),
            flag_labels={kind: spell(label) for kind, label in flags.LABELS.items()},
        ),
    )


def _spelled(column: Column) -> Column:
    return Column(spell(column.label), column.sort, column.num, column.fixed)


def _tab(path: str, key: str, label: str, extra: dict[str, Any], current: str) -> Tab:
    count = queries.count_cases(g.work, queries.CaseFilter(**extra))
    return Tab(spell(label), url_with(path, {}, view=key), count, key == current)


def _summary(total: int | None, sums: list[Any]) -> str:
    cases = number(total) if total is not None else spell(msg("más de 10 mil"))
    words = spell(msg("{count} casos"), count=cases)
    return " · ".join([words, *[money(s) for s in sums]])


def _row(row: queries.CaseRow) -> dict[str, Any]:
    word, tone = stage_word(row)
    action, at = _next_action(row)
    return {"case": row, "word": word, "tone": tone, "action": action, "action_at": at,
            "url": url_for("cases.show_case", case_id=row.id)}  # fmt: skip


def _collectors() -> list[tuple[str, str]]:
    rows = g.work.session.execute(
        select(Membership.person_id, Membership.name)
        .where(
            Membership.agency_id == g.work.agency_id,
            Membership.kind == "staff",
            Membership.status == "active",
            Membership.role.in_(["collector", "supervisor", "admin"]),
        )
        .order_by(Membership.name)
    )
    return [(str(person_id), name) for person_id, name in rows]


@bp.get("/cases.csv")
@needs(Permission.EXPORT)
def export_cases() -> ResponseReturnValue:
    """Exactly the filtered cases as CSV, formulas defused (OWASP: CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        spell(word)
        for word in (msg("Caso"), msg("Deudor"), msg("Identificación fiscal"), msg("Cliente"), msg("Etapa"),
                     msg("Saldo"), msg("Moneda"), msg("Días de atraso"))
    )  # fmt: skip
    wanted = _filter()
    after = ""
    while True:
        page = queries.list_cases(g.work, queries.CaseFilter(**{**wanted.__dict__, "after": after}), size=500)
        for row in page.rows:
            writer.writerow(
                [defused(v) for v in (row.number, row.debtor, row.tax_id, row.client, stage_word(row)[0])]
                + [f"{row.balance.amount}", row.balance.currency, row.days_late if row.days_late is not None else ""]
            )
        if not page.next_cursor:
            break
        after = page.next_cursor
    g.work.audit("cases.exported")
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=casos.csv"},
    )


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return (
        f"'{text}"
        if text.lstrip(" \ufeff")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
        else text
    )


@bp.get("/search")
@needs(Permission.SEE_CASES)
def search() -> ResponseReturnValue:
    """The palette's answer: the first cases that some words mean."""
    text = request.args.get("q", "").strip()
    rows: list[dict[str, Any]] = []
    if len(text) >= 2:
        page = queries.list_cases(g.work, queries.CaseFilter(text=text), size=8)
        rows = [_row(row) for row in page.rows]
    return render("pages/cases/search.html", {"rows": rows, "text": text})


@dataclass(frozen=True)
class CasePage:
    """One case's record: head, part shown, and what can be done."""

    head: queries.CaseHead
    facts: list[tuple[str, str]]
    words: Mapping[str, Mapping[str, str]]
    tabs: list[Tab]
    part: str
    stage: tuple[str, str]
    timeline: list[dict[str, str]]
    debts: list[queries.DebtRow]
    contacts: Any
    related: Mapping[str, Any]
    collectors: list[tuple[str, str]]
    close_codes: list[tuple[str, str]]
    flag_labels: Mapping[str, str]
    can: Mapping[str, bool]


_WORDS: Mapping[str, Mapping[str, str]] = {
    "channels": {"phone": msg("Teléfono"), "email": msg("Correo"), "postal": msg("Domicilio")},
    "sources": {
        "client": msg("Cliente"),
        "debtor": msg("Deudor"),
        "collector": msg("Gestor"),
        "search": msg("Localización"),
    },
    "consents": {"granted": msg("Autorizado"), "unknown": msg("Sin dato"), "refused": msg("Rechazado")},
    "qualities": {
        "unknown": msg("Sin probar"),
        "verified": msg("Verificado"),
        "no_answer": msg("No contesta"),
        "wrong": msg("Equivocado"),
        "bounced": msg("Rebotó"),
    },
}


def words() -> dict[str, dict[str, str]]:
    """The words for what is known of a contact point, spelled."""
    return {kind: {name: spell(label) for name, label in labels.items()} for kind, labels in _WORDS.items()}


def facts_of(head: queries.CaseHead) -> list[tuple[str, str]]:
    """What stands under a debtor's name: tax id, place, the hour where they are, their language."""
    language = {"en": msg("Inglés")}.get(head.locale, msg("Español"))
    found = [("", head.tax_id), ("map-pin", head.city or head.country)]
    found.append(("clock", spell(msg("{hour} hora local"), hour=clock(g.work.now(), head.zone))))
    found.append(("language", spell(language)))
    return [(icon, text) for icon, text in found if text]


PARTS: Mapping[str, str] = {
    "activity": msg("Actividad"),
    "debts": msg("Facturas"),
    "contacts": msg("Contactos"),
    "payments": msg("Pagos"),
    "agreements": msg("Convenios"),
    "documents": msg("Documentos"),
}


@bp.get("/cases/<uuid:case_id>")
@needs(Permission.SEE_CASES)
def show_case(case_id: UUID) -> ResponseReturnValue:
    """One case, whole."""
    case = service.open_case(g.work, case_id)
    head = queries.head(g.work, case)
    part = request.args.get("part", "activity")
    part = part if part in PARTS else "activity"
    return render(
        "pages/cases/show.html",
        CasePage(
            head=head,
            facts=facts_of(head),
            words=words(),
            tabs=tabs_of(case_id, part),
            part=part,
            stage=(spell(STAGE_LABELS[Stage(head.stage)]), tone_of(head.stage)),
            timeline=[events.line(event) for event in queries.history(g.work, case_id)] if part == "activity" else [],
            debts=queries.debts(g.work, case_id) if part == "debts" else [],
            contacts=queries.contact_points(g.work, head.debtor_id) if part == "contacts" else [],
            related=related(case_id, part),
            collectors=_collectors(),
            close_codes=[(code.value, spell(label)) for code, label in CLOSE_LABELS.items()],
            flag_labels={kind: spell(label) for kind, label in flags.LABELS.items()},
            can=_can(),
        ),
    )


def _can() -> dict[str, bool]:
    role = Role(g.principal.role)
    names = {
        "assign": Permission.ASSIGN_CASES,
        "hold": Permission.HOLD_CASES,
        "close": Permission.CLOSE_CASES,
        "work": Permission.WORK_QUEUE,
        "note": Permission.SEE_NOTES,
        "hand_off": Permission.HAND_OFF,
        "offer": Permission.OFFER_AGREEMENTS,
        "pay": Permission.RECORD_PAYMENTS,
    }
    return {name: allows(role, permission) for name, permission in names.items()}


def tabs_of(case_id: UUID, part: str, *, endpoint: str = "cases.show_case") -> list[Tab]:
    """The parts of a case's record."""
    return [
        Tab(
            spell(label), url_for(endpoint, case_id=case_id, part=None if key == "activity" else key), None, key == part
        )
        for key, label in PARTS.items()
    ]


# Other features add what they know of a case: part name -> function(case_id) -> rows.
RELATED: dict[str, Any] = {}


def related(case_id: UUID, part: str) -> Mapping[str, Any]:
    """What other features show on a part of a case."""
    return {part: RELATED[part](case_id)} if part in RELATED else {}


@bp.post("/cases/<uuid:case_id>/notes")
@needs(Permission.SEE_NOTES)
def add_note(case_id: UUID) -> ResponseReturnValue:
    """Keep a private note."""
    form = NoteForm()
    if form.validate_on_submit():
        service.add_note(g.work, case_id, text=form.text.data.strip())
        return go_to("cases.show_case", case_id=case_id, say=msg("Nota guardada."))
    return go_to("cases.show_case", case_id=case_id, say=msg("Escribe la nota."), kind="warn")


@bp.post("/cases/<uuid:case_id>/assign")
@needs(Permission.ASSIGN_CASES)
def assign(case_id: UUID) -> ResponseReturnValue:
    """Give the case to a collector, or back to everybody."""
    case = service.open_case(g.work, case_id, lock=True)
    person = request.form.get("person", "")
    if person and person not in {i for i, _ in _collectors()}:
        raise Invalid(msg("Esa persona no gestiona casos en esta agencia."))
    service.assign(g.work, case, person_id=UUID(person) if person else None)
    return go_to("cases.show_case", case_id=case_id, say=msg("Caso asignado."))


@bp.post("/cases/<uuid:case_id>/flags")
@needs(Permission.HOLD_CASES)
def open_flag(case_id: UUID) -> ResponseReturnValue:
    """Pause the case or note a dispute, hardship or complaint."""
    form = HoldForm()
    if not form.validate_on_submit():
        return go_to("cases.show_case", case_id=case_id, say=msg("Elige qué ocurre y escribe el motivo."), kind="warn")
    expires: date | None = None
    if form.expires_on.data:
        expires = read_day(form.expires_on.data, today=g.work.now().date())
    flags.open_flag(g.work, case_id=case_id, kind=form.kind.data, reason=form.reason.data, expires_on=expires)
    return go_to("cases.show_case", case_id=case_id, say=msg("Quedó anotado. Mientras dure, no saldrán avisos."))


@bp.post("/cases/<uuid:case_id>/flags/<uuid:flag_id>/close")
@needs(Permission.HOLD_CASES)
def close_flag(case_id: UUID, flag_id: UUID) -> ResponseReturnValue:
    """End a pause or a dispute."""
    flags.close_flag(g.work, flag_id, outcome=request.form.get("outcome", "").strip())
    return go_to("cases.show_case", case_id=case_id, say=msg("Se cerró. El caso sigue su curso."))


@bp.post("/cases/<uuid:case_id>/close")
@needs(Permission.CLOSE_CASES)
def close_case(case_id: UUID) -> ResponseReturnValue:
    """Close the case with a code that agrees with the money."""
    form = CloseForm()
    form.code.choices = [code.value for code in CloseCode]
    if not form.validate_on_submit():
        return go_to("cases.show_case", case_id=case_id, say=msg("Elige un motivo de cierre."), kind="warn")
    case = service.open_case(g.work, case_id, lock=True)
    service.move(g.work, case, Move.CLOSE, why=form.why.data or "", close_code=CloseCode(form.code.data))
    g.work.audit("case.closed", case_id=case_id, code=form.code.data)
    return go_to("cases.show_case", case_id=case_id, say=msg("Caso cerrado."))


@bp.post("/cases/<uuid:case_id>/reopen")
@needs(Permission.CLOSE_CASES)
def reopen_case(case_id: UUID) -> ResponseReturnValue:
    """Open a closed case again."""
    case = service.open_case(g.work, case_id, lock=True)
    service.move(g.work, case, Move.REOPEN)
    g.work.audit("case.reopened", case_id=case_id)
    return go_to("cases.show_case", case_id=case_id, say=msg("Caso reabierto."))
