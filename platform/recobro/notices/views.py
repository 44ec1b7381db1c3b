"""The list of notices, one notice as it was sent, and writing one by hand."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal import gate
from legal.records.tables import DecisionRecord
from legal.rules.decision import Decision
from legal.rules.facts import Channel
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.views import defused
from recobro.notices import decision_views, drafts, print_views, printing, queries, service
from recobro.notices.blueprint import bp, download
from recobro.notices.facts import gather_one
from recobro.notices.forms import SettleForm, WriteForm
from recobro.notices.lifecycle import LABELS, State
from recobro.notices.render import WordsRefused
from recobro.notices.tables import Notice, PrintBatch
from recobro.notices.templates import TEMPLATES
from recobro.notices.words import CHANNELS, VERDICTS, RuleLine, rule_lines
from recobro.web.lists import Chip, Column, Head, Pager, Tab, chips, heads, url_with
from recobro.web.pages import flash, go_to, render
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

# Their pages are of this blueprint too.
__all__ = ["bp", "decision_views", "print_views"]

COLUMNS = (
    Column(msg("Deudor"), fixed=True),
    Column(msg("Aviso")),
    Column(msg("Canal")),
    Column(msg("Cliente")),
    Column(msg("Importe"), num=True),
    Column(msg("Estado")),
    Column(msg("Hecho"), "queued"),
    Column(msg("Enviado")),
)
_LAST_PAGE = 100_000
_MAIL_TEXTS = ("note", "cordial-1", "second-2", "firm-3")


@dataclass(frozen=True)
class NoticesPage:
    """A list of notices: states as views, filters, rows, and how many letters wait."""

    tabs: list[Tab]
    chips: list[Chip]
    heads: list[Head]
    rows: list[queries.NoticeRow]
    words: Mapping[str, Mapping[str, str]]
    pager: Pager
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    kept: dict[str, str]
    letters: int
    may_print: bool
    csv_url: str


def _words() -> dict[str, dict[str, str]]:
    return {
        "states": {state.value: spell(label) for state, label in LABELS.items()},
        "channels": {channel: spell(label) for channel, label in CHANNELS.items()},
        "templates": {key: spell(template.name) for key, template in TEMPLATES.items()},
    }


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


@bp.get("/notices")
@needs(Permission.SEE_NOTICES)
def list_notices() -> ResponseReturnValue:
    """Every notice of the agency, by state and filter; all of it in the address."""
    args = {name: value for name, value in request.args.items() if value}
    wanted = _filter(args)
    found = queries.list_notices(g.work, wanted)
    path = url_for("notices.list_notices")
    counted = queries.state_counts(g.work)
    words = _words()
    clients = _clients()
    first = min(int(args["from"]), _LAST_PAGE) if args.get("from", "").isdigit() else 1
    return render(
        "pages/notices/list.html",
        NoticesPage(
            tabs=_tabs(path, counted, wanted.state),
            chips=chips(
                path,
                args,
                {
                    "q": (spell(msg("Contiene")), args.get("q", "")),
                    "channel": (spell(msg("Canal")), words["channels"].get(wanted.channel, "")),
                    "template": (spell(msg("Aviso")), words["templates"].get(wanted.template, "")),
                    "client": (spell(msg("Cliente")), dict(clients).get(args.get("client", ""), "")),
                },
            ),
            heads=heads([_spelled(column) for column in COLUMNS], path, args, "-queued"),
            rows=list(found.rows),
            words=words,
            pager=_pager(path, args, first, len(found.rows), found.total, found.next_cursor),
            filter_fields=[
                ("channel", spell(msg("Canal")), [(c, words["channels"][c]) for c in ("email", "letter")],
                 wanted.channel),
                ("template", spell(msg("Aviso")), list(words["templates"].items()), wanted.template),
                ("client", spell(msg("Cliente")), clients, args.get("client", "")),
                ("q", spell(msg("Deudor o número de caso")), [], args.get("q", "")),
            ],
            kept={name: value for name, value in args.items() if name in ("state", "sort")},
            letters=printing.waiting_letters(g.work),
            may_print=_may(Permission.PRINT_NOTICES),
            csv_url=url_with(url_for("notices.export_notices"), args, after=None) if _may(Permission.EXPORT) else "",
        ),
    )  # fmt: skip


@bp.get("/notices.csv")
@needs(Permission.EXPORT)
def export_notices() -> ResponseReturnValue:
    """Exactly the filtered notices as CSV, formulas defused."""
    args = {name: value for name, value in request.args.items() if value and name != "after"}
    words = _words()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(spell(column.label) for column in (Column(msg("Caso")), *COLUMNS, Column(msg("Moneda"))))
    after = ""
    while True:
        found = queries.list_notices(g.work, replace(_filter(args), after=after), size=500)
        for row in found.rows:
            notice = row.notice
            cells = (row.case_number, row.debtor, words["templates"].get(notice.template, notice.template),
                     words["channels"][notice.channel], row.client)  # fmt: skip
            writer.writerow(
                [*map(defused, cells), f"{row.amount.amount}", words["states"][notice.state],
                 notice.queued_at.isoformat(), notice.sent_at.isoformat() if notice.sent_at else "", notice.currency]
            )  # fmt: skip
        if not found.next_cursor:
            break
        after = found.next_cursor
    g.work.audit("notices.exported")
    headers = {"Content-Disposition": "attachment; filename=avisos.csv"}
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv", headers=headers)


def _filter(args: Mapping[str, str]) -> queries.NoticeFilter:
    try:
        return queries.NoticeFilter(
            state=State(args["state"]).value if args.get("state") else "",
            channel=Channel(args["channel"]).value if args.get("channel") else "",
            template=args.get("template", ""),
            client=UUID(args["client"]) if args.get("client") else None,
            text=args.get("q", ""),
            sort=args.get("sort", "-queued"),
            after=args.get("after", ""),
        )
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error


def _tabs(path: str, counted: Mapping[str, int], current: str) -> list[Tab]:
    always = (State.QUEUED, State.HELD, State.SENT)
    tabs = [Tab(spell(msg("Todos")), path, sum(counted.values()), not current)]
    tabs += [
        Tab(spell(label), url_with(path, {}, state=state.value), counted.get(state.value, 0), state.value == current)
        for state, label in LABELS.items()
        if counted.get(state.value) or state in always or state.value == current
    ]
    return tabs


def _spelled(column: Column) -> Column:
    return Column(spell(column.label), column.sort, column.num, column.fixed)


def _pager(
    path: str, args: Mapping[str, str], first: int, count: int, total: int | None, next_cursor: str | None
) -> Pager:
    later = url_with(path, args, after=next_cursor, **{"from": str(first + count)}) if next_cursor else ""
    earlier = url_with(path, args, after=None, **{"from": None}) if args.get("after") else ""
    return Pager(first if count else 0, first + count - 1 if count else 0, total, earlier, later)


def _clients() -> list[tuple[str, str]]:
    rows = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    )
    return [(str(client_id), name) for client_id, name in rows]


@dataclass(frozen=True)
class NoticePage:
    """One notice: what was sent, its proof, the gate's decision, and what a person may still do."""

    row: queries.NoticeRow
    state: tuple[str, str]
    template: str
    channel: str
    reason: str
    message: queries.Message | None
    draft: str
    decision: DecisionRecord | None
    verdict: tuple[str, str]
    override: Mapping[str, Any] | None
    batch: PrintBatch | None
    may_cancel: bool
    may_settle: bool


@bp.get("/notices/<uuid:notice_id>")
@needs(Permission.SEE_NOTICES)
def show_notice(notice_id: UUID) -> ResponseReturnValue:
    """One notice, whole: exactly what was sent, or what it would say."""
    row = queries.notice_row(g.work, notice_id)
    notice = row.notice
    kept = queries.decision(g.work, notice.decision_id) if notice.decision_id else None
    state = State(notice.state)
    return render(
        "pages/notices/show.html",
        NoticePage(
            row=row,
            state=(spell(LABELS[state]), tone_of(notice.state)),
            template=spell(TEMPLATES[notice.template].name),
            channel=spell(CHANNELS[notice.channel]),
            reason=spell(notice.reason) if notice.reason else "",
            message=queries.message_of(g.work, notice),
            draft=_draft_text(notice) if notice.file_id is None else "",
            decision=kept,
            verdict=(spell(VERDICTS[kept.verdict]), tone_of(kept.verdict)) if kept else ("", ""),
            override=notice.extra.get("override"),
            batch=printing.open_batch(g.work, notice.batch_id) if notice.batch_id else None,
            may_cancel=state in (State.QUEUED, State.HELD, State.PRINTED) and _may(Permission.RECORD_CALLS),
            may_settle=state is State.UNKNOWN and _may(Permission.PRINT_NOTICES),
        ),
    )


def _draft_text(notice: Notice) -> str:
    """What a notice that has not left would say now."""
    try:
        return drafts.words_of(g.work, drafts.redraft(g.work, notice)).text
    except Problem as problem:
        return spell_problem(problem)


@bp.get("/notices/<uuid:notice_id>/file")
@needs(Permission.SEE_NOTICES)
def notice_file(notice_id: UUID) -> ResponseReturnValue:
    """The very bytes of a notice."""
    notice = service.open_notice(g.work, notice_id)
    if notice.file_id is None:
        raise Invalid(msg("El aviso todavía no se ha enviado."))
    return download(notice.file_id)


@bp.post("/notices/<uuid:notice_id>/cancel")
@needs(Permission.RECORD_CALLS)
def cancel(notice_id: UUID) -> ResponseReturnValue:
    """Take back a notice that has not left."""
    service.cancel(g.work, notice_id)
    return go_to("notices.show_notice", notice_id=notice_id, say=msg("Aviso cancelado: no se enviará."))


@bp.post("/notices/<uuid:notice_id>/settle")
@needs(Permission.PRINT_NOTICES)
def settle(notice_id: UUID) -> ResponseReturnValue:
    """Say what became of a notice whose answer was lost."""
    form = SettleForm()
    if not form.validate_on_submit():
        return go_to("notices.show_notice", notice_id=notice_id, say=msg("Escribe cómo lo comprobaste."), kind="warn")
    arrived = form.arrived.data == "yes"
    service.settle_unknown(g.work, notice_id, arrived=arrived, why=form.why.data.strip())
    done = msg("Quedó como enviado.") if arrived else msg("Se enviará de nuevo.")
    return go_to("notices.show_notice", notice_id=notice_id, say=done)


# Writing by hand ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WritePage:
    """A message being written: to whom, what it will say, and what the gate says of it."""

    form: WriteForm
    head: case_queries.CaseHead
    preview: str
    subject: str
    verdict: str
    word: str
    lines: list[RuleLine]
    overridable: bool
    errors: list[str]


@bp.get("/cases/<uuid:case_id>/write")
@needs(Permission.RECORD_CALLS)
def write(case_id: UUID) -> ResponseReturnValue:
    """A page to write to a debtor once; it shows what the text says and whether the rules let it go."""
    form = WriteForm(request.args)
    return _write_page(case_id, form, [])


@bp.post("/cases/<uuid:case_id>/write")
@needs(Permission.RECORD_CALLS)
def send(case_id: UUID) -> ResponseReturnValue:
    """Queue the message; it can be taken back for a few seconds."""
    form = WriteForm()
    if not form.validate():
        return _write_page(case_id, form, [error for errors in form.errors.values() for error in errors])
    try:
        notice = service.send_one(
            g.work, case_id=case_id, key=form.key.data or "note",
            contact_point_id=UUID(form.point.data) if form.point.data else None,
            title=(form.title.data or "").strip(), message=(form.message.data or "").strip(),
            override_reason=form.override_reason.data or "",
        )  # fmt: skip
    except (gate.Denied, drafts.NoContactPoint, drafts.NothingOwed, WordsRefused) as problem:
        return _write_page(case_id, form, [spell_problem(problem)])
    assert notice is not None
    if notice.state == State.HELD.value:
        flash(msg("Se enviará cuando lo permita la regla de contacto."), "info")
    else:
        undo = url_for("notices.cancel", notice_id=notice.id)
        flash(msg("Mensaje en camino."), undo_url=undo)
    return go_to("cases.show_case", case_id=case_id)


def _write_page(case_id: UUID, form: WriteForm, errors: list[str]) -> ResponseReturnValue:
    facts = gather_one(g.work, case_id)
    form.key.choices = [(key, spell(TEMPLATES[key].name)) for key in _MAIL_TEXTS]
    form.point.choices = [(str(p.id), p.value) for p in facts.points if p.channel == "email"]
    key = form.key.data if form.key.data in _MAIL_TEXTS else "note"
    form.key.data = key
    preview, subject, decision = "", "", None
    try:
        point = UUID(form.point.data) if form.point.data else None
        message = form.message.data or (spell(msg("(aquí va tu mensaje)")) if key == "note" else "")
        wanted = drafts.draft_one(
            g.work, case_id=case_id, key=key, contact_point_id=point, title=form.title.data or "", message=message
        )
        form.point.data = str(wanted.point.id)
        decision = gate.preview(g.work, drafts.request_for_draft(wanted))
        words = drafts.words_of(g.work, wanted)
        preview, subject = words.text, words.subject
    except Problem as problem:
        errors = errors or [spell_problem(problem)]
    verdict = decision.verdict.value if decision else "deny"
    return render(
        "pages/notices/write.html",
        WritePage(
            form=form,
            head=case_queries.head(g.work, cases.open_case(g.work, case_id)),
            preview=preview,
            subject=subject,
            verdict=verdict,
            word=spell(VERDICTS[verdict]),
            lines=_standing(decision) if decision else [],
            overridable=decision is not None and decision.overridable and _may(Permission.OVERRIDE_POLICY),
            errors=errors,
        ),
        status=422 if errors and request.method == "POST" else 200,
    )


def _standing(decision: Decision) -> list[RuleLine]:
    """What stands in the way, or asks for care."""
    return [line for line in rule_lines(decision.record()) if line.tone in ("neg", "warn")]
