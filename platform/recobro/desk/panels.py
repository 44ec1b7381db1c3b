"""The guardrail: may a case be contacted now, by what, until or from when, and which rules say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, url_for

from kernel.text import msg
from legal.policies.service import set_by
from legal.rules.decision import Decision, Outcome, Result, Verdict, plain
from legal.rules.elements import ELEMENTS
from legal.rules.facts import Channel
from legal.rules.packs.kinds import Period
from legal.rules.policies import OWN
from recobro.desk import queries
from recobro.notices.facts import CaseFacts, contact_facts, points_for
from recobro.notices.words import CHANNELS, inputs_in_words, rule_lines
from recobro.web.jinja import moment
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows

ICONS: Mapping[Channel, str] = {
    Channel.PHONE: "phone",
    Channel.EMAIL: "mail",
    Channel.WHATSAPP: "brand-whatsapp",
    Channel.SMS: "message-2",
    Channel.LETTER: "mailbox",
}


@dataclass(frozen=True)
class RuleView:
    """One rule that decides: what it says by the debtor's clock, what it looked at, and where it comes from.
    `set_by` is who set it and when, of an agency's own policy."""

    title: str
    sentence: str
    basis: str
    citation: str
    source_url: str
    inputs: list[tuple[str, str]]
    set_by: str


@dataclass(frozen=True)
class ChannelView:
    """How one channel stands: `state` is allow, wait, deny, or none without a contact point to use."""

    code: str
    label: str
    icon: str
    state: str
    word: str
    by_debtor: str
    by_agency: str
    deciding: list[RuleView]
    cares: list[RuleView]
    says: list[str]


@dataclass(frozen=True)
class GuardView:
    """The guardrail strip: verdict, the word, the facts behind it, and how each channel stands. `liftable` are the
    policies that stand between the reader and a call, by id and title."""

    verdict: str
    word: str
    facts: list[str]
    call_ok: bool
    email_ok: bool
    why_not_call: str
    why_not_email: str
    may_override: bool
    liftable: list[tuple[str, str]]
    channels: list[ChannelView]
    call_from: datetime | None
    decisions_url: str


_NO_PHONE = msg("El caso no tiene un teléfono al que se pueda llamar.")
_NO_EMAIL = msg("El deudor no tiene un correo que sirva.")


def guard_view(facts: CaseFacts, zone: ZoneInfo) -> GuardView:
    """The gate's preview of each channel, in words."""
    found = queries.guard(g.work, facts)
    phones, emails = (points_for(facts, channel) for channel in (Channel.PHONE, Channel.EMAIL))
    phone, email = found.by_channel[Channel.PHONE], found.by_channel[Channel.EMAIL]
    verdict, word, lines = "deny", spell(msg("No contactar")), _reasons(phone, zone)
    if phone.verdict is Verdict.ALLOW:
        verdict, word, lines = (
            "allow",
            spell(msg("Se puede contactar ahora")),
            [*_allowed_facts(phone, zone), *_consents(facts)],
        )
    elif others := [one for one, said in found.by_channel.items() if _is_open(said, facts)]:
        named = ", ".join(spell(CHANNELS[channel.value]).lower() for channel in others)
        verdict, word = "wait", spell(msg("Por ahora solo por: {channels}"), channels=named)
    elif phone.verdict is Verdict.WAIT and phone.until is not None:
        verdict, word = "wait", spell(msg("Se puede contactar desde {when}"), when=moment(phone.until, zone))
    return GuardView(
        verdict=verdict,
        word=word,
        facts=[*lines, *_elsewhere(facts)],
        call_ok=phone.verdict is Verdict.ALLOW and bool(phones),
        email_ok=email.verdict is Verdict.ALLOW and bool(emails),
        why_not_call=_why_not(phone, zone) if phones else spell(_NO_PHONE),
        why_not_email=_why_not(email, zone) if emails else spell(_NO_EMAIL),
        may_override=phone.overridable and allows(Role(g.principal.role), Permission.OVERRIDE_POLICY),
        liftable=[(outcome.rule.id, spell(outcome.rule.title)) for outcome in phone.failed],
        channels=[channel_view(decision, facts, zone) for decision in found.by_channel.values()],
        call_from=phone.until if phone.verdict is Verdict.WAIT else None,
        decisions_url=decisions_url(facts),
    )


def _is_open(decision: Decision, facts: CaseFacts) -> bool:
    return decision.verdict is Verdict.ALLOW and bool(points_for(facts, decision.action.channel))


def decisions_url(facts: CaseFacts) -> str:
    """Where the decisions kept of a case are explored; empty for those who may not."""
    if not allows(Role(g.principal.role), Permission.SEE_DECISIONS):
        return ""
    return url_for("decisions.list_decisions", case=facts.case.id)


def channel_view(decision: Decision, facts: CaseFacts, zone: ZoneInfo) -> ChannelView:
    """How the channel of a decision stands, with the rules that decided and what must be said."""
    channel = decision.action.channel
    state, word = _state(decision, facts, zone)
    home = ZoneInfo(facts.agency.time_zone)
    until = decision.until if state == "wait" else None
    elsewhere = until is not None and until.astimezone(home).utcoffset() != until.astimezone(zone).utcoffset()
    return ChannelView(
        code=channel.value,
        label=spell(CHANNELS[channel.value]),
        icon=ICONS.get(channel, "mail"),
        state=state,
        word=word,
        by_debtor=moment(until, zone) if until else "",
        by_agency=moment(until, home) if until and elsewhere else "",
        deciding=[_rule_view(outcome, zone) for outcome in decision.failed],
        cares=[_rule_view(outcome, zone) for outcome in decision.warned],
        says=[spell(ELEMENTS.get(name, name)) for name in decision.disclosures],
    )


def _state(decision: Decision, facts: CaseFacts, zone: ZoneInfo) -> tuple[str, str]:
    if not points_for(facts, decision.action.channel):
        return "none", spell(msg("sin dato"))
    if decision.verdict is Verdict.ALLOW:
        return "allow", spell(msg("ahora"))
    if decision.until is not None:
        return "wait", spell(msg("desde {when}"), when=moment(decision.until, zone))
    return "deny", spell(msg("no se permite"))


def _reasons(decision: Decision, zone: ZoneInfo) -> list[str]:
    """Each sentence once, with every rule that says it."""
    sources: dict[str, list[str]] = {}
    for outcome in decision.failed:
        sources.setdefault(_said(outcome, zone), []).append(spell(outcome.rule.citation))
    return [f"{said} ({'; '.join(dict.fromkeys(cited))})" for said, cited in sources.items()]


def _why_not(decision: Decision, zone: ZoneInfo) -> str:
    return "; ".join(dict.fromkeys(_said(outcome, zone) for outcome in decision.failed))


def _said(outcome: Outcome, zone: ZoneInfo) -> str:
    return spell(outcome.sentence, **_inputs(outcome, zone))


def _inputs(outcome: Outcome, zone: ZoneInfo) -> dict[str, str]:
    """What a rule looked at, in words and by the debtor's clock."""
    kept = plain(outcome.inputs)
    assert isinstance(kept, dict)
    clocks = {name: moment(value, zone) for name, value in outcome.inputs.items() if isinstance(value, datetime)}
    return inputs_in_words(kept) | clocks


def _rule_view(outcome: Outcome, zone: ZoneInfo) -> RuleView:
    [line] = rule_lines({"rules": [plain(outcome.content)], "until": None}, zone=zone)
    said = [(name, value) for name, value in line.inputs if value]
    return RuleView(
        line.title, _said(outcome, zone), line.basis, line.citation, line.source_url, said, _set_by(outcome)
    )


def _set_by(outcome: Outcome) -> str:
    found = set_by(g.work, outcome.rule.id) if outcome.rule.id.startswith(OWN) else None
    return spell(msg("La puso {who}, {when}"), who=found[0], when=moment(found[1])) if found else ""


def _elsewhere(facts: CaseFacts) -> list[str]:
    """By which cases of other clients the same person is known to be left alone, wholly or in part."""
    told = facts.elsewhere.cases
    if not told:
        return []
    return [spell(msg("Cuenta lo dicho por la misma persona en: {cases}"), cases=", ".join(told))]


# What an allowed call rests on, as short as a strip has room for; the rest is behind "Reglas".
_BRIEF = {
    "contact_hours": msg("Horario {window}"),
    "authorised_channel": msg("Canal autorizado"),
    "contact_source": msg("Dato dado por {source}"),
}
_BRIEF_CAPS = {
    Period.DAY: msg("Contactos hoy: {count} de {max}"),
    Period.ISO_WEEK: msg("Contactos esta semana: {count} de {max}"),
    Period.ROLLING_7_DAYS: msg("Contactos en 7 días: {count} de {max}"),
    Period.ROLLING_30_DAYS: msg("Contactos en 30 días: {count} de {max}"),
}


def _consents(facts: CaseFacts) -> list[str]:
    """By what the debtor agreed to be contacted, of the channels this program has."""
    agreed = contact_facts(facts).authorised_channels or ()
    named = [spell(CHANNELS[channel.value]) for channel in queries.CHANNELS if channel in agreed]
    return [spell(msg("Consentimiento: {channels}"), channels=", ".join(named))] if named else []


def _allowed_facts(decision: Decision, zone: ZoneInfo) -> list[str]:
    facts: dict[str, str] = {}
    for outcome in decision.outcomes:
        period = outcome.inputs.get("period") if outcome.rule.kind == "contact_cap" else None
        brief = _BRIEF_CAPS[period] if isinstance(period, Period) else _BRIEF.get(outcome.rule.kind, "")
        if brief and brief not in facts and outcome.result in (Result.PASSED, Result.WARNED):
            facts[brief] = spell(brief, **_inputs(outcome, zone))
    return list(facts.values())
