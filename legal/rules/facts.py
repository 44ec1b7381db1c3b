"""The vocabulary of facts that rules read: who owes, who is addressed, by what channel, what happened before.

Every optional field means "nobody knows" when it is None, which is not the same as an empty tuple or False.
Instants are aware; the rules compare them in UTC and read them on the debtor's wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from kernel.problems import Invalid
from kernel.text import msg


class Channel(StrEnum):
    """By what means a contact is made."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PHONE = "phone"
    LETTER = "letter"
    CERTIFIED_LETTER = "certified_letter"
    VISIT = "visit"


class CreditorType(StrEnum):
    """What the creditor is; it chooses the regime in some places (Mexico)."""

    FINANCIAL = "financial"
    COMMERCIAL = "commercial"
    OTHER = "other"


class DebtorKind(StrEnum):
    """Whether a natural person or a firm owes."""

    PERSON = "person"
    FIRM = "firm"


class Claim(StrEnum):
    """The nature of the debt."""

    CONSUMER = "consumer"
    COMMERCIAL = "commercial"
    CIVIL = "civil"


class Title(StrEnum):
    """What a claim rests on; the term in which it may be sued depends on it.

    `ordinary` is any contract or invoice without a shorter term, `bill` a promissory note or bill of exchange,
    `retail_credit` what a merchant sold to who does not trade in it, `services` fees, `periodic` rents and what else is
    due at intervals, `executive` a document the law makes enforceable.
    """

    ORDINARY = "ordinary"
    BILL = "bill"
    CHEQUE = "cheque"
    RETAIL_CREDIT = "retail_credit"
    SERVICES = "services"
    PERIODIC = "periodic"
    EXECUTIVE = "executive"


class Means(StrEnum):
    """By what an agreement was sought before going to court."""

    REQUEST = "request"
    BINDING_OFFER = "binding_offer"
    MEDIATION = "mediation"
    CONCILIATION = "conciliation"
    EXPERT = "expert"


class Act(StrEnum):
    """What happened to a claim that may count in its term.

    `demand` is the creditor's own in writing and out of court; `notarised_demand` the same before a notary;
    `negotiation` a recorded request to negotiate under the law of amicable means; `term_asked` a plea for time.
    """

    CLAIM = "claim"
    ACKNOWLEDGEMENT = "acknowledgement"
    PART_PAYMENT = "part_payment"
    RENEWAL = "renewal"
    DEMAND = "demand"
    NOTARISED_DEMAND = "notarised_demand"
    NEGOTIATION = "negotiation"
    TERM_ASKED = "term_asked"


class Target(StrEnum):
    """Who would be spoken to; a representative is whoever acts for the debtor, in a firm or by the debtor's word."""

    DEBTOR = "debtor"
    REPRESENTATIVE = "representative"
    LAWYER = "lawyer"
    GUARANTOR = "guarantor"
    CO_DEBTOR = "co_debtor"
    ESTATE = "estate"
    REFERENCE = "reference"
    BENEFICIARY = "beneficiary"
    FAMILY = "family"
    EMPLOYER = "employer"
    COWORKER = "coworker"
    NEIGHBOUR = "neighbour"
    MINOR = "minor"
    OLDER_ADULT = "older_adult"
    OTHER = "other"


class Purpose(StrEnum):
    """Why the contact is made.

    `answer` gives what the debtor asked for, `receipt` confirms an operation (a payment, a signature), `legal_notice`
    is one a law itself prescribes, `locate` asks somebody else where the debtor is and discloses nothing.
    """

    COLLECT = "collect"
    ANSWER = "answer"
    RECEIPT = "receipt"
    LEGAL_NOTICE = "legal_notice"
    LOCATE = "locate"


class Source(StrEnum):
    """Where a contact point came from."""

    CREDITOR = "creditor"
    DEBTOR = "debtor"
    THIRD_PARTY = "third_party"
    PUBLIC_RECORD = "public_record"
    SKIP_TRACE = "skip_trace"


class Quality(StrEnum):
    """What is known of a contact point."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    BAD = "bad"
    WRONG_PERSON = "wrong_person"


class Consent(StrEnum):
    """The state of the debtor's consent to one contact point."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Flag(StrEnum):
    """Facts beside the stage of a case that stop or change work."""

    HOLD = "hold"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    REPRESENTED = "represented"
    DECEASED = "deceased"
    INSOLVENT = "insolvent"
    MINOR = "minor"
    IDENTITY_THEFT = "identity_theft"


class Component(StrEnum):
    """The parts a debt is made of."""

    PRINCIPAL = "principal"
    CONTRACTUAL_INTEREST = "contractual_interest"
    DEFAULT_INTEREST = "default_interest"
    TAX = "tax"
    COST = "cost"
    FEE = "fee"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Told:
    """What may come from outside as JSON: a name it does not know is refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class ContactPoint(Told):
    """The phone, address or mailbox that would be used."""

    source: Source | None = None
    quality: Quality | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class PastContact(Told):
    """One outgoing contact with the person this action is for; `conversation` when they answered (both ways)."""

    at: datetime
    channel: Channel
    conversation: bool = False
    purpose: Purpose = Purpose.COLLECT


@dataclass(frozen=True, slots=True)
class OptOut(Told):
    """The person asked not to be contacted by a channel; None: by none at all."""

    channel: Channel | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RaisedFlag(Told):
    """A flag on the case, until an instant or (None) until somebody takes it down."""

    kind: Flag
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DebtorRequest(Told):
    """The debtor asked for something by a channel."""

    at: datetime
    channel: Channel


@dataclass(frozen=True, slots=True)
class AgreedHours(Told):
    """Hours the debtor asked for; `separate_instrument` when asked outside the contract and after signing it."""

    days: tuple[str, ...]
    opens: time
    closes: time
    separate_instrument: bool

    def __post_init__(self) -> None:
        for day in self.days:
            if day not in WEEKDAYS:
                raise Invalid(msg("agreed_hours.days: «{day}» no es un día (mon … sun)."), day=day)
        if self.opens >= self.closes:
            raise Invalid(msg("agreed_hours: la hora de inicio es anterior a la de fin."))


@dataclass(frozen=True, slots=True)
class Override(Told):
    """A supervisor sets named policy rules aside, with a reason. It never moves a law or a regulator's rule."""

    by: str
    reason: str
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.by.strip() or not self.reason.strip() or not self.rules:
            raise Invalid(msg("Una excepción lleva quién la autoriza, por qué y las reglas que aparta."))


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """All that is known about a debtor and a case when a contact is proposed.

    `zones` are IANA zones where the debtor may be (empty: anywhere in the country). `previous` are outgoing contacts
    with the same person. `authorised_channels` None: nobody asked; empty: asked, and none was authorised.
    `settings` are the agency's choices among those a pack offers, by setting id.
    """

    country: str
    zones: tuple[str, ...] = ()
    region: str | None = None
    local_holidays: tuple[date, ...] = ()
    creditor_type: CreditorType | None = None
    debtor: DebtorKind | None = None
    claim: Claim | None = None
    credit_product: str | None = None
    debt_proof: bool | None = None
    authorised_channels: tuple[Channel, ...] | None = None
    no_channel_documented: bool = False
    agreed_hours: tuple[AgreedHours, ...] = ()
    previous: tuple[PastContact, ...] = ()
    requests: tuple[DebtorRequest, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    flags: tuple[RaisedFlag, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """One proposed contact. Caller id is asked of phone calls only; None: nobody knows."""

    channel: Channel
    purpose: Purpose = Purpose.COLLECT
    target: Target | None = Target.DEBTOR
    contact_point: ContactPoint | None = None
    caller_id_withheld: bool | None = None
    caller_number: str | None = None
    override: Override | None = None
