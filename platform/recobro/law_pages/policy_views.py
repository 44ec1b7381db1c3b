"""An agency's own stricter policies: what holds, how it came to be, and the forms that change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue

from kernel.problems import NotFound
from kernel.text import msg
from legal.policies import service as policies
from legal.policies.tables import AgencyPolicies
from legal.rules.contact.registers import REGISTERS
from legal.rules.facts import WEEKDAYS, Channel, Receiver
from legal.rules.packs.kinds import parameters_of
from legal.rules.packs.schema import Rule
from legal.rules.policies import own_rules
from recobro.law_pages import policy_effects, policy_forms
from recobro.law_pages.blueprint import bp, today_here
from recobro.law_pages.places import RuleRow, rule_row
from recobro.law_pages.sentences import asks
from recobro.law_pages.words import word
from recobro.web.jinja import locale
from recobro.web.pages import go_to, render
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.service import agency_of


@dataclass(frozen=True)
class OwnPage:
    """The policies that hold, those that begin later or are over, the sorts one may add, and every version."""

    rows: list[RuleRow]
    others: list[RuleRow]
    states: Mapping[str, str]
    shapes: list[tuple[str, str, str, str]]
    changeable: Mapping[str, str]
    versions: list[tuple[AgencyPolicies, list[str]]]
    version: int
    may_change: bool


@bp.get("/rules/own")
@needs(Permission.SEE_LAW)
def own() -> ResponseReturnValue:
    """The agency's own policies."""
    return _own()


def _own() -> ResponseReturnValue:
    kept = policies.own_policies(g.work)
    today = today_here()
    return render(
        "pages/law/own.html",
        OwnPage(
            rows=[rule_row(rule, {}, "") for rule in kept.rules if rule.in_force(today)],
            others=[rule_row(rule, {}, "") for rule in kept.rules if not rule.in_force(today)],
            states={
                rule.id: spell(msg("Todavía no") if rule.valid_from > today else msg("Terminó"))
                for rule in kept.rules
                if not rule.in_force(today)
            },
            shapes=[(shape, spell(a), icon, spell(b)) for shape, (a, icon, b) in policy_forms.SHAPES.items()],
            changeable={rule.id: policy_forms.shape_of(rule) for rule in kept.rules},
            versions=[(row, [_told(rule) for rule in own_rules(row.rules)]) for row in policies.versions(g.work)],
            version=kept.version,
            may_change=allows(Role(g.principal.role), Permission.SET_POLICIES),
        ),
    )


def _told(rule: Rule) -> str:
    return f"{rule.title}: {asks(parameters_of(rule.kind, rule.parameters, {}))}"


@dataclass(frozen=True)
class PolicyPage:
    """The form of one policy; once it is read, what it would ask and do."""

    shape: str
    title: str
    values: Mapping[str, Any]
    errors: Mapping[str, str]
    rule: str
    based_on: int
    days: list[tuple[str, str]]
    channels: list[tuple[str, str]]
    targets: list[tuple[str, str]]
    periods: list[tuple[str, str]]
    registers: list[tuple[str, str]]
    receivers: list[tuple[str, str]]
    row: RuleRow | None = None
    effects: policy_effects.Effects | None = None


@bp.get("/rules/own/new")
@needs(Permission.SET_POLICIES)
def write_policy() -> ResponseReturnValue:
    """The form of a new policy, or of one that is changed."""
    rule = _rule(request.args.get("rule", ""))
    shape = policy_forms.shape_of(rule) if rule else request.args.get("shape", "")
    shape = shape if shape in policy_forms.SHAPES else "hours"
    values = policy_forms.values_of(rule) if rule else policy_forms.blank(shape)
    return _form(shape, policy_forms.Written(values), policies.own_policies(g.work).version)


@bp.post("/rules/own/new")
@needs(Permission.SET_POLICIES)
def save_policy() -> ResponseReturnValue:
    """Show what a policy would do or, once that was seen, keep it."""
    shape = request.form.get("shape", "")
    if shape not in policy_forms.SHAPES:
        raise NotFound()
    before = _rule(request.form.get("rule", ""))
    if before is None and request.form.get("rule"):
        raise NotFound(msg("Esa política ya no está, o no es de tu agencia. Vuelve a la lista."))
    citation = spell(msg("Política de {agency}"), agency=agency_of(g.work).name)
    written = policy_forms.read(
        shape,
        request.form,
        today=today_here(),
        locale=locale(),
        rule_id=before.id if before else "",
        citation=citation,
        country=agency_of(g.work).country,
    )
    based_on = request.form.get("based_on", default=0, type=int)
    if written.rule is None:
        return _form(shape, written, based_on, status=422)
    rules = _with(written.rule)
    if request.form.get("step") != "save":
        return _form(shape, written, based_on, rules=rules)
    said = msg("Cambia «{title}»") if before else msg("Añade «{title}»")
    policies.set_policies(
        g.work, rules, why=request.form["why"].strip(), change=spell(said, title=written.rule.title), based_on=based_on
    )
    if written.rule.valid_from > today_here():
        return go_to("law.own", say=msg("Política guardada. Empieza a regir el día que dice."))
    return go_to("law.own", say=msg("Política guardada. Rige desde ahora para todo contacto."))


@bp.post("/rules/own/end")
@needs(Permission.SET_POLICIES)
def end_policy() -> ResponseReturnValue:
    """Take a policy out; it stays in the history."""
    rule, why = _rule(request.form.get("rule", "")), request.form.get("why", "").strip()
    if rule is None:
        raise NotFound()
    if not why:
        return go_to("law.own", say=msg("Escribe por qué: queda en el historial."), kind="warn")
    rest = [one for one in policies.own_policies(g.work).rules if one.id != rule.id]
    policies.set_policies(
        g.work,
        rest,
        why=why,
        change=spell(msg("Quita «{title}»"), title=rule.title),
        based_on=request.form.get("based_on", default=0, type=int),
    )
    return go_to("law.own", say=msg("La política ya no rige."))


def _rule(rule_id: str) -> Rule | None:
    return next((rule for rule in policies.own_policies(g.work).rules if rule.id == rule_id), None)


def _with(rule: Rule) -> Sequence[Rule]:
    return [*(one for one in policies.own_policies(g.work).rules if one.id != rule.id), rule]


def _form(
    shape: str, written: policy_forms.Written, based_on: int, *, rules: Sequence[Rule] = (), status: int = 200
) -> ResponseReturnValue:
    kept = _rule(request.values.get("rule", ""))
    page = PolicyPage(
        shape=shape,
        title=spell(policy_forms.SHAPES[shape][0]),
        values=written.values,
        errors=written.errors,
        rule=kept.id if kept else "",
        based_on=based_on,
        days=[(day, word(day)) for day in WEEKDAYS],
        channels=[(one.value, word(one)) for one in Channel],
        targets=[(one.value, word(one)) for one in policy_forms.TARGETS],
        periods=[(name, spell(label)) for name, label in policy_forms.PERIODS.items()],
        registers=[(name, spell(label)) for name, label in REGISTERS.items()],
        receivers=[(one.value, word(one)) for one in Receiver],
        row=rule_row(written.rule, {}, "") if written.rule else None,
        effects=policy_effects.effects_of(g.work, rules) if rules else None,
    )
    return render("pages/law/policy.html", page, status=status)
