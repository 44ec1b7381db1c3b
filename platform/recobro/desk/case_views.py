"""What the desk says before anything is done: may the case be contacted, by what, and what to do next."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.money import Money
from kernel.problems import Problem
from kernel.text import msg
from legal.rules.facts import Channel
from recobro.agreements import queries as agreement_queries
from recobro.agreements import service as agreements
from recobro.agreements.lifecycle import AgreementState
from recobro.cases import queries
from recobro.cases import service as cases
from recobro.cases.lifecycle import Stage
from recobro.cases.tables import Case
from recobro.desk import queries as desk_queries
from recobro.desk.blueprint import bp
from recobro.desk.panels import ChannelView, GuardView, channel_view, decisions_url, guard_view
from recobro.notices.facts import CaseFacts
from recobro.notices.gathering import gather_one
from recobro.notices.words import CHANNELS, RuleLine, rule_lines
from recobro.web import events
from recobro.web.jinja import clock, locale, moment, money
from recobro.web.lists import Tab, url_with
from recobro.web.pages import render
from recobro.web.readings import read_day, read_money
from recobro.web.security import needs
from recobro.web.translations import spell, spell_problem
from tenants.roles import Permission


@dataclass(frozen=True)
class WhyPage:
    """Every rule of the answer on one channel now: what it said, what it looked at, where it comes from."""

    head: queries.CaseHead
    view: ChannelView
    tabs: list[Tab]
    lines: list[RuleLine]
    pack: str
    hour: str
    decisions_url: str


@bp.get("/cases/<uuid:case_id>/why")
@needs(Permission.SEE_CASES)
def why(case_id: UUID) -> ResponseReturnValue:
    """Why a contact by a channel may be made now, later, or not; nothing is kept or counted."""
    case = cases.open_case(g.work, case_id)
    head, facts = queries.head(g.work, case), gather_one(g.work, case_id)
    found = desk_queries.guard(g.work, facts).by_channel
    wanted = request.args.get("channel", "")
    channel = next((one for one in found if one.value == wanted), Channel.PHONE)
    url = url_for("desk.why", case_id=case_id)
    return render(
        "pages/desk/why.html",
        WhyPage(
            head=head,
            view=channel_view(found[channel], facts, head.zone),
            tabs=[
                Tab(spell(CHANNELS[one.value]), url_with(url, {}, channel=one.value), current=one is channel)
                for one in found
            ],
            lines=rule_lines(found[channel].record(), zone=head.zone),
            pack=found[channel].pack_id,
            hour=clock(g.work.now(), head.zone),
            decisions_url=decisions_url(facts),
        ),
    )


def guard_of(case: Case) -> GuardView | None:
    """The guardrail of a case's record; a closed case is not contacted."""
    if case.stage == Stage.CLOSED:
        return None
    facts = gather_one(g.work, case.id)
    return guard_view(facts, facts.zone)


def read_promise(case: Case, amount: str, day: str, errors: dict[str, str]) -> tuple[Money, date] | None:
    """What was written of a promise, if it can be kept; else `errors` says what is wrong, by field."""
    field = "amount"
    try:
        zone = agreements.zone_of(g.work, case)
        promised = read_money(amount, case.currency, locale())
        field = "day"
        today = g.work.today(zone)
        due_on = read_day(day, today, locale())
        agreements.check_promise(case, amount=promised, due_on=due_on, today=today)
    except agreements.PromiseRefused as problem:
        errors[problem.field] = spell_problem(problem)
    except Problem as problem:
        errors[field] = spell_problem(problem)
    else:
        return promised, due_on
    return None


# What an open flag asks of a collector, the heaviest first.
_FIRST = {
    "dispute": (
        msg("Resuelve la aclaración."),
        msg("El deudor no reconoce el saldo: pide al cliente los documentos y ciérrala en el expediente."),
    ),
    "complaint": (msg("Atiende la queja."), msg("Respóndele y ciérrala en el expediente antes de cobrar.")),
    "hold": (msg("No hagas nada: el caso está en pausa."), msg("Vuelve a la cola cuando la pausa termine.")),
    "breathing_space": (
        msg("No cobres: el deudor está en una tregua legal."),
        msg("Vuelve a la cola cuando la tregua termine."),
    ),
    "pleads_barred": (
        msg("No insistas: el deudor alega que la deuda prescribió."),
        msg("Pide a jurídico que revise el plazo y ciérralo en el expediente."),
    ),
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
