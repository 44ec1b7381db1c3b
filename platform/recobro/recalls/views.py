"""Taking one case back: by the agency's people, and by the client in its portal."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, g, url_for
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Problem
from kernel.text import msg
from recobro.cases import queries as case_queries
from recobro.cases import service as cases
from recobro.cases.forms import sentences
from recobro.recalls import render, service
from recobro.recalls.facts import consequences, facts_of, open_debts
from recobro.recalls.forms import RecallForm, recall_form
from recobro.recalls.rules import CAUSE_LABELS, Cause, Reason, refusals
from recobro.web.pages import go_to
from recobro.web.pages import render as draw
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission, Role, allows

bp = Blueprint("recalls", __name__)
portal_bp = Blueprint("portal_recalls", __name__)
blueprints = (bp, portal_bp)


@dataclass(frozen=True)
class RecallPage:
    """One case that is to be taken back: its debts with what stands against each, what it costs, what may be done."""

    case: case_queries.CaseHead
    debts: Sequence[tuple[str, Money, Sequence[str]]]
    causes: Sequence[tuple[str, str]]
    final: bool
    costs: Sequence[tuple[str, str]]
    form: RecallForm
    errors: Sequence[tuple[str, str]]
    own: bool
    may_force: bool
    action: str
    back: str


def _page(
    case_id: UUID, form: RecallForm, errors: Sequence[tuple[str, str]] = (), status: int = 200
) -> ResponseReturnValue:
    case = cases.open_case(g.work, case_id)
    own = g.principal.client_id is not None
    facts = facts_of(g.work, open_debts(g.work, [case_id]))
    refused = {one.debt_id: list(refusals(one)) for one in facts.values()}
    everything = [each for some in refused.values() for each in some]
    causes = {each.cause: spell(CAUSE_LABELS[each.cause]) for each in everything}
    page = RecallPage(
        case=case_queries.head(g.work, case),
        debts=[
            (one.reference, Money(one.balance, one.currency), [render.said(each) for each in refused[one.debt_id]])
            for one in facts.values()
        ],
        causes=[(cause.value, label) for cause, label in causes.items()],
        final=any(each.final for each in everything),
        costs=[] if own else render.told(consequences(g.work, list(facts.values())).as_json()),
        form=form,
        errors=errors,
        own=own,
        may_force=not own and allows(Role(g.principal.role), Permission.FORCE_RECALL),
        action=url_for("portal_recalls.ask_own" if own else "recalls.take_back", case_id=case_id),
        back=url_for("portal.show_case" if own else "cases.show_case", case_id=case_id),
    )
    return draw("pages/recalls/case.html", page, status=status)


@bp.get("/cases/<uuid:case_id>/recall")
@needs(Permission.RECALL_CASES)
def show(case_id: UUID) -> ResponseReturnValue:
    """What taking the case back means, before it is done."""
    return _page(case_id, recall_form())


@bp.post("/cases/<uuid:case_id>/recall")
@needs(Permission.RECALL_CASES)
def take_back(case_id: UUID) -> ResponseReturnValue:
    """Take it back; overruling causes asks for the permission and a reason."""
    form = recall_form()
    if not form.validate():
        return _page(case_id, form, list(sentences(form).items()), 422)
    force = allows(Role(g.principal.role), Permission.FORCE_RECALL)
    forced = [Cause(value) for value in form.force.data or []] if force else []
    try:
        service.recall_case(
            g.work, case_id, reason=Reason(form.reason.data), note=(form.note.data or "").strip(), forced=forced,
            why=form.why.data or "",
        )  # fmt: skip
    except Problem as problem:
        g.work.session.expire_all()
        return _page(case_id, form, [("why" if forced else "reason", spell_problem(problem))], 422)
    return go_to("cases.show_case", case_id=case_id, say=msg("Caso retirado. No se cobra más."))


@portal_bp.get("/portal/cases/<uuid:case_id>/recall")
@needs(Permission.RECALL_OWN_CASES)
def show_own(case_id: UUID) -> ResponseReturnValue:
    """The same for the client, who asks the agency where something stands against it."""
    return _page(case_id, recall_form())


@portal_bp.post("/portal/cases/<uuid:case_id>/recall")
@needs(Permission.RECALL_OWN_CASES)
def ask_own(case_id: UUID) -> ResponseReturnValue:
    """Say that the case is wanted back; a job does it, or asks the agency's people."""
    form = recall_form()
    if not form.validate():
        return _page(case_id, form, list(sentences(form).items()), 422)
    case = cases.open_case(g.work, case_id)
    g.work.outbox.add("recalls.asked", case_id=case.id, reason=form.reason.data, note=(form.note.data or "").strip(),
                      by=g.principal.name)  # fmt: skip
    return go_to("portal.show_case", case_id=case_id,
                 say=msg("Recibimos tu petición. Si nada lo impide, el caso se retira enseguida; si no, la agencia te "
                         "responde."))  # fmt: skip
