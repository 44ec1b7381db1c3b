"""What is known of cases, in the words of the law: gathered for many cases with a handful of queries, then pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kernel.clock import instant_of
from legal.gate import ContactRequest
from legal.records.ledger import NOTHING_SAID, Standing, contested, standing
from legal.records.tables import ConsentEvent, Dispute, ValidationNotice
from legal.rules.calendar import region_named
from legal.rules.contact import conduct
from legal.rules.contact.registers import registrations_told
from legal.rules.facts import (
    Channel,
    Consent,
    Contact,
    ContactFacts,
    CreditorType,
    DebtorKind,
    Flag,
    Inconvenient,
    OptOut,
    Override,
    Purpose,
    Quality,
    RaisedFlag,
    Receiver,
    Source,
    Target,
)
from legal.rules.facts import ContactPoint as PointFacts
from recobro.cases.tables import Case, CaseFlag, Debt
from recobro.debtors.persons import person_key
from recobro.debtors.rules import ADULT, claim_of
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.debtors.zones import town_of, zones_of, zones_with_phone
from tenants.tables import Agency, Client

Row = TypeVar("Row")

# What a contact point of the file is to the law.
LEGAL_CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    "email": (Channel.EMAIL,),
    "phone": (Channel.PHONE, Channel.SMS, Channel.WHATSAPP),
    "postal": (Channel.LETTER, Channel.CERTIFIED_LETTER),
}
_KIND_OF = {channel: kind for kind, channels in LEGAL_CHANNELS.items() for channel in channels}
_SOURCES = {
    "client": Source.CREDITOR,
    "debtor": Source.DEBTOR,
    # A collector may have heard it from anybody.
    "collector": Source.THIRD_PARTY,
    "search": Source.SKIP_TRACE,
}
_CONSENTS = {"granted": Consent.GIVEN, "refused": Consent.WITHDRAWN}
_TARGETS = {target.value: target for target in Target}
# Whoever is asked to pay, or told how when they asked, is told whom.
_ASKS_TO_PAY = frozenset({Purpose.COLLECT, Purpose.ANSWER, Purpose.REMEDY})
_QUALITIES = {
    "verified": Quality.VERIFIED,
    "unknown": Quality.UNVERIFIED,
    "no_answer": Quality.UNVERIFIED,
    "wrong": Quality.WRONG_PERSON,
    "bounced": Quality.BAD,
}


@dataclass(frozen=True)
class Elsewhere:
    """What restricts contact with a person, as `cases` (their numbers) of the agency's other clients tell it."""

    flags: tuple[RaisedFlag, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    inconvenient: tuple[Inconvenient, ...] = ()
    cases: tuple[str, ...] = ()


NOTHING_ELSEWHERE = Elsewhere()


@dataclass(frozen=True)
class CaseFacts:
    """One case with all that notices and the gate ask about it. `pay_to` is whom its debtor pays by the contract."""

    case: Case
    debtor: Debtor
    client: Client
    agency: Agency
    house: str
    points: Sequence[ContactPoint] = ()
    flags: Sequence[CaseFlag] = ()
    wishes: Sequence[ConsentEvent] = ()
    debts: Sequence[Debt] = field(default=(), repr=False)
    disputes: Sequence[Dispute] = ()
    validation: Sequence[ValidationNotice] = ()
    introduced: bool = False
    pay_to: Receiver = Receiver.AGENCY
    elsewhere: Elsewhere = NOTHING_ELSEWHERE

    @property
    def standing(self) -> Standing:
        """What the debtor's ledger of consent comes to."""
        return self._said if self.wishes else NOTHING_SAID

    @cached_property
    def _said(self) -> Standing:
        return standing(self.wishes, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """Where the debtor's days begin and end."""
        return ZoneInfo(self.debtor.time_zone)

    @property
    def person_key(self) -> str:
        """The same for one person under all clients of the agency; without a tax id, each debtor is a person."""
        return person_key(self.debtor.country, self.debtor.tax_id_norm, self.debtor.id)


def house_of(agency: Agency) -> str:
    """What the law asks about the agency itself, as one text: the same for a whole portfolio."""
    return json.dumps([agency.settings.get("law", {}), agency.settings.get("registrations", {})], sort_keys=True)


def contact_facts(facts: CaseFacts) -> ContactFacts:
    """The same as the gate reads it; earlier contacts are the gate's own to add."""
    debtor = facts.debtor
    shared = _shared(
        facts.house, debtor.country, debtor.region, debtor.city, debtor.time_zone, debtor.kind,
        facts.client.creditor_type, str(facts.client.id),
    )  # fmt: skip
    return shared.having(
        debts=(str(facts.case.id),),
        # The client handed over each claim by its document's reference.
        debt_proof=all(debt.reference.strip() for debt in facts.debts),
        authorised_channels=_authorised(facts),
        introduced=facts.introduced,
        **(_events(facts) if _eventful(facts) else {}),
    )


@lru_cache(maxsize=4096)
def _shared(
    house: str, country: str, region: str, city: str, time_zone: str, kind: str, creditor_type: str, creditor: str
) -> ContactFacts:
    """What is the same for all debtors of a client of a kind in a place."""
    law, registrations = json.loads(house)
    return ContactFacts(
        country=country,
        zones=zones_of(country, region, time_zone),
        region=region_named(country, region),
        locality=town_of(country, region, city),
        town=city.strip() or None,
        creditor_type=CreditorType(creditor_type),
        debtor=DebtorKind(kind),
        claim=claim_of(kind),
        registrations=registrations_told(registrations, country, creditor),
        settings=law.get(country, {}),
    )


def _eventful(facts: CaseFacts) -> bool:
    """Whether anything was said or happened in this case; in most, nothing was."""
    return bool(
        facts.wishes
        or facts.flags
        or facts.disputes
        or facts.validation
        or facts.debtor.birth_year is not None
        or facts.elsewhere is not NOTHING_ELSEWHERE
    )


def _events(facts: CaseFacts) -> Mapping[str, Any]:
    said, other = facts.standing, facts.elsewhere
    return {
        "requests": said.requests,
        "opt_outs": (*said.opt_outs, *other.opt_outs),
        "flags": (
            *(raised(flag, facts.zone) for flag in facts.flags),
            *of_age(facts.debtor.birth_year, facts.zone),
            *_represented(facts),
            *other.flags,
        ),
        "consents": said.consents,
        "inconvenient": (*said.inconvenient, *other.inconvenient),
        "lawyer": said.lawyer,
        "employer_prohibits": said.employer_prohibits,
        "contested": contested(facts.disputes, facts.zone),
        "validation_ends": max((one.period_ends_on for one in facts.validation if one.period_ends_on), default=None),
    }


def _authorised(facts: CaseFacts) -> tuple[Channel, ...] | None:
    """The channels of which the debtor said yes; None when the debtor said nothing of any."""
    said = [point for point in facts.points if point.consent != "unknown"]
    allowed = facts.standing.allowed
    if not said and not allowed:
        return None
    return _channels(frozenset([point.channel for point in said if point.consent == "granted"]), allowed)


@lru_cache(maxsize=256)
def _channels(granted: frozenset[str], allowed: frozenset[Channel]) -> tuple[Channel, ...]:
    return tuple(channel for channel in Channel if _KIND_OF.get(channel) in granted or channel in allowed)


def raised(flag: CaseFlag, zone: ZoneInfo) -> RaisedFlag:
    """A flag of a case, until its last day is over where the debtor is."""
    until = instant_of(flag.expires_on + timedelta(days=1), zone) if flag.expires_on else None
    return RaisedFlag(Flag(flag.kind), until)


def of_age(birth_year: int | None, zone: ZoneInfo) -> tuple[RaisedFlag, ...]:
    """A minor is one until the year in which they come of age, whatever a person makes of the case's pauses."""
    if birth_year is None:
        return ()
    return (RaisedFlag(Flag.MINOR, instant_of(date(birth_year + ADULT, 1, 1), zone)),)


def _represented(facts: CaseFacts) -> tuple[RaisedFlag, ...]:
    """A lawyer in the ledger is a flag for every place, until that line ends."""
    if facts.standing.lawyer is None:
        return ()
    return (RaisedFlag(Flag.REPRESENTED),)


def points_for(facts: CaseFacts, channel: Channel) -> list[ContactPoint]:
    """What one would use for a channel: nothing refused, wrong or bounced; the verified and the debtor's own first."""
    wanted = _KIND_OF.get(channel)
    usable = [
        point
        for point in facts.points
        if point.channel == wanted and point.consent != "refused" and point.quality not in ("wrong", "bounced")
    ]
    return sorted(usable, key=_preference)


def best_point(facts: CaseFacts, channel: Channel) -> ContactPoint | None:
    """The first of them, if there is one."""
    return next(iter(points_for(facts, channel)), None)


def _preference(point: ContactPoint) -> tuple[bool, bool, bool]:
    return point.quality != "verified", point.consent != "granted", point.person_role != "debtor"


def is_own(point: ContactPoint) -> bool:
    """Whether a contact point is the debtor's own, as the law takes it."""
    return conduct.is_own(_point_facts(point))


def request_for(
    facts: CaseFacts,
    channel: Channel,
    *,
    point: ContactPoint | None = None,
    purpose: Purpose = Purpose.COLLECT,
    override: Override | None = None,
) -> ContactRequest:
    """The question to the gate about one contact by a channel; without a point, the best one is taken."""
    point = point or best_point(facts, channel)
    return ContactRequest(
        client_id=facts.case.client_id,
        case_id=facts.case.id,
        debtor_id=facts.debtor.id,
        person_key=facts.person_key,
        facts=_where(contact_facts(facts), point, facts.debtor.country),
        action=_action(facts, channel, point, purpose, override),
        contact_point_id=point.id if point else None,
        address=point.value if point else "",
    )


def _where(known: ContactFacts, point: ContactPoint | None, country: str) -> ContactFacts:
    """With the zones of the telephone that would be used, where it may be elsewhere than the address."""
    if point is None or point.channel != "phone":
        return known
    zones = zones_with_phone(known.zones, point.value_norm or point.value, country)
    return known if zones is known.zones else known.having(zones=zones)


def _action(
    facts: CaseFacts, channel: Channel, point: ContactPoint | None, purpose: Purpose, override: Override | None
) -> Contact:
    contact = Contact(
        channel,
        purpose,
        target=_target(facts.debtor, point),
        contact_point=_point_facts(point) if point else None,
        workplace=point is not None and _at_work(facts, point),
        pay_to=asked_to_pay(facts, purpose),
        override=override,
    )
    if channel is not Channel.PHONE:
        return contact
    # Calls are made from the agency's own line, which shows; of a line that it has not told nothing is known.
    number = facts.agency.phone or None
    return replace(contact, caller_id_withheld=None if number is None else False, caller_number=number)


def _at_work(facts: CaseFacts, point: ContactPoint) -> bool:
    told = facts.standing.at_work
    # Of a portfolio, ids are read as text.
    return bool(told) and str(point.id) in map(str, told)


def asked_to_pay(facts: CaseFacts, purpose: Purpose) -> Receiver | None:
    """Whom a contact of that purpose asks the debtor to pay; None when it asks for no payment."""
    return facts.pay_to if purpose in _ASKS_TO_PAY else None


def _point_facts(point: ContactPoint) -> PointFacts:
    return PointFacts(
        _SOURCES[point.source], _QUALITIES[point.quality], _CONSENTS.get(point.consent), address=str(point.id)
    )


def _target(debtor: Debtor, point: ContactPoint | None) -> Target:
    role = point.person_role if point else "debtor"
    if role in _TARGETS:
        return _TARGETS[role]
    # At a firm one speaks with whoever answers for it; a person's acquaintance is somebody else.
    return Target.REPRESENTATIVE if debtor.kind == "firm" else Target.OTHER
