"""What the desk says before anything is done: may the case be contacted, by what, and what to do next."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import g

from kernel.money import Money
from kernel.text import msg
from legal.rules.decision import Decision, Result, Verdict
from legal.rules.decision import Outcome as RuleOutcome
from legal.rules.decision import sentence as rule_sentence
from legal.rules.facts import Channel
from legal.rules.kinds import Period
from recobro.agreements import queries as agreement_queries
from recobro.agreements import service as agreements
from recobro.agreements.lifecycle import AgreementState
from recobro.cases import queries
from recobro.cases.tables import Case
from recobro.desk import queries as desk_queries
from recobro.notices.facts import CaseFacts, points_for
from recobro.web import events
from recobro.web.jinja import moment, money
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows


@dataclass(frozen=True)
class RuleLine:
    """One rule of the answer on a call now: what it said and where it comes from."""

    tone: str
    title: str
    sentence: str
    citation: str
    source_url: str


@dataclass(frozen=True)
class GuardView:
    """The guardrail strip: verdict, the word, the facts behind it, and how each channel stands."""

    verdict: str
    word: str
    facts: list[str]
    call_ok: bool
    email_ok: bool
    why_not_call: str
    why_not_email: str
    may_override: bool
    rules: list[RuleLine]
    call_from: datetime | None


_NO_PHONE = msg("El caso no tiene un teléfono al que se pueda llamar.")
_NO_EMAIL = msg("El deudor no tiene un correo que sirva.")


def guard_view(facts: CaseFacts, zone: ZoneInfo) -> GuardView:
    """The gate's preview of a call and of an email, in words."""
    found = desk_queries.guard(g.work, facts)
    phones, emails = (points_for(facts, channel) for channel in (Channel.PHONE, Channel.EMAIL))
    phone = found.by_channel[Channel.PHONE]
    email = found.by_channel[Channel.EMAIL]
    verdict, word, lines = "deny", spell(msg("No contactar")), _reasons(phone, zone)
    if phone.verdict is Verdict.ALLOW:
        verdict, word, lines = "allow", spell(msg("Se puede contactar ahora")), _allowed_facts(phone)
    elif found.email_only:
        verdict, word = "wait", spell(msg("Por ahora solo por correo"))
    elif phone.verdict is Verdict.WAIT and phone.until is not None:
        verdict, word = "wait", spell(msg("Se puede contactar desde {when}"), when=moment(phone.until, zone))
    return GuardView(
        verdict=verdict,
        word=word,
        facts=lines,
        call_ok=phone.verdict is Verdict.ALLOW and bool(phones),
        email_ok=email.verdict is Verdict.ALLOW and bool(emails),
        why_not_call=_why_not(phone, zone) if phones else spell(_NO_PHONE),
        why_not_email=_why_not(email, zone) if emails else spell(_NO_EMAIL),
        may_override=phone.overridable and allows(Role(g.principal.role), Permission.OVERRIDE_POLICY),
        rules=[_rule_line(outcome, zone) for outcome in phone.outcomes if outcome.sentence],
        call_from=phone.until if phone.verdict is Verdict.WAIT else None,
    )


def _reasons(decision: Decision, zone: ZoneInfo) -> list[str]:
    return [f"{_rule(outcome, zone)} ({outcome.rule.citation})" for outcome in decision.failed]


def _why_not(decision: Decision, zone: ZoneInfo) -> str:
    return "; ".join(_rule(outcome, zone) for outcome in decision.failed)


def _rule(outcome: RuleOutcome, zone: ZoneInfo) -> str:
    def show(value: object) -> str:
        return moment(value, zone) if isinstance(value, datetime) else str(value)

    return rule_sentence(outcome, spell, show)


def _rule_line(outcome: RuleOutcome, zone: ZoneInfo) -> RuleLine:
    return RuleLine(
        tone={"passed": "ok", "warned": "warn", "failed": "neg"}.get(outcome.result.value, ""),
        title=spell(outcome.rule.title),
        sentence=_rule(outcome, zone),
        citation=outcome.rule.citation,
        source_url=outcome.rule.source_url,
    )


# What an allowed call rests on, as short as a strip has room for; the rest is behind "Reglas".
_BRIEF = {
    "contact_hours": msg("Horario {window}"),
    "authorised_channel": msg("Canal autorizado"),
    "contact_source": msg("Dato dado por {source}"),
}
_BRIEF_CAPS = {
    Period.DAY: msg("Hoy {count} de {max} contactos"),
    Period.ISO_WEEK: msg("{count} de {max} contactos esta semana"),
    Period.ROLLING_7_DAYS: msg("{count} de {max} contactos en 7 días"),
}


def _allowed_facts(decision: Decision) -> list[str]:
    facts: dict[str, str] = {}
    for outcome in decision.outcomes:
        period = outcome.inputs.get("period") if outcome.rule.kind == "contact_cap" else None
        brief = _BRIEF_CAPS[period] if isinstance(period, Period) else _BRIEF.get(outcome.rule.kind, "")
        if brief and brief not in facts and outcome.result in (Result.PASSED, Result.WARNED):
            facts[brief] = rule_sentence(replace(outcome, sentence=brief), spell)
    return list(facts.values())


# What an open flag asks of a collector, the heaviest first.
_FIRST = {
    "dispute": (
        msg("Resuelve la aclaración."),
        msg("El deudor no reconoce el saldo: pide al cliente los documentos y ciérrala en el expediente."),
    ),
    "complaint": (msg("Atiende la queja."), msg("Respóndele y ciérrala en el expediente antes de cobrar.")),
    "hold": (msg("No hagas nada: el caso está en pausa."), msg("Vuelve a la cola cuando la pausa termine.")),
    "hardship": (
        msg("Revisa su dificultad de pago."),
        msg("Mira qué declaró y anota en el expediente lo que se resuelva."),
    ),
}


def next_best(case: Case, head: queries.CaseHead, facts: CaseFacts, guard: GuardView) -> tuple[str, str]:
    """What to do and why. Where the gate lets nobody call, what is in the way comes first, and nothing is offered."""
    if guard.call_ok:
        return _running(head) or _call(case, head)
    raised = {flag.kind for flag in facts.flags}
    for kind, (lead, text) in _FIRST.items():
        if kind in raised:
            return spell(lead), spell(text)
    if guard.email_ok:
        return spell(msg("Escríbele: por ahora no se le puede llamar.")), guard.why_not_call
    if guard.verdict == "allow":
        return spell(msg("Busca cómo localizarlo: no hay teléfono ni correo.")), ""
    if guard.call_from is not None:
        return spell(msg("Espera: se le puede llamar desde {when}."), when=moment(guard.call_from, head.zone)), ""
    return spell(msg("No lo contactes y pasa al siguiente.")), guard.why_not_call


def _running(head: queries.CaseHead) -> tuple[str, str] | None:
    """An agreement that is being kept asks for patience, not for an offer."""
    states = (AgreementState.ACCEPTED, AgreementState.ACTIVE)
    found = agreement_queries.agreements(g.work, states=states, case_id=head.id)
    if not found:
        return None
    lead = spell(msg("Tiene un convenio firmado ({number}): no ofrezcas otro."), number=found[0].number)
    due, amount = found[0].next_due, found[0].next_amount
    if due is None or amount is None:
        return lead, ""
    said = msg("Su próximo pago es de {amount} el {day}.")
    return lead, spell(said, amount=money(amount), day=_spoken(due))


def _spoken(day: date) -> str:
    return str(events.readable(day.isoformat()))


def _call(case: Case, head: queries.CaseHead) -> tuple[str, str]:
    """What to say on the telephone, from why the case is here and what the client allows."""
    limits, _, _ = agreements.limits_of(g.work, case)
    count = limits.max_instalments
    share = Money(max(head.balance.minor // max(count, 1), 1), head.balance.currency)
    allowed = spell(
        msg("El cliente permite hasta {count} pagos y {pct} % de quita sin autorización."),
        count=count,
        pct=f"{limits.max_discount_bp / 100:g}",
    )
    details = {name: events.readable(value) for name, value in head.queue_details.items()}
    if head.queue_reason == "Promesa rota" and "amount" in details:
        return spell(msg("Llama y renueva la promesa de {amount}."), amount=money(details["amount"])), allowed
    if head.queue_reason == "Convenio roto" and "amount" in details:
        return (
            spell(msg("Llama: faltan {amount} de su convenio."), amount=money(details["amount"])),
            spell(msg("Si no puede cumplirlo, ofrece uno nuevo. {allowed}"), allowed=allowed),
        )
    if count > 1 and share.minor >= limits.min_instalment:
        return spell(msg("Llama y ofrece {count} pagos de {share}."), count=count, share=money(share)), allowed
    return spell(msg("Llama y pide el pago de {balance}."), balance=money(head.balance)), allowed
