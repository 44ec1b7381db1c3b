"""The list of notices, one notice as it was sent, and writing one by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.records.tables import DecisionRecord
from legal.rules.facts import Channel
from recobro.notices import case_views, drafts, print_views, printing, queries, service
from recobro.notices.blueprint import bp, download
from recobro.notices.forms import SettleForm
from recobro.notices.lifecycle import LABELS, State
from recobro.notices.tables import Notice, PrintBatch
from recobro.notices.templates import TEMPLATES
from recobro.notices.words import CHANNELS, VERDICTS
from recobro.web.exports import csv_answer
from recobro.web.lists import Chip, Column, Head, Pager, Tab, chips, heads, url_with
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

# Their pages are of this blueprint too.
__all__ = ["bp", "case_views", "print_views"]

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
    first = min(int(args["from"]), _LAST_PAGE) if args.get("from", "").isdecimal() else 1
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
    rows: list[tuple[object, ...]] = []
    after = ""
    while True:
        found = queries.list_notices(g.work, replace(_filter(args), after=after), size=500)
        for row in found.rows:
            notice = row.notice
            rows.append(
                (row.case_number, row.debtor, words["templates"].get(notice.template, notice.template),
                 words["channels"][notice.channel], row.client, row.amount.amount, words["states"][notice.state],
                 notice.queued_at.isoformat(), notice.sent_at.isoformat() if notice.sent_at else "", notice.currency)
            )  # fmt: skip
        if not found.next_cursor:
            break
        after = found.next_cursor
    g.work.audit("notices.exported")
    heads = [spell(column.label) for column in (Column(msg("Caso")), *COLUMNS, Column(msg("Moneda")))]
    return csv_answer("avisos.csv", heads, rows)


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
    say = msg("Aviso cancelado: no se enviará.")
    if request.args.get("back") == "desk":
        return go_to("desk.work_case", case_id=service.open_notice(g.work, notice_id).case_id, say=say)
    return go_to("notices.show_notice", notice_id=notice_id, say=say)


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
