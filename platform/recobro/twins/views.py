"""Duplicados (IMP-07): the pairs that wait, one pair side by side, making one of two and two of one again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid, Problem
from kernel.text import msg
from recobro.cases.forms import sentences
from recobro.cases.lifecycle import CloseCode
from recobro.cases.tables import Case
from recobro.cases.views import REMARKS, Remark, words
from recobro.twins import merging, queries, refusing, render, service, undoing
from recobro.twins.forms import MergeForm, UndoForm, wanted_of
from recobro.twins.refusing import MergeRefused, Obstacle
from recobro.twins.tables import DebtorMerge, DebtorPair
from recobro.web.lists import Chip, Tab, chips, url_with
from recobro.web.menu import WAITING
from recobro.web.pages import flash, go_to
from recobro.web.pages import render as draw
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows
from tenants.tables import Client

bp = Blueprint("twins", __name__)
WAITING["twins.list_pairs"] = queries.waiting

STATES: Mapping[str, str] = {
    "proposed": msg("Por revisar"),
    "merged": msg("Unidos"),
    "kept": msg("Separados"),
    "never": msg("Separados para siempre"),
}


@dataclass(frozen=True)
class PairsPage:
    """The pairs of one state."""

    tabs: Sequence[Tab]
    chips: Sequence[Chip]
    filter_fields: Sequence[Any]
    kept: Mapping[str, str]
    rows: Sequence[tuple[queries.PairRow, Sequence[render.Chip], str]]
    state: str
    next_url: str
    tones: Mapping[int, str]


@bp.get("/twins")
@needs(Permission.MERGE_DEBTORS)
def list_pairs() -> ResponseReturnValue:
    """Debtors that may be one, what says most first; state and client are in the address."""
    args = {name: value for name, value in request.args.items() if value and name in ("state", "client", "after")}
    state = args.get("state", "")
    state = state if state in STATES else "proposed"
    client_id = _client(args)
    counted = queries.counts(g.work, client_id)
    path, clients = url_for("twins.list_pairs"), _clients()
    found = queries.list_pairs(g.work, client_id=client_id, state=state, after=args.get("after", ""))
    rows = [
        (
            row,
            render.chips(row.pair.evidence, row.here.country),
            url_for("twins.show_pair", pair_id=row.pair.id, client=client_id),
        )
        for row in found.rows
    ]
    return draw(
        "pages/twins/list.html",
        PairsPage(
            tabs=[
                Tab(
                    spell(label), url_with(path, args, state=None if name == "proposed" else name, after=None),
                    counted.get(name, 0), name == state,
                )
                for name, label in STATES.items()
            ],
            chips=chips(path, args, {"client": (spell(msg("Cliente")), dict(clients).get(args.get("client", ""), ""))}),
            filter_fields=[("client", spell(msg("Cliente")), clients, args.get("client", ""))],
            kept={"state": state} if state != "proposed" else {},
            rows=rows,
            state=state,
            next_url=url_with(path, args, after=found.next_cursor) if found.next_cursor else "",
            tones={row.pair.score: render.tone_of_score(row.pair.score) for row in found.rows},
        ),
    )  # fmt: skip


def _client(args: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(args["client"]) if args.get("client") else None
    except ValueError as error:
        raise Invalid(msg("Ese cliente no existe.")) from error


def _clients() -> list[tuple[str, str]]:
    rows = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    )
    return [(str(client_id), name) for client_id, name in rows]


@dataclass(frozen=True)
class PairPage:
    """One pair side by side, with what stands in the way of making it one."""

    pair: DebtorPair
    client: str
    chips: Sequence[render.Chip]
    tone: str
    sides: Sequence[render.Side]
    lines: Sequence[render.Line]
    obstacles: Sequence[str]
    survivor: str
    reason: str
    errors: Mapping[str, str]
    client_id: UUID | None
    next_url: str
    merge_url: str
    words: Mapping[str, Mapping[str, str]]


@bp.get("/twins/<uuid:pair_id>")
@needs(Permission.MERGE_DEBTORS)
def show_pair(pair_id: UUID) -> ResponseReturnValue:
    """Both records side by side, with their evidence."""
    return _pair_page(service.open_pair(g.work, pair_id), {}, {})


def _pair_page(
    pair: DebtorPair, given: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> ResponseReturnValue:
    found = queries.records(g.work, pair)
    if found is None:
        raise MergeRefused(msg("Solo se unen deudores que tienen caso."))
    client_id = _client(request.args)
    after = queries.next_pair(g.work, pair, client_id=client_id)
    merge = None
    if pair.state == "merged":
        merge = next(
            (one for one in queries.merges_of(g.work, found[0].case.id)
             if {one.survivor_id, one.other_id} == {pair.one_id, pair.other_id}),
            None,
        )  # fmt: skip
    return draw(
        "pages/twins/show.html",
        PairPage(
            pair=pair,
            client=g.work.session.get_one(Client, (g.work.agency_id, pair.client_id)).name,
            chips=render.chips(pair.evidence, found[0].debtor.country),
            tone=render.tone_of_score(pair.score),
            sides=[render.side_of(record) for record in found],
            lines=render.lines(found, given),
            obstacles=_told(refusing.in_the_way(g.work, [record.case for record in found])) if not merge else [],
            survivor=given.get("survivor") or str(found[0].debtor.id),
            reason=given.get("reason", ""),
            errors=errors,
            client_id=client_id,
            next_url=url_for("twins.show_pair", pair_id=after, client=client_id) if after else "",
            merge_url=url_for("twins.show_merge", merge_id=merge.id) if merge else "",
            words=words(),
        ),
        status=status,
    )


def _told(obstacles: Sequence[Obstacle]) -> list[str]:
    return [spell_problem(MergeRefused(each.sentence, **each.fields)) for each in obstacles]


@bp.post("/twins/<uuid:pair_id>/merge")
@needs(Permission.MERGE_DEBTORS)
def merge_pair(pair_id: UUID) -> ResponseReturnValue:
    """Make one debtor of two, then show the next pair."""
    pair = service.open_pair(g.work, pair_id)
    form = MergeForm()
    form.survivor.choices = [str(pair.one_id), str(pair.other_id)]
    if not form.validate_on_submit():
        return _pair_page(pair, request.form, sentences(form), status=422)
    wanted = wanted_of(pair, form.survivor.data, request.form)
    merge_id = merging.merge(
        g.work, survivor_id=wanted.survivor_id, other_id=wanted.other_id, reason=form.reason.data, fields=wanted.fields
    )
    flash(msg("Son un solo deudor."), undo_url=url_for("twins.undo", merge_id=merge_id))
    return _onward(pair)


@bp.post("/twins/<uuid:pair_id>/keep")
@needs(Permission.MERGE_DEBTORS)
def keep_apart(pair_id: UUID) -> ResponseReturnValue:
    """They are two; then the next pair."""
    pair = service.open_pair(g.work, pair_id)
    forever = request.form.get("forever") == "y"
    service.keep_apart(g.work, pair_id, forever=forever)
    said = msg("Quedan separados para siempre.") if forever else msg("Quedan separados.")
    flash(said, undo_url=url_for("twins.propose_again", pair_id=pair_id))
    return _onward(pair)


@bp.post("/twins/<uuid:pair_id>/again")
@needs(Permission.MERGE_DEBTORS)
def propose_again(pair_id: UUID) -> ResponseReturnValue:
    """The pair waits for a person again."""
    service.propose_again(g.work, pair_id)
    return go_to("twins.show_pair", pair_id=pair_id, say=msg("La pareja espera otra vez."))


def _onward(pair: DebtorPair) -> ResponseReturnValue:
    client_id = _client(request.args)
    after = queries.next_pair(g.work, pair, client_id=client_id)
    if after is None:
        return go_to("twins.list_pairs", client=client_id)
    return go_to("twins.show_pair", pair_id=after, client=client_id)


@dataclass(frozen=True)
class MergePage:
    """One merge: who said why, what has happened since, and whether it can be undone."""

    merge: DebtorMerge
    numbers: Mapping[UUID, str]
    counts: Mapping[str, int]
    since: refusing.Since
    obstacles: Sequence[str]


@bp.get("/twins/merges/<uuid:merge_id>")
@needs(Permission.MERGE_DEBTORS)
def show_merge(merge_id: UUID) -> ResponseReturnValue:
    """What a merge joined, and what undoing it would do."""
    merge = undoing.open_merge(g.work, merge_id)
    survivor = g.work.session.get_one(Case, (g.work.agency_id, merge.survivor_case_id))
    other = g.work.session.get_one(Case, (g.work.agency_id, merge.other_case_id))
    obstacles = [] if merge.undone_at else refusing.against_undoing(g.work, merge, survivor, other)
    return draw(
        "pages/twins/merge.html",
        MergePage(
            merge=merge,
            numbers={survivor.id: survivor.number, other.id: other.number},
            counts={name: len(merge.moved[name]) for name in ("debts", "points", "flags", "promises")},
            since=refusing.happened_since(g.work, merge),
            obstacles=_told(obstacles),
        ),
    )


@bp.post("/twins/merges/<uuid:merge_id>/undo")
@needs(Permission.MERGE_DEBTORS)
def undo(merge_id: UUID) -> ResponseReturnValue:
    """Part two debtors again; taken back at once, nobody has to say why."""
    form = UndoForm()
    if not form.validate_on_submit():
        raise Invalid(msg("Di por qué no son el mismo deudor."))
    merge = undoing.open_merge(g.work, merge_id)
    reason = form.reason.data or ""
    if "reason" not in request.form:
        reason = spell(msg("Deshecho en el momento"))
    try:
        undoing.undo_merge(g.work, merge_id, reason=reason)
    except Problem as problem:
        g.work.session.rollback()
        return go_to("twins.show_merge", merge_id=merge_id, say=problem.template, kind="warn",
                     fields=dict(problem.details))  # fmt: skip
    return go_to("cases.show_case", case_id=merge.other_case_id, say=msg("Son otra vez dos deudores."))


def remarks_of(case: Case) -> list[Remark]:
    """What a case's page says of twins: who may be the same, who was found to be, and who owes another client too."""
    may = allows(Role(g.principal.role), Permission.MERGE_DEBTORS)
    found = [_may_be(twin, may=may) for twin in queries.proposed_of(g.work, case.debtor_id)]
    merges = queries.merges_of(g.work, case.id)
    numbers = queries.case_numbers(
        g.work, [each for one in merges for each in (one.survivor_case_id, one.other_case_id)]
    )
    found += [_was_merged(case, merge, numbers, may=may) for merge in merges]
    for twin in queries.elsewhere(g.work, case):
        link = (twin.number, url_for("cases.show_case", case_id=twin.case_id))
        found.append(Remark(spell(msg("También es deudor de {client}:"), client=twin.client), [link]))
    return found


def _may_be(twin: queries.Twin, *, may: bool) -> Remark:
    links = [(f"{twin.name}, {twin.number}", url_for("cases.show_case", case_id=twin.case_id))]
    if may:
        links.append((spell(msg("Comparar")), url_for("twins.show_pair", pair_id=twin.id)))
    return Remark(spell(msg("Posible duplicado de")), links, "warn")


def _was_merged(case: Case, merge: DebtorMerge, numbers: Mapping[UUID, str], *, may: bool) -> Remark:
    gone = merge.other_case_id == case.id
    other = merge.survivor_case_id if gone else merge.other_case_id
    says = (
        msg("Este caso se unió a otro, que sigue con sus facturas:")
        if gone
        else msg("A este caso se le unió otro; su historia está ahí:")
    )
    links = [(numbers[other], url_for("cases.show_case", case_id=other))]
    if may:
        links.append((spell(msg("Ver la unión")), url_for("twins.show_merge", merge_id=merge.id)))
    return Remark(spell(says), links, "warn" if gone and case.close_code == CloseCode.MERGED else "info")


REMARKS.append(remarks_of)
