"""The client's own cases: the list, one case, a pause, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from recobro.agreements import queries as agreement_queries
from recobro.agreements.lifecycle import LABELS as AGREEMENT_LABELS
from recobro.agreements.lifecycle import PROMISE_LABELS, AgreementState, PromiseState
from recobro.cases import flags
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.views import checklist
from recobro.cases.words import DOCUMENTS
from recobro.complaints import queries as complaint_queries
from recobro.complaints import render as complaints
from recobro.files import read_file
from recobro.portal import queries
from recobro.portal.blueprint import ListPage, bp, may, own_client, pager, payment_words, summed, today_of
from recobro.portal.forms import PauseForm
from recobro.portal.places import STANDING_LABELS, STANDING_TONES
from recobro.portal.render import counted
from recobro.web import events
from recobro.web.exports import csv_answer
from recobro.web.jinja import locale, money
from recobro.web.lists import Column, Tab, chips, heads, url_with
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.readings import asked_days, asked_month, read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell
from tenants.roles import Permission
from tenants.tables import File

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
    placed, late = asked_month(args.get("placed")), asked_days(args.get("late"))
    try:
        placement = UUID(args["placement"]) if args.get("placement") else None
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return queries.CaseFilter(
        text=args.get("q", ""),
        standing=args.get("stage", ""),
        currency=args.get("currency", ""),
        late_from=late,
        placed=placed,
        placement=placement,
        sort=args.get("sort", "-balance"),
        after=args.get("after", ""),
    )


@bp.get("/portal/search")
@needs(Permission.SEE_PORTAL)
def search() -> ResponseReturnValue:
    """The palette's answer: the first of the client's own cases that some words mean."""
    text = request.args.get("q", "").strip()
    wanted = queries.CaseFilter(text=text, standing="all")
    found = queries.list_cases(g.work, own_client(), wanted, size=8).rows if len(text) >= 2 else []
    return draw("pages/portal/search.html", {"rows": found, "text": text})


@bp.get("/portal/cases")
@needs(Permission.SEE_PORTAL)
def list_cases() -> ResponseReturnValue:
    """The client's own cases, by where they stand."""
    client, wanted = own_client(), _case_filter()
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
        "placement": (spell(msg("Carga")), queries.placement_name(g.work, wanted.placement)),
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
            pager=pager(page, path, args, wanted.after),
            summary=" · ".join(
                [counted(page.total or 0, msg("1 caso"), msg("{count} casos")), *[money(amount) for amount in sums]]
            ),
            csv_url=url_with(url_for("portal.export_cases"), args, after=None) if may(Permission.EXPORT_OWN) else "",
            filter_fields=[
                ("stage", spell(msg("Situación")), [*standings, ("all", spell(msg("Todas")))], wanted.standing),
                ("late", spell(msg("Días de atraso al menos")), [], args.get("late", "")),
                ("q", spell(msg("Nombre, identificación o factura")), [], wanted.text),
            ],
            kept={name: value for name, value in args.items() if name in ("sort", "currency", "placed", "placement")},
        ),
    )  # fmt: skip


@bp.get("/portal/cases.csv")
@needs(Permission.EXPORT_OWN)
def export_cases() -> ResponseReturnValue:
    """Exactly the filtered cases, as a file."""
    client, wanted = own_client(), _case_filter()
    rows: list[queries.CaseRow] = []
    after = ""
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
    document_words: Mapping[str, str]
    checklist: Sequence[tuple[str, bool]]
    side: Sequence[tuple[str, str]]
    may_pause: bool
    may_recall: bool


@bp.get("/portal/cases/<uuid:case_id>")
@needs(Permission.SEE_PORTAL)
def show_case(case_id: UUID) -> ResponseReturnValue:
    """One case: what happened without private notes, what is owed, money, documents."""
    client, case = own_client(), cases.open_case(g.work, case_id)
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
            payments=[payment_words(row) for row in paid.rows] if part == "payments" else [],
            agreements=_agreed(case_id) if part == "agreements" else [],
            documents=queries.documents(g.work, case_id) if part == "documents" else [],
            document_words={kind: spell(label) for kind, label in DOCUMENTS.items()},
            checklist=checklist(case_id) if part == "documents" else [],
            side=[*_side(head, [row for row in paid.rows if not row.reversed]), *_complaints(case_id, head)],
            may_pause=may(Permission.PAUSE_OWN_CASES) and head.stage != "closed"
            and not any(flag.kind == "hold" for flag in head.flags),
            may_recall=may(Permission.RECALL_OWN_CASES) and head.stage != "closed",
        ),
    )  # fmt: skip


def _complaints(case_id: UUID, head: case_queries.CaseHead) -> list[tuple[str, str]]:
    """The complaints on the case: through whom, where they stand, what is left to answer."""
    today = g.work.today(head.zone)
    return [
        (
            spell(msg("Queja {number}"), number=row.number),
            " · ".join(filter(None, (complaints.forum(row), complaints.state(row), complaints.left_words(row, today)))),
        )
        for row in complaint_queries.of_case(g.work, case_id)
    ]


def _side(head: case_queries.CaseHead, paid: Sequence[queries.PaymentRow]) -> list[tuple[str, str]]:
    found = [(spell(msg("Caso")), head.number)]
    found.append((spell(msg("Recuperado")), summed(row.applied for row in paid) or "—"))
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


def _agreed(case_id: UUID) -> list[dict[str, Any]]:
    agreed = [
        {"title": row.number, "word": spell(AGREEMENT_LABELS[AgreementState(row.state)]), "tone": tone_of(row.state),
         "note": counted(row.parts, msg("1 pago"), msg("{count} pagos")), "amount": row.total}
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
    today, until = today_of(own_client()), None
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
