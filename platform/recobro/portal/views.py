"""The client's portal: how much came in, how much is left, what waits for the client, when it is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, NotFound, Problem
from kernel.text import msg
from recobro.agreements import queries as agreement_queries
from recobro.agreements.lifecycle import LABELS as AGREEMENT_LABELS
from recobro.agreements.lifecycle import PROMISE_LABELS, AgreementState, PromiseState
from recobro.cases import flags
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.clients.queries import NoContract, contract_in_force
from recobro.files import read_file
from recobro.payments.lifecycle import DIRECTION_LABELS, METHOD_LABELS, Direction, Method
from recobro.people import invitations, members
from recobro.people.queries import PeoplePage, people_page
from recobro.portal import figures, queries, render
from recobro.portal.forms import InviteForm, PauseForm, sentences
from recobro.portal.places import STANDING_LABELS, STANDING_TONES, WAY_LABELS, Standing, Way
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.jinja import locale, moment, money, number
from recobro.web.lists import Chip, Column, Head, Pager, Tab, chips, heads, url_with
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.service import client_by_id
from tenants.tables import Client, File

bp = Blueprint("portal", __name__)


def _client() -> Client:
    """The one client whose people these pages are for."""
    if g.principal.client_id is None:
        raise NotFound
    return client_by_id(g.work, g.principal.client_id)


def _today(client: Client) -> date:
    today: date = g.work.today(ZoneInfo(client.time_zone))
    return today


def _may(permission: Permission) -> bool:
    return allows(Role(g.principal.role), permission)


@dataclass(frozen=True)
class Turn:
    """Something that waits for the client: what, the words of the way there, and the way."""

    text: str
    action: str
    url: str


@dataclass(frozen=True)
class OverviewPage:
    """The overview: what waits, one block for each currency, what happened."""

    client: Client
    sub: str
    period: str
    periods: Sequence[tuple[str, str, bool]]
    turns: Sequence[Turn]
    blocks: Sequence[render.Block]
    recent: Sequence[tuple[str, str, str, str]]
    upload_url: str
    export_url: str
    ways: Sequence[str]


@bp.get("/portal")
@needs(Permission.SEE_PORTAL)
def overview() -> ResponseReturnValue:
    """The first page: figures, where the portfolio is, what happened."""
    client, now = _client(), g.work.now()
    today = _today(client)
    period = request.args.get("period", "365")
    period = period if period in render.PERIODS else "365"
    found = figures.overview(g.work, client, days=int(period))
    remittance_on = _remittance_day(client, today)
    said = [client.name]
    if found.since:
        said.append(spell(msg("cartera asignada desde el {day}"), day=events.readable(found.since.date().isoformat())))
    said.append(spell(msg("al {moment}"), moment=moment(now)))
    path = url_for("portal.overview")
    return draw(
        "pages/portal/overview.html",
        OverviewPage(
            client=client,
            sub=" · ".join(said),
            period=period,
            periods=[(spell(w), url_with(path, {}, period=p), p == period) for p, w in render.PERIODS.items()],
            turns=_turns(client, found.disputes),
            blocks=[render.block(f, period=period, today=today, remittance_on=remittance_on) for f in found.figures],
            recent=[_happening(row) for row in queries.recent(g.work, client)],
            upload_url=_known("portal_placements.list_placements", Permission.UPLOAD_PLACEMENTS),
            export_url=url_for("portal.export_cases") if _may(Permission.EXPORT) else "",
            ways=[spell(WAY_LABELS[way]) for way in Way],
        ),
    )


def _known(endpoint: str, permission: Permission) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions and _may(permission) else ""


def _remittance_day(client: Client, today: date) -> date | None:
    try:
        return render.next_day(today, contract_in_force(g.work, client.id, today).remittance_day)
    except NoContract:
        return None


def _turns(client: Client, disputes: int) -> list[Turn]:
    found = []
    if _may(Permission.APPROVE_AGREEMENTS):
        count, oldest = queries.waiting_approvals(g.work, client)
        if count and oldest:
            days = (g.work.now() - oldest).days
            words = (
                spell(msg("{count} convenios esperan tu autorización; el más antiguo, desde hace {days} días."),
                      count=number(count), days=number(days))
                if days
                else spell(msg("{count} convenios esperan tu autorización."), count=number(count))
            )  # fmt: skip
            found.append(Turn(words, spell(msg("Revisar")), url_for("portal.approvals")))
    if disputes:
        found.append(
            Turn(
                spell(msg("{count} casos están en aclaración: tus documentos pueden resolverla."),
                      count=number(disputes)),
                spell(msg("Ver casos")),
                url_for("portal.list_cases", stage=Standing.DISPUTE.value),
            )
        )  # fmt: skip
    return found


def _happening(row: queries.Happening) -> tuple[str, str, str, str]:
    line = events.line(row.event, staff=False)
    return (
        line["icon"],
        f"{line['title']} · {row.debtor}",
        line["meta"],
        url_for("portal.show_case", case_id=row.case_id),
    )


@dataclass(frozen=True)
class ListPage:
    """A list with its views, filters and sums."""

    tabs: Sequence[Tab]
    chips: Sequence[Chip]
    heads: Sequence[Head]
    rows: Sequence[Any]
    pager: Pager
    summary: str
    csv_url: str
    filter_fields: Sequence[tuple[str, str, list[tuple[str, str]], str]]
    kept: Mapping[str, str]


CASE_COLUMNS = (
    Column(msg("Deudor"), "debtor", fixed=True),
    Column(msg("Facturas"), num=True),
    Column(msg("Saldo"), "balance", num=True),
    Column(msg("Atraso"), "late", num=True),
    Column(msg("Situación")),
    Column(msg("Último contacto")),
)


def _case_filter() -> queries.CaseFilter:
    args = request.args
    try:
        placed = date.fromisoformat(f"{args['placed']}-01") if args.get("placed") else None
        late = int(args["late"]) if args.get("late") else None
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return queries.CaseFilter(
        text=args.get("q", ""),
        standing=args.get("stage", ""),
        currency=args.get("currency", ""),
        late_from=late,
        placed=placed,
        sort=args.get("sort", "-balance"),
        after=args.get("after", ""),
    )


@bp.get("/portal/cases")
@needs(Permission.SEE_PORTAL)
def list_cases() -> ResponseReturnValue:
    """The client's own cases, by where they stand."""
    client, wanted = _client(), _case_filter()
    args = {name: value for name, value in request.args.items() if value}
    path = url_for("portal.list_cases")
    page = queries.list_cases(g.work, client, wanted)
    sums = queries.case_sums(g.work, client, wanted)
    standings = [(s.value, spell(word)) for s, word in STANDING_LABELS.items()]
    known = dict([*standings, ("all", spell(msg("Todas")))])
    words = {
        "stage": (spell(msg("Situación")), known.get(wanted.standing, wanted.standing)),
        "currency": (spell(msg("Moneda")), wanted.currency),
        "placed": (spell(msg("Entregado en")), args.get("placed", "")),
        "late": (spell(msg("Días de atraso")), f"≥ {args.get('late', '')}"),
        "q": (spell(msg("Contiene")), wanted.text),
    }
    return draw(
        "pages/portal/cases.html",
        ListPage(
            tabs=[
                Tab(spell(label), url_with(path, {}, stage=key), None, wanted.standing == key)
                for key, label in [("", msg("Abiertos")), *STANDING_LABELS.items()]
            ],
            chips=chips(path, args, {k: v for k, v in words.items() if k != "stage" or wanted.standing == "all"}),
            heads=heads([replace(c, label=spell(c.label)) for c in CASE_COLUMNS], path, args, "-balance"),
            rows=[
                (row, spell(STANDING_LABELS[row.standing]), STANDING_TONES[row.standing],
                 url_for("portal.show_case", case_id=row.id))
                for row in page.rows
            ],
            pager=_pager(page, path, args, wanted.after),
            summary=" · ".join(
                [spell(msg("{count} casos"), count=number(page.total or 0)), *[money(amount) for amount in sums]]
            ),
            csv_url=url_with(url_for("portal.export_cases"), args, after=None) if _may(Permission.EXPORT) else "",
            filter_fields=[
                ("stage", spell(msg("Situación")), [*standings, ("all", spell(msg("Todas")))], wanted.standing),
                ("late", spell(msg("Días de atraso al menos")), [], args.get("late", "")),
                ("q", spell(msg("Nombre, identificación o factura")), [], wanted.text),
            ],
            kept={name: value for name, value in args.items() if name in ("sort", "currency", "placed")},
        ),
    )  # fmt: skip


def _pager(page: Any, path: str, args: Mapping[str, str], after: str) -> Pager:
    return Pager(
        page.first_number if page.rows else 0,
        page.first_number + len(page.rows) - 1 if page.rows else 0,
        page.total,
        previous_url=url_with(path, args, after=None) if after else "",
        next_url=url_with(path, args, after=page.next_cursor) if page.next_cursor else "",
    )


@bp.get("/portal/cases.csv")
@needs(Permission.EXPORT)
def export_cases() -> ResponseReturnValue:
    """Exactly the filtered cases, as a file."""
    client, wanted = _client(), _case_filter()
    rows, after = [], ""
    while True:
        page = queries.list_cases(g.work, client, replace(wanted, after=after), size=500)
        rows += page.rows
        if not page.next_cursor:
            break
        after = page.next_cursor
    g.work.audit("portal.cases_exported", count=len(rows))
    head = (msg("Caso"), msg("Deudor"), msg("Identificación fiscal"), msg("Situación"), msg("Facturas"),
            msg("Saldo"), msg("Moneda"), msg("Días de atraso"))  # fmt: skip
    return csv_answer(
        "casos.csv",
        [spell(word) for word in head],
        (
            (row.number, row.debtor, row.tax_id, spell(STANDING_LABELS[row.standing]), row.debts, row.balance.amount,
             row.balance.currency, "" if row.days_late is None else row.days_late)
            for row in rows
        ),
    )  # fmt: skip


PARTS: Mapping[str, str] = {
    "activity": msg("Actividad"),
    "debts": msg("Facturas"),
    "payments": msg("Pagos"),
    "agreements": msg("Promesas y convenios"),
    "documents": msg("Documentos"),
}


@dataclass(frozen=True)
class CasePage:
    """One case as its client sees it."""

    head: case_queries.CaseHead
    standing: tuple[str, str]
    facts: Sequence[tuple[str, str]]
    tabs: Sequence[Tab]
    part: str
    flag_labels: Mapping[str, str]
    timeline: Sequence[Mapping[str, str]]
    debts: Sequence[case_queries.DebtRow]
    payments: Sequence[Mapping[str, Any]]
    agreements: Sequence[Mapping[str, Any]]
    documents: Sequence[File]
    side: Sequence[tuple[str, str]]
    may_pause: bool


@bp.get("/portal/cases/<uuid:case_id>")
@needs(Permission.SEE_PORTAL)
def show_case(case_id: UUID) -> ResponseReturnValue:
    """One case: what happened without private notes, what is owed, money, documents."""
    client, case = _client(), cases.open_case(g.work, case_id)
    head = case_queries.head(g.work, case)
    part = request.args.get("part", "activity")
    part = part if part in PARTS else "activity"
    place = queries.standing_of(g.work, case_id)
    paid = queries.list_payments(g.work, client, queries.PaymentFilter(case_id=case_id), size=200)
    return draw(
        "pages/portal/case.html",
        CasePage(
            head=head,
            standing=(spell(STANDING_LABELS[place]), STANDING_TONES[place]),
            facts=[("", head.tax_id), ("map-pin", head.city or head.country)],
            tabs=[
                Tab(spell(label), url_for("portal.show_case", case_id=case_id, part=None if k == "activity" else k),
                    None, k == part)
                for k, label in PARTS.items()
            ],
            part=part,
            flag_labels={kind: spell(label) for kind, label in flags.LABELS.items()},
            timeline=[events.line(event, staff=False) for event in case_queries.history(g.work, case_id)]
            if part == "activity"
            else [],
            debts=case_queries.debts(g.work, case_id) if part == "debts" else [],
            payments=[_payment_words(row) for row in paid.rows] if part == "payments" else [],
            agreements=_agreed(case_id) if part == "agreements" else [],
            documents=queries.documents(g.work, case_id) if part == "documents" else [],
            side=_side(head, [row for row in paid.rows if not row.reversed]),
            may_pause=_may(Permission.PAUSE_OWN_CASES) and head.stage != "closed"
            and not any(flag.kind == "hold" for flag in head.flags),
        ),
    )  # fmt: skip


def _side(head: case_queries.CaseHead, paid: Sequence[queries.PaymentRow]) -> list[tuple[str, str]]:
    found = [(spell(msg("Caso")), head.number)]
    sums: dict[str, Any] = {}
    for row in paid:
        sums[row.applied.currency] = (
            sums[row.applied.currency] + row.applied if row.applied.currency in sums else row.applied
        )
    found.append((spell(msg("Recuperado")), " · ".join(money(amount) for amount in sums.values()) or "—"))
    if head.others:
        found.append((spell(msg("Otros saldos")), " · ".join(money(amount) for amount in head.others)))
    if head.oldest_due_on:
        found.append((spell(msg("Vence desde")), events.readable(head.oldest_due_on.isoformat())))
    matter = queries.matter_of(g.work, head.id)
    if matter is not None:
        found.append((spell(msg("Asunto jurídico")), matter.number))
        found.append((spell(msg("Abogado")), matter.counsel_name or "—"))
        if matter.court:
            found.append((spell(msg("Juzgado")), matter.court))
        if matter.file_no:
            found.append((spell(msg("Expediente")), matter.file_no))
    return found


def _payment_words(row: queries.PaymentRow) -> dict[str, Any]:
    return {
        "row": row,
        "way": spell(WAY_LABELS[row.way]),
        "direction": spell(DIRECTION_LABELS[Direction(row.direction)]),
        "method": spell(METHOD_LABELS[Method(row.method)]),
        "case_url": url_for("portal.show_case", case_id=row.case_id),
    }


def _agreed(case_id: UUID) -> list[dict[str, Any]]:
    agreed = [
        {"title": row.number, "word": spell(AGREEMENT_LABELS[AgreementState(row.state)]), "tone": tone_of(row.state),
         "note": spell(msg("{count} pagos"), count=row.parts), "amount": row.total}
        for row in agreement_queries.agreements(g.work, case_id=case_id)
    ]  # fmt: skip
    promised = [
        {"title": spell(msg("Promesa para el {day}"), day=events.readable(row.due_on.isoformat())),
         "word": spell(PROMISE_LABELS[PromiseState(row.state)]), "tone": tone_of(row.state), "note": "",
         "amount": row.amount}
        for row in agreement_queries.promises(g.work, case_id=case_id)
    ]  # fmt: skip
    return agreed + promised


@bp.post("/portal/cases/<uuid:case_id>/pause")
@needs(Permission.PAUSE_OWN_CASES)
def pause(case_id: UUID) -> ResponseReturnValue:
    """Stop work on a case until the client says otherwise, or until a day."""
    form = PauseForm()
    if not form.validate_on_submit():
        return go_to("portal.show_case", case_id=case_id, say=msg("Escribe el motivo de la pausa."), kind="warn")
    today, until = _today(_client()), None
    if form.expires_on.data:
        until = read_day(form.expires_on.data, today=today, locale=locale())
        if until < today:
            raise Invalid(msg("La pausa no puede terminar antes de hoy."))
    flags.open_flag(g.work, case_id=case_id, kind="hold", reason=form.reason.data.strip(), expires_on=until)
    return go_to("portal.show_case", case_id=case_id, say=msg("Caso en pausa. Mientras dure, no saldrán avisos."))


@bp.get("/portal/files/<uuid:file_id>")
@needs(Permission.SEE_PORTAL)
def document(file_id: UUID) -> ResponseReturnValue:
    """A document of the client's own, byte for byte."""
    row, data = read_file(g.work, file_id)
    answer = Response(data, mimetype=row.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=row.name)
    return answer


def _payment_filter() -> queries.PaymentFilter:
    args = request.args
    try:
        start = date.fromisoformat(args["from"]) if args.get("from") else None
        end = date.fromisoformat(args["to"]) if args.get("to") else None
        if args.get("month"):
            start = date.fromisoformat(f"{args['month']}-01")
            end = (start + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        case_id = UUID(args["case"]) if args.get("case") else None
        wanted_way = Way(args["way"]).value if args.get("way") else ""
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return queries.PaymentFilter(start, end, args.get("currency", ""), wanted_way, case_id, args.get("after", ""))


@bp.get("/portal/payments")
@needs(Permission.SEE_PORTAL)
def list_payments() -> ResponseReturnValue:
    """What came in for the client, the newest first."""
    client = _client()
    wanted = _payment_filter()
    args = {name: value for name, value in request.args.items() if value}
    path = url_for("portal.list_payments")
    page = queries.list_payments(g.work, client, wanted)
    sums = queries.payment_sums(g.work, client, wanted)
    ways = [(way.value, spell(label)) for way, label in WAY_LABELS.items()]
    words = {
        "month": (spell(msg("Mes")), args.get("month", "")),
        "from": (spell(msg("Desde")), args.get("from", "")),
        "to": (spell(msg("Hasta")), args.get("to", "")),
        "currency": (spell(msg("Moneda")), wanted.currency),
        "way": (spell(msg("Cómo llegó")), dict(ways).get(wanted.way, "")),
        "case": (spell(msg("Caso")), page.rows[0].case_number if page.rows else "—"),
    }
    return draw(
        "pages/portal/payments.html",
        ListPage(
            tabs=[
                Tab(spell(label), url_with(path, args, way=key, after=None), None, wanted.way == key)
                for key, label in [("", msg("Todos")), *WAY_LABELS.items()]
            ],
            chips=chips(path, args, {name: said for name, said in words.items() if name != "way"}),
            heads=[],
            rows=[_payment_words(row) for row in page.rows],
            pager=_pager(page, path, args, wanted.after),
            summary=" · ".join([spell(msg("Aplicado")), *[money(amount) for amount in sums]]) if sums else "",
            csv_url=url_with(url_for("portal.export_payments"), args, after=None) if _may(Permission.EXPORT) else "",
            filter_fields=[
                ("month", spell(msg("Mes (AAAA-MM)")), [], args.get("month", "")),
                ("way", spell(msg("Cómo llegó")), ways, wanted.way),
            ],
            kept={name: value for name, value in args.items() if name in ("currency", "case")},
        ),
    )


@bp.get("/portal/payments.csv")
@needs(Permission.EXPORT)
def export_payments() -> ResponseReturnValue:
    """Exactly the filtered payments, as a file."""
    client = _client()
    wanted, rows, after = _payment_filter(), [], ""
    while True:
        page = queries.list_payments(g.work, client, replace(wanted, after=after), size=500)
        rows += page.rows
        if not page.next_cursor:
            break
        after = page.next_cursor
    g.work.audit("portal.payments_exported", count=len(rows))
    head = (msg("Pago"), msg("Día"), msg("Deudor"), msg("Caso"), msg("Cómo llegó"), msg("Recibió"), msg("Importe"),
            msg("Aplicado"), msg("Moneda"), msg("Estado"))  # fmt: skip
    return csv_answer(
        "pagos.csv",
        [spell(word) for word in head],
        (
            (row.number, row.received_on.isoformat(), row.debtor, row.case_number, spell(WAY_LABELS[row.way]),
             spell(DIRECTION_LABELS[Direction(row.direction)]), row.amount.amount, row.applied.amount,
             row.amount.currency, spell(msg("Revertido")) if row.reversed else "")
            for row in rows
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class ExpectedPage:
    """What should arrive within 30 days."""

    rows: Sequence[tuple[queries.Expected, str, str]]
    summary: str


@bp.get("/portal/expected")
@needs(Permission.SEE_PORTAL)
def list_expected() -> ResponseReturnValue:
    """Promises and payments of agreements that fall due within 30 days."""
    currency = request.args.get("currency", "")
    rows = [row for row in queries.expected(g.work, _client()) if currency in ("", row.amount.currency)]
    sums: dict[str, Any] = {}
    for row in rows:
        sums[row.amount.currency] = (
            sums[row.amount.currency] + row.amount if row.amount.currency in sums else row.amount
        )
    words = {"promise": spell(msg("Promesa")), "instalment": spell(msg("Pago de convenio"))}
    return draw(
        "pages/portal/expected.html",
        ExpectedPage(
            [(row, words[row.kind], url_for("portal.show_case", case_id=row.case_id)) for row in rows],
            " · ".join(money(amount) for amount in sums.values()),
        ),
    )


@dataclass(frozen=True)
class ApprovalsPage:
    """Agreements beyond the client's limits that wait for its answer."""

    rows: Sequence[tuple[agreement_queries.AgreementRow, Sequence[str], str]]


@bp.get("/portal/approvals")
@needs(Permission.APPROVE_AGREEMENTS)
def approvals() -> ResponseReturnValue:
    """What waits for the client's yes or no."""
    _client()
    rows = agreement_queries.agreements(g.work, states=[AgreementState.AWAITING_APPROVAL])
    return draw(
        "pages/portal/approvals.html",
        ApprovalsPage(
            [
                (
                    row,
                    [spell(reason["sentence"], **reason["fields"]) for reason in row.reasons],
                    url_for("portal.show_case", case_id=row.case_id),
                )
                for row in rows
            ]
        ),
    )


@dataclass(frozen=True)
class RemittancesPage:
    """The next remittance."""

    next_on: date | None
    amounts: Sequence[str]
    account: str


@bp.get("/portal/remittances")
@needs(Permission.SEE_PORTAL)
def list_remittances() -> ResponseReturnValue:
    """What was paid over to the client, and what comes next."""
    client = _client()
    found = figures.overview(g.work, client, days=30).figures
    return draw(
        "pages/portal/remittances.html",
        RemittancesPage(
            _remittance_day(client, _today(client)),
            [money(f.money(f.next_remittance)) for f in found],
            client.bank_account[-4:],
        ),
    )


@dataclass(frozen=True)
class OwnPeoplePage:
    """The client's own people and invitations; what was written when an invitation was refused."""

    people: PeoplePage
    values: Mapping[str, Any]
    errors: Mapping[str, str]
    error: str = ""


def _people_page(values: Mapping[str, Any], errors: Mapping[str, str], error: str = "") -> ResponseReturnValue:
    found = people_page(g.work)
    spelled = replace(
        found,
        members=[replace(row, role_label=spell(row.role_label)) for row in found.members],
        invitations=[replace(row, role_label=spell(row.role_label)) for row in found.invitations],
        roles=[(code, spell(label)) for code, label in found.roles],
    )
    if errors or error:
        g.failed = True
    return draw(
        "pages/portal/people.html",
        OwnPeoplePage(spelled, values, errors, error),
        status=422 if errors or error else 200,
    )


@bp.get("/portal/people")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def list_people() -> ResponseReturnValue:
    """The client's own people."""
    return _people_page({"role": Role.CLIENT_VIEWER.value}, {})


@bp.post("/portal/people")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def invite() -> ResponseReturnValue:
    """Ask one of the client's people in."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _people_page(form.data, sentences(form))
    try:
        invitations.invite(g.work, email=form.email.data, name=form.name.data, role=Role(form.role.data))
    except Problem as problem:
        return _people_page(form.data, {}, spell_problem(problem))
    return go_to("portal.list_people", say=msg("La invitación va en camino."))


@bp.post("/portal/people/<uuid:membership_id>/disable")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def disable(membership_id: UUID) -> ResponseReturnValue:
    """Keep one of the client's people out at once."""
    members.disable(g.work, membership_id)
    return go_to("portal.list_people", say=msg("Esa persona ya no entra; sus sesiones se cerraron."))


@bp.post("/portal/people/<uuid:membership_id>/enable")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def enable(membership_id: UUID) -> ResponseReturnValue:
    """Let one of the client's people in again."""
    members.enable(g.work, membership_id)
    return go_to("portal.list_people", say=msg("Esa persona puede entrar otra vez."))


@bp.post("/portal/people/invitations/<uuid:invitation_id>/cancel")
@needs(Permission.MANAGE_CLIENT_PEOPLE)
def cancel_invitation(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    invitations.cancel(g.work, invitation_id)
    return go_to("portal.list_people", say=msg("La invitación ya no sirve."))
