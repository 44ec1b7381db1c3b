"""Setting policies of contact aside, one by one, with a reason: a supervisor's, and never what a law asks."""

from collections.abc import Collection, Sequence

from kernel.problems import Invalid, NotAllowed
from kernel.text import msg
from legal.gate import ContactRequest, preview
from legal.rules.decision import Decision
from legal.rules.facts import Override
from legal.rules.packs.schema import Rule
from tenants.roles import Permission, Role, allows
from tenants.work import Work


def liftable(decision: Decision) -> Sequence[Rule]:
    """The policies that alone stand in the way; nothing where a law does too, or what protects a person."""
    return [outcome.rule for outcome in decision.failed] if decision.overridable else []


def overriding(work: Work, request: ContactRequest, *, reason: str, rules: Collection[str]) -> Override:
    """The exception for one contact: the named policies are set aside, noted in the audit with who and why.

    Refused: who may not, no policy named, one that does not stand in the way, and what nobody may set aside.
    """
    role = Role(work.principal.role) if work.principal.role in set(Role) else None
    if role is None or not allows(role, Permission.OVERRIDE_POLICY):
        raise NotAllowed(msg("Solo supervisión puede apartar una política de contacto, con su motivo."))
    known = {outcome.rule.id for outcome in preview(work, request).failed if outcome.rule.overridable}
    if not known:
        raise Invalid(msg("Lo que impide este contacto no lo puede apartar nadie: es ley o protege a una persona."))
    if not rules:
        raise Invalid(msg("Marca cada política que apartas."))
    if not known.issuperset(rules):
        raise Invalid(msg("Esa política no se puede apartar, o ya no impide este contacto."))
    named = sorted(rules)
    work.audit("contact.policy_overridden", case_id=request.case_id, rules=named, why=reason)
    return Override(work.principal.name, reason, tuple(named))
