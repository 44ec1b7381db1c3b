"""Notices thought of: what one would say today, to whom, by what. Nothing is queued here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.problems import Conflict, NotFound
from kernel.text import msg
from legal import gate
from legal.rules.facts import Channel, Override, Purpose
from recobro.cases.lifecycle import Stage
from recobro.debtors.tables import ContactPoint
from recobro.notices.contents import Contents, gather_contents
from recobro.notices.facts import CaseFacts, best_point, request_for
from recobro.notices.gathering import gather_one
from recobro.notices.render import Words, write
from recobro.notices.tables import Notice
from recobro.notices.templates import Template, locale_for, template_named
from tenants.context import Kind
from tenants.work import Work


class NoContactPoint(Conflict):
    """The debtor has nothing usable for that channel."""

    code = "notices.no_contact_point"


class NothingOwed(Conflict):
    """The case owes nothing, so there is nothing to write about."""

    code = "notices.nothing_owed"


@dataclass(frozen=True)
class Draft:
    """One notice thought of: which case, which text, by what, to where. `more` is what it adds to the text."""

    facts: CaseFacts
    contents: Contents
    template: Template
    channel: Channel
    point: ContactPoint
    purpose: Purpose
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def locale(self) -> str:
        """The language it is written in."""
        return locale_for(self.facts.debtor.locale, self.facts.debtor.country)


def draft(
    facts: CaseFacts,
    contents: Contents,
    *,
    key: str,
    channel: Channel,
    point: ContactPoint | None = None,
    purpose: Purpose | None = None,
    more: Mapping[str, Any] | None = None,
) -> Draft:
    """A notice on a case; without a point, to the best one of the channel. NoContactPoint when there is none."""
    found = template_named(key, channel)
    point = point or best_point(facts, channel)
    if point is None:
        raise NoContactPoint(msg("El deudor no tiene un dato de contacto que sirva para ese canal."))
    return Draft(facts, contents, found, channel, point, purpose or found.purpose, more or {})


def words_of(work: Work, wanted: Draft, *, link: str = "", stop_link: str = "") -> Words:
    """What the notice says today where the debtor lives; WordsRefused when it says too little or too much."""
    links = {"link": link, "stop_link": stop_link} if link else {}
    return write(
        wanted.facts,
        wanted.contents,
        wanted.template,
        point=wanted.point,
        channel=wanted.channel,
        locale=wanted.locale,
        on=work.today(wanted.facts.zone),
        purpose=wanted.purpose,
        more=wanted.more,
        **links,
    )


def draft_one(
    work: Work,
    *,
    case_id: UUID,
    key: str = "note",
    channel: Channel = Channel.EMAIL,
    contact_point_id: UUID | None = None,
    title: str = "",
    message: str = "",
    purpose: Purpose | None = None,
    more: Mapping[str, Any] | None = None,
) -> Draft:
    """The same notice only thought of: `words_of` shows what it would say."""
    facts = gather_one(work, case_id)
    found = template_named(key, channel)
    if facts.case.balance <= 0 and found.purpose is not Purpose.RECEIPT:
        raise NothingOwed(msg("El caso no debe nada: no hay de qué escribir."))
    by_hand = work.principal.kind is Kind.STAFF
    contents = gather_contents(work, [facts], signed_by=work.principal.name if by_hand else "")[case_id]
    point = next((point for point in facts.points if point.id == contact_point_id), None)
    if contact_point_id is not None and point is None:
        raise NotFound(msg("Ese dato de contacto no es de este deudor."))
    added = {**(more or {}), **({"title": title} if title else {}), **({"message": message} if message else {})}
    return draft(facts, contents, key=key, channel=channel, point=point, purpose=purpose, more=added)


def request_for_draft(wanted: Draft, override: Override | None = None) -> gate.ContactRequest:
    """The question to the gate about a notice thought of."""
    return request_for(wanted.facts, wanted.channel, point=wanted.point, purpose=wanted.purpose, override=override)


def redraft(work: Work, notice: Notice) -> Draft:
    """A queued notice thought of anew with the facts of today, signed by whom it was queued by."""
    facts = gather_one(work, notice.case_id)
    contents = gather_contents(work, [facts], signed_by=notice.by)[notice.case_id]
    channel = Channel(notice.channel)
    point = next(point for point in facts.points if point.id == notice.contact_point_id)
    template = template_named(notice.template, channel)
    return Draft(facts, contents, template, channel, point, Purpose(notice.purpose), notice.extra.get("more", {}))


def request_of(notice: Notice, wanted: Draft) -> gate.ContactRequest:
    """The question to the gate about a queued notice, with the override it was queued with."""
    kept = notice.extra.get("override")
    override = Override(kept["by"], kept["reason"], tuple(kept["rules"])) if kept else None
    return request_for_draft(wanted, override)


def out_of_date(wanted: Draft) -> str:
    """Why a queued notice has lost its reason, as a `msg()` sentence; empty when it has not."""
    case = wanted.facts.case
    if wanted.purpose is Purpose.RECEIPT:
        return ""
    if case.stage == Stage.CLOSED.value:
        return msg("El caso se cerró antes de enviarlo.")
    if case.balance <= 0:
        return msg("El saldo se pagó antes de enviarlo.")
    return ""
