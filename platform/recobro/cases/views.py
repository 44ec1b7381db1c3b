"""One case's record and what is done to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid
from kernel.text import msg
from recobro.cases import flags, list_views, queries, selection_views, selections, service
from recobro.cases.blueprint import bp, collectors
from recobro.cases.forms import CloseForm, HoldForm, NoteForm, proof_of
from recobro.cases.lifecycle import BY_HAND, CLOSE_LABELS, STAGE_LABELS, CloseCode, Move, Stage
from recobro.cases.render import stage_word
from recobro.cases.tables import Case
from recobro.cases.words import CHECKLIST, DOCUMENTS
from recobro.web import events
from recobro.web.jinja import clock
from recobro.web.lists import Tab
from recobro.web.pages import go_to, render
from recobro.web.readings import Look, read_day
from recobro.web.security import needs
from recobro.web.statuses import tone_of
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows

# The lists and what is done to many are of this blueprint too; other features spell a case the same way.
__all__ = ["bp", "list_views", "selection_views", "stage_word"]


@dataclass(frozen=True)
class Remark:
    """What another feature says of a case above its parts: a sentence, and where it leads (label and address)."""

    text: str
    links: Sequence[tuple[str, str]] = ()
    tone: str = ""


# What other features say of a case.
REMARKS: list[Callable[[Case], list[Remark]]] = []
# May it be contacted: what the desk says of that, as `pages/desk/guard.html` draws it.
GUARDS: list[Callable[[Case], Any]] = []


@dataclass(frozen=True)
class SidePanel:
    """What another feature shows beside a case: pairs of a word and what stands under it, and where they lead."""

    title: str
    icon: str
    pairs: Sequence[tuple[str, str]]
    empty: str = ""
    links: Sequence[tuple[str, str]] = ()


# What other features show beside a case.
PANELS: list[Callable[[Case], SidePanel]] = []


@dataclass(frozen=True)
class CasePage:
    """One case's record: head, part shown, and what can be done."""

    head: queries.CaseHead
    remarks: Sequence[Remark]
    guard: Any
    panels: Sequence[SidePanel]
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
    kept: Sequence[UUID] = ()


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
            remarks=[remark for say in REMARKS for remark in say(case)],
            guard=next((found for guard in GUARDS if (found := guard(case))), None),
            panels=[panel(case) for panel in PANELS],
            facts=facts_of(head),
            words=words(),
            tabs=tabs_of(case_id, part),
            part=part,
            stage=(spell(STAGE_LABELS[Stage(head.stage)]), tone_of(head.stage)),
            timeline=[events.line(event) for event in queries.history(g.work, case_id)] if part == "activity" else [],
            debts=queries.debts(g.work, case_id) if part == "debts" else [],
            contacts=queries.contact_points(g.work, head.debtor_id) if part == "contacts" else [],
            related=related(case_id, part),
            collectors=collectors(),
            close_codes=[(code.value, spell(CLOSE_LABELS[code])) for code in BY_HAND],
            flag_labels={kind: spell(label) for kind, label in flags.LABELS.items()},
            can=_can(),
            kept=[flag.id for flag in head.flags if flags.kept(g.work, flag)],
        ),
    )


def _can() -> dict[str, bool]:
    role = Role(g.principal.role)
    names = {
        "assign": Permission.ASSIGN_CASES,
        "hold": Permission.HOLD_CASES,
        "close": Permission.CLOSE_CASES,
        "recall": Permission.RECALL_CASES,
        "work": Permission.WORK_QUEUE,
        "call": Permission.RECORD_CALLS,
        "note": Permission.SEE_NOTES,
        "hand_off": Permission.HAND_OFF,
        "offer": Permission.OFFER_AGREEMENTS,
        "pay": Permission.RECORD_PAYMENTS,
        "complain": Permission.RECORD_COMPLAINTS,
        "decisions": Permission.SEE_DECISIONS,
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
    found = {part: RELATED[part](case_id)} if part in RELATED else {}
    return {**found, "checklist": checklist(case_id)} if part == "documents" else found


def checklist(case_id: UUID) -> list[tuple[str, bool]]:
    """What a court asks for first, and whether the case has it; then what else there is."""
    there = queries.document_kinds(g.work, case_id)
    shown = [*CHECKLIST, *(kind for kind in DOCUMENTS if kind in there and kind not in (*CHECKLIST, "other"))]
    return [(spell(DOCUMENTS[kind]), kind in there) for kind in shown]


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
    service.open_case(g.work, case_id, lock=True)
    people, person = dict(collectors()), request.form.get("person", "")
    if person and person not in people:
        raise Invalid(msg("Esa persona no gestiona casos en esta agencia."))
    selections.assign(g.work, [case_id], person_id=UUID(person) if person else None, person=people.get(person, ""))
    return go_to("cases.show_case", case_id=case_id, say=msg("Caso asignado."))


@bp.post("/cases/<uuid:case_id>/flags")
@needs(Permission.HOLD_CASES)
def open_flag(case_id: UUID) -> ResponseReturnValue:
    """Pause the case or note a dispute, a hardship, a breathing space or a plea that the debt is barred."""
    form = HoldForm()
    if not form.validate_on_submit():
        return go_to("cases.show_case", case_id=case_id, say=msg("Elige qué ocurre y escribe el motivo."), kind="warn")
    today = g.work.now().date()
    expires = read_day(form.expires_on.data, today=today) if form.expires_on.data else None
    since = read_day(form.since.data, today=today, look=Look.BACK) if form.since.data else None
    flags.open_flag(
        g.work, case_id=case_id, kind=form.kind.data, reason=form.reason.data, expires_on=expires,
        grounds=flags.Grounds(since, proof_of(form)),
    )  # fmt: skip
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
    form.code.choices = [code.value for code in BY_HAND]
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
