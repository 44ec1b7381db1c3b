"""The vocabulary of facts that rules read: who owes, who is addressed, by what channel, what happened before.

Every optional field means "nobody knows" when it is None, which is not the same as an empty tuple or False.
Instants are aware; the rules compare them in UTC and read them on the debtor's wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, ClassVar, Self

from pydantic import ConfigDict

from kernel.money import Money
from kernel.problems import Invalid
from kernel.text import msg
from legal.rules.vocabulary import WEEKDAYS as WEEKDAYS
from legal.rules.vocabulary import Act as Act
from legal.rules.vocabulary import Agreed as Agreed
from legal.rules.vocabulary import Channel as Channel
from legal.rules.vocabulary import Claim as Claim
from legal.rules.vocabulary import Collector as Collector
from legal.rules.vocabulary import Component as Component
from legal.rules.vocabulary import Consent as Consent
from legal.rules.vocabulary import CreditorType as CreditorType
from legal.rules.vocabulary import DebtorKind as DebtorKind
from legal.rules.vocabulary import Flag as Flag
from legal.rules.vocabulary import Line as Line
from legal.rules.vocabulary import Means as Means
from legal.rules.vocabulary import Product as Product
from legal.rules.vocabulary import Purpose as Purpose
from legal.rules.vocabulary import Quality as Quality
from legal.rules.vocabulary import Receiver as Receiver
from legal.rules.vocabulary import Said as Said
from legal.rules.vocabulary import Source as Source
from legal.rules.vocabulary import Target as Target
from legal.rules.vocabulary import Title as Title


class Told:
    """What may come from outside as JSON: a name it does not know is refused."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}


class UnknownFact(Invalid, ValueError):
    """A fact that the question does not know, lacks, or that cannot be; `details.field` names it.

    A ValueError too: whoever reads facts from JSON says where among them it stands.
    """

    code = "law.bad_fact"


EARLIER = msg("El dato «{field}» ({day}) es anterior a «{other}» ({since}).")
NO_WEEKDAY = msg("El dato «{field}» no puede ser «{day}»: son días mon, tue, wed, thu, fri, sat y sun.")


@dataclass(frozen=True, slots=True)
class ContactPoint(Told):
    """The phone, address or mailbox that would be used, and how the debtor came to be written to there.

    `used_at`: when the debtor last wrote about the debt from it. `consented_at`: when the agency itself last got or
    renewed consent to it. `not_reassigned_at`: when a complete database last said that the number is still the same
    person's; `disconnected_on`: since when a database has it as given up. `notice_ends`: the last day to object to it
    that the creditor's notice gave. `earlier_collector`: a collector before used it by consent or notice, without
    objection. `disclosed`: it once led to telling others. `of_employer`: the employer provides it. `address`: the same
    key as in past contacts.
    """

    source: Source | None = None
    quality: Quality | None = None
    consent: Consent | None = None
    line: Line | None = None
    used_at: datetime | None = None
    consented_at: datetime | None = None
    not_reassigned_at: datetime | None = None
    disconnected_on: date | None = None
    notice_ends: date | None = None
    earlier_collector: bool = False
    disclosed: bool = False
    of_employer: bool | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class PastContact(Told):
    """One contact with the person this action is for; `conversation` when they answered (both ways).

    `debts` it was about (empty: nobody knows, so it counts for each). Not `connected`: it never reached the number.
    `incoming`: the person made it. `consented`: made while the person agreed to more calls. `address` (any key) tells
    one number from another.
    """

    at: datetime
    channel: Channel
    conversation: bool = False
    purpose: Purpose = Purpose.COLLECT
    debts: tuple[str, ...] = ()
    connected: bool = True
    workplace: bool = False
    incoming: bool = False
    consented: bool = False
    prerecorded: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class OptOut(Told):
    """The person asked not to be contacted by a channel; None: by none at all. `debts`: about these only."""

    channel: Channel | None
    at: datetime
    written: bool = False
    debts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement(Told):
    """The person said something of the debt or of being called, by word or in writing."""

    at: datetime
    said: Said
    written: bool = False
    debts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenConsent(Told):
    """The person agreed to something, for a channel, debts and time (left out: any). `direct`: to the agency itself."""

    what: Agreed
    at: datetime
    until: datetime | None = None
    channel: Channel | None = None
    debts: tuple[str, ...] = ()
    direct: bool = True
    written: bool = False
    withdrawn_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it stands at that instant."""
        return (
            self.at <= at
            and (self.until is None or at < self.until)
            and (self.withdrawn_at is None or at < self.withdrawn_at)
        )


def _check_weekdays(days: tuple[str, ...]) -> None:
    for day in days:
        if day not in WEEKDAYS:
            raise UnknownFact(NO_WEEKDAY, day=day[:80], field="days")


def _check_hours(field: str, first: time | None, last: time | None) -> None:
    if any(each is not None and each.tzinfo is not None for each in (first, last)):
        raise UnknownFact(msg("El dato «{field}»: la hora es la del reloj del deudor, sin desfase."), field=field)
    if first is not None and last is not None and first >= last:
        raise UnknownFact(msg("El dato «{field}»: la hora de inicio es anterior a la de fin."), field=field)


@dataclass(frozen=True, slots=True)
class Inconvenient(Told):
    """What the person called inconvenient: days, a span of hours, the workplace, a channel (left out: any).

    Not `general`: said of that one moment ("I am busy now"), which designates nothing.
    """

    since: datetime
    days: tuple[str, ...] = ()
    begins: time | None = None
    ends: time | None = None
    workplace: bool | None = None
    channel: Channel | None = None
    general: bool = True

    def __post_init__(self) -> None:
        _check_weekdays(self.days)
        _check_hours("begins", self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class Lawyer(Told):
    """A lawyer acts for the person about some debts (left out: all).

    `reachable`: name and address are known or easily found. `asked_at`: when the lawyer was written to without an
    answer since. `consents`: the lawyer agreed to contact with the person.
    """

    since: datetime
    debts: tuple[str, ...] = ()
    reachable: bool = True
    asked_at: datetime | None = None
    consents: bool = False


@dataclass(frozen=True, slots=True)
class Contested(Told):
    """The person disputed a debt, or asked who its first creditor was (`origin`).

    `answered_at`: when the proof or the name was sent. `repeated`: the same as one answered before, with nothing new.
    """

    at: datetime
    written: bool
    origin: bool = False
    debts: tuple[str, ...] = ()
    answered_at: datetime | None = None
    repeated: bool = False


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
        _check_weekdays(self.days)
        _check_hours("opens", self.opens, self.closes)


@dataclass(frozen=True, slots=True)
class Registration(Told):
    """The agency stands in a register, or holds a licence or a bond, by its name in the packs. None: no end."""

    register: str
    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Override(Told):
    """A supervisor sets named policy rules aside, with a reason. It never moves a law or a regulator's rule."""

    by: str
    reason: str
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.by.strip() or not self.reason.strip() or not self.rules:
            raise UnknownFact(msg("Una excepción lleva quién la autoriza, por qué y las reglas que aparta."), field="")


@dataclass(frozen=True)
class ContactFacts:
    """All that is known about a debtor and a case when a contact is proposed.

    `zones` are IANA zones where the debtor may be (empty: anywhere in the country). `previous` are outgoing contacts
    with the same person. `authorised_channels` None: nobody asked; empty: asked, and none was authorised.
    `town` is where the debtor lives, as it is written; `locality` one with rules of its own. `debts` are what the
    contact is about (empty: nobody says, so all are meant); ids of `same_debt` count as one. `validation_ends` is the
    last day to ask for proof of the debt; None: not known. `debts_dated` is the last day on which the debt was made,
    renewed, sold or assigned.
    `registrations` None: nobody said where the agency is registered. `introduced`: the person has had the first contact
    with all that it must say; None is taken as not yet. `settings` are the agency's choices among those a pack offers,
    by setting id.
    """

    country: str
    zones: tuple[str, ...] = ()
    region: str | None = None
    local_holidays: tuple[date, ...] = ()
    creditor_type: CreditorType | None = None
    debtor: DebtorKind | None = None
    claim: Claim | None = None
    credit_product: Product | None = None
    debt_proof: bool | None = None
    authorised_channels: tuple[Channel, ...] | None = None
    no_channel_documented: bool = False
    agreed_hours: tuple[AgreedHours, ...] = ()
    previous: tuple[PastContact, ...] = ()
    requests: tuple[DebtorRequest, ...] = ()
    opt_outs: tuple[OptOut, ...] = ()
    flags: tuple[RaisedFlag, ...] = ()
    registrations: tuple[Registration, ...] | None = None
    introduced: bool | None = None
    locality: str | None = None
    town: str | None = None
    collector: Collector | None = Collector.AGENCY
    debts: tuple[str, ...] = ()
    same_debt: tuple[tuple[str, ...], ...] = ()
    debts_dated: date | None = None
    total_with_creditor: Money | None = None
    guaranteed_by_person: bool = False
    employer_prohibits: bool | None = None
    consents: tuple[GivenConsent, ...] = ()
    inconvenient: tuple[Inconvenient, ...] = ()
    statements: tuple[Statement, ...] = ()
    lawyer: Lawyer | None = None
    contested: tuple[Contested, ...] = ()
    validation_ends: date | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def having(self, **facts: Any) -> Self:
        """The same case with these facts told otherwise; as `dataclasses.replace`, in a tenth of its time."""
        told = object.__new__(type(self))
        told.__dict__.update(self.__dict__, **facts)
        return told


@dataclass(frozen=True, slots=True)
class Contact:
    """One proposed contact. Caller id is asked of phone calls only; None: nobody knows.

    `pay_to` is whom it asks the debtor to pay; None: nobody. `workplace`: it goes to where the person works.
    `prerecorded`: a recorded or artificial voice speaks. `visible_to_others`: not only the person can see it.
    `message` are the elements of a voicemail to be left (None: none is left). `earlier_answer_wrong`: what the third
    person said before is believed false or incomplete.
    """

    channel: Channel
    purpose: Purpose = Purpose.COLLECT
    target: Target | None = Target.DEBTOR
    contact_point: ContactPoint | None = None
    caller_id_withheld: bool | None = None
    caller_number: str | None = None
    pay_to: Receiver | None = None
    workplace: bool = False
    prerecorded: bool = False
    visible_to_others: bool = False
    message: tuple[str, ...] | None = None
    earlier_answer_wrong: bool = False
    override: Override | None = None
