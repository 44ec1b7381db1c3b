"""What is done to the cases chosen in the list: first its effect is shown, then it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases import queries, selections
from recobro.cases.blueprint import bp, collectors
from recobro.cases.list_views import filter_of, list_args
from recobro.cases.render import as_csv, cases_and_sums
from recobro.web.jinja import day, number
from recobro.web.lists import url_with
from recobro.web.pages import flash, go_to, render
from recobro.web.readings import read_day
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission


@dataclass(frozen=True)
class SelectionPage:
    """What an act on many would do, before it is done: who changes, who is skipped and why, what is sent again."""

    act: str
    title: str
    question: str
    button: str
    changes: int
    effect: Sequence[tuple[str, str, str]]
    sent: Sequence[tuple[str, str]]
    back_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


def _chosen() -> list[UUID]:
    """The cases a form means: those with a tick, or all that its filter finds now."""
    if request.form.get("all"):
        wanted = filter_of(dict(parse_qsl(request.form.get("filter", ""))))
        ids = queries.ids_of(g.work, wanted, limit=selections.LIMIT + 1)
    else:
        try:
            ids = [UUID(pick) for pick in request.form.getlist("pick")]
        except ValueError as error:
            raise Invalid(msg("Elige al menos un caso.")) from error
    selections.check_size(len(ids))
    return ids


def _again(**more: str) -> list[tuple[str, str]]:
    found = [("filter", request.form.get("filter", "")), *more.items()]
    if request.form.get("all"):
        return [*found, ("all", "1")]
    return [*found, *(("pick", pick) for pick in request.form.getlist("pick"))]


def _back() -> dict[str, str]:
    return list_args(dict(parse_qsl(request.form.get("filter", ""))))


def _preview(effect: selections.Effect, *, act: str, title: str, question: str, **more: Any) -> ResponseReturnValue:
    changes = len(effect.changed)
    sums = queries.sums(g.work, queries.CaseFilter(ids=effect.changed)) if changes else []
    seen = request.form.get("seen", "")
    notice = ""
    if seen and seen != str(changes):
        notice = spell(msg("Los casos cambiaron mientras lo revisabas. Mira de nuevo antes de confirmar."))
    sent = more.pop("sent", {})
    return render(
        "pages/cases/selection.html",
        SelectionPage(
            act=act,
            title=title,
            question=question,
            button=spell(msg("Confirmar: {cases}"), cases=cases_and_sums(changes, [])),
            changes=changes,
            effect=[
                (spell(msg("Cambian")), cases_and_sums(changes, sums), ""),
                *((spell(msg("Se omiten")), number(count), spell(why)) for why, count in effect.skipped.items()),
            ],
            sent=_again(seen=str(changes), **sent),
            back_url=url_with(url_for("cases.list_cases"), _back()),
            notice=notice,
            **more,
        ),
    )


def _confirmed(effect: selections.Effect) -> bool:
    """Whether the person saw this very effect and said yes to it."""
    return request.form.get("sure") == "y" and request.form.get("seen") == str(len(effect.changed))


def _done(effect: selections.Effect, said: str, **fields: object) -> ResponseReturnValue:
    skipped = effect.total - len(effect.changed)
    if skipped:
        flash(msg("Sin cambio: {count}."), "info", count=number(skipped))
    cases = cases_and_sums(len(effect.changed), [])
    return go_to("cases.list_cases", say=said, fields={"cases": cases, **fields}, **_back())


@bp.post("/cases/selected/assign")
@needs(Permission.ASSIGN_CASES)
def assign_selected() -> ResponseReturnValue:
    """Give the chosen cases to a collector, or back to everybody, once its effect was seen."""
    people, person = dict(collectors()), request.form.get("person", "")
    if person and person != "none" and person not in people:
        raise Invalid(msg("Esa persona no gestiona casos en esta agencia."))
    name = people.get(person, "")
    ids, person_id = _chosen(), UUID(person) if name else None
    effect = selections.assign_effect(g.work, ids, person_id=person_id)
    if not _confirmed(effect):
        title = spell(msg("Asignar a {person}"), person=name) if name else spell(msg("Quitar el gestor"))
        question = (
            spell(msg("Quien los tenga abiertos los suelta, y pasan a la cola de {person}."), person=name)
            if name
            else spell(msg("Quien los tenga abiertos los suelta, y vuelven a la cola de todos."))
        )
        return _preview(effect, act=url_for("cases.assign_selected"), title=title, question=question,
                        sent={"person": person})  # fmt: skip
    effect = selections.assign(g.work, ids, person_id=person_id, person=name)
    if name:
        return _done(effect, msg("Asignado a {person}: {cases}."), person=name)
    return _done(effect, msg("Sin gestor: {cases}."))


@bp.post("/cases/selected/hold")
@needs(Permission.HOLD_CASES)
def hold_selected() -> ResponseReturnValue:
    """Pause the chosen cases to the end of a day, once its effect was seen and its reason written."""
    ids = _chosen()
    effect = selections.hold_effect(g.work, ids)
    values = {"reason": request.form.get("reason", "").strip(), "until": request.form.get("until", "").strip()}
    errors: dict[str, str] = {}
    until: date | None = None
    if request.form.get("sure"):
        until, errors = _hold_answers(values)
    if until is None or errors or not _confirmed(effect):
        question = spell(msg("No sale ningún aviso ni entran en la cola. Al terminar vuelven para revisarlos."))
        return _preview(effect, act=url_for("cases.hold_selected"), title=spell(msg("Pausar casos")),
                        question=question, values=values, errors=errors)  # fmt: skip
    effect = selections.hold(g.work, ids, reason=values["reason"], until=until)
    return _done(effect, msg("En pausa hasta el {until}: {cases}."), until=day(until))


def _hold_answers(values: Mapping[str, str]) -> tuple[date | None, dict[str, str]]:
    errors: dict[str, str] = {}
    until: date | None = None
    today = g.work.now().date()
    if not values["reason"] or len(values["reason"]) > 1000:
        errors["reason"] = spell(msg("Escribe el motivo."))
    if not values["until"]:
        errors["until"] = spell(msg("Escribe el último día de la pausa."))
    else:
        try:
            until = read_day(values["until"], today=today)
        except Invalid as problem:
            errors["until"] = spell_problem(problem)
        if until is not None and until <= today:
            errors["until"] = spell(msg("El último día de la pausa tiene que ser posterior a hoy."))
    return until, errors


@bp.post("/cases/selected/export")
@needs(Permission.EXPORT)
def export_selected() -> ResponseReturnValue:
    """Exactly the chosen cases as CSV."""
    args = dict(parse_qsl(request.form.get("filter", "")))
    wanted = queries.CaseFilter(ids=_chosen(), sort=args.get("sort", "-balance"))
    page = queries.list_cases(g.work, wanted, size=selections.LIMIT)
    g.work.audit("cases.exported", count=len(page.rows))
    return as_csv(page.rows)
