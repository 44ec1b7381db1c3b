"""The kinds of rule the code knows, and the parameters each takes. A place is only data in these shapes."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from kernel.text import msg
from legal.rules.facts import (
    WEEKDAYS,
    Act,
    Channel,
    Component,
    Flag,
    Line,
    Product,
    Purpose,
    Quality,
    Receiver,
    Source,
    Target,
    Title,
)
from legal.rules.packs.answer_kinds import AnswerDeadline as AnswerDeadline
from legal.rules.packs.contact_kinds import (
    AtWork,
    CallFrequency,
    CallingSign,
    ContestedDebt,
    EmployerAddress,
    InconvenientTimes,
    KnownRegion,
    LimitedMessage,
    LocateOnce,
    NeedsConsent,
    ReassignedNumber,
    SafeAddress,
    ThroughLawyer,
    VisibleToOthers,
    WrittenStop,
)
from legal.rules.packs.duty_kinds import BureauReporting as BureauReporting
from legal.rules.packs.duty_kinds import DisputeDuty as DisputeDuty
from legal.rules.packs.duty_kinds import LetterOfClaim as LetterOfClaim
from legal.rules.packs.duty_kinds import Moratorium as Moratorium
from legal.rules.packs.duty_kinds import Retention as Retention
from legal.rules.packs.duty_kinds import ValidationPeriod as ValidationPeriod
from legal.rules.packs.duty_kinds import Venue as Venue
from legal.rules.packs.money_kinds import Capitalisation as Capitalisation
from legal.rules.packs.money_kinds import FixedCompensation as FixedCompensation
from legal.rules.packs.money_kinds import JudgmentInterest as JudgmentInterest
from legal.rules.packs.money_kinds import LateInterest as LateInterest
from legal.rules.packs.money_kinds import LimitationSeed as LimitationSeed
from legal.rules.packs.money_kinds import PaymentTerm as PaymentTerm
from legal.rules.packs.money_kinds import RateControl as RateControl
from legal.rules.packs.money_kinds import TimeBarred as TimeBarred
from legal.rules.packs.parameters import SOON, THEIR_HOUR, AnswerHours
from legal.rules.packs.parameters import Band as Band
from legal.rules.packs.parameters import Effect as Effect
from legal.rules.packs.parameters import Parameters as Parameters
from legal.rules.packs.parameters import Sum as Sum
from legal.rules.packs.wrong import Wrong

Windows = tuple[tuple[tuple[int, int], ...], ...]
"""Per weekday from Monday, the spans of minutes of the day in which a contact may start; the end is exclusive."""

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise Wrong("", msg("«{span}» no es HH:MM-HH:MM."), span=text)
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not start < end <= 24 * 60:
        raise Wrong("", msg("«{span}» termina antes de empezar."), span=text)
    return start, end


def windows_of(days: Mapping[str, str | list[str]]) -> Windows:
    """Weekday names with spans like "07:00-22:00" (one or a list); a day that is not named is closed."""
    if unknown := set(days) - set(WEEKDAYS):
        raise Wrong("", msg("«{days}» no son días (mon … sun)."), days=", ".join(sorted(unknown)))
    given = [days.get(day, []) for day in WEEKDAYS]
    return tuple(
        tuple(sorted(_span(item) for item in ([spans] if isinstance(spans, str) else spans))) for spans in given
    )


Hours = Annotated[Windows, BeforeValidator(lambda value: windows_of(value) if isinstance(value, dict) else value)]


class Period(StrEnum):
    """Over which of the debtor's days contacts are counted; rolling is that day and the six, or 29, before it."""

    DAY = "day"
    ISO_WEEK = "iso_week"
    ROLLING_7_DAYS = "rolling_7_days"
    ROLLING_30_DAYS = "rolling_30_days"


class Counts(StrEnum):
    """Which contacts count: every attempt, or only those in which the person answered."""

    EVERY_ATTEMPT = "every_attempt"
    TWO_WAY = "two_way"


class ContactHours(Parameters):
    """Weekly windows on the debtor's wall clock. `agreed_hours`: the debtor may ask for others outside the contract.

    `consent`: consent to contact at other hours opens them. `answers_exempt`: one answer by the debtor's own channel,
    within `answer_hours`: it is then their own hour.
    """

    windows: Hours
    agreed_hours: bool = False
    consent: bool = False
    answers_exempt: bool = False
    answer_hours: AnswerHours = THEIR_HOUR
    effect: Effect = Effect.DENY
    code: str | None = None


class Holidays(Parameters):
    """No contact on the holidays of the pack's calendar where the debtor is."""

    effect: Effect = Effect.DENY
    code: str = "holiday"


class ContactCap(Parameters):
    """At most `max` contacts in a period; answers to a debtor's request, within `answer_hours`, may be exempt.

    `incoming`: conversations that the debtor began count too. `per_debt`: about each debt. `place`, `prerecorded` and
    `line` narrow it to contacts at work or elsewhere, to recorded voices and to a kind of line; only such contacts are
    counted. `consent_exempt`: not of who agreed to it.
    """

    max: Annotated[int, Field(ge=1)]
    per: Period
    counts: Counts = Counts.EVERY_ATTEMPT
    incoming: bool = False
    channels: tuple[Channel, ...] = tuple(Channel)
    purposes: tuple[Purpose, ...] = (Purpose.COLLECT, Purpose.LOCATE)
    answers_exempt: bool = False
    answer_hours: AnswerHours = SOON
    per_debt: bool = False
    place: Literal["any", "work", "elsewhere"] = "any"
    prerecorded: bool = False
    line: Line | None = None
    consent_exempt: bool = False
    code: str = "attempt_cap"


class ContactGap(Parameters):
    """At least `days_between` whole days of the debtor between one contact by these channels and the next. The rest as
    in a cap."""

    days_between: Annotated[int, Field(ge=1, le=30)]
    counts: Counts = Counts.EVERY_ATTEMPT
    incoming: bool = False
    channels: tuple[Channel, ...] = tuple(Channel)
    purposes: tuple[Purpose, ...] = (Purpose.COLLECT, Purpose.LOCATE)
    answers_exempt: bool = False
    answer_hours: AnswerHours = SOON
    code: str = "too_soon"


class ChannelCap(Parameters):
    """At most `max` different channels in a period. The rest as in a cap."""

    max: Annotated[int, Field(ge=1)]
    per: Period
    counts: Counts = Counts.EVERY_ATTEMPT
    incoming: bool = False
    purposes: tuple[Purpose, ...] = (Purpose.COLLECT, Purpose.LOCATE)
    answers_exempt: bool = False
    answer_hours: AnswerHours = SOON


class AuthorisedChannel(Parameters):
    """Only the channels the debtor authorised."""


class ContactSource(Parameters):
    """Only contact points that came from these sources."""

    allow: tuple[Source, ...]


class ContactQuality(Parameters):
    """No contact points known to be of these qualities."""

    deny: tuple[Quality, ...]


class RestrictedChannel(Parameters):
    """A channel that is closed but for some credit products with the debtor's express authorisation, or where it is
    documented that no authorised channel can be reached."""

    products: tuple[Product, ...] = ()
    when_no_channel_documented: bool = False


class CallerId(Parameters):
    """A call shows who calls, and not from numbers with these prefixes (E.164)."""

    deny_withheld: bool = False
    deny_prefixes: tuple[str, ...] = ()


class StopOnOptOut(Parameters):
    """Nothing by a channel the person closed; `allow_purposes` survive a request to stop everything.

    `confirm_once`: one confirmation of the request by that channel. `answers_exempt`: one answer by a channel the
    person used after closing it, within `answer_hours`. `channel_purposes`: those for which the law itself asks for the
    channel. `every_debt`: a request about some debts is taken for all.
    """

    allow_purposes: tuple[Purpose, ...] = ()
    channel_purposes: tuple[Purpose, ...] = ()
    confirm_once: bool = False
    answers_exempt: bool = False
    answer_hours: AnswerHours = SOON
    every_debt: bool = True


class StopOnFlag(Parameters):
    """A flag on the case stops contacts, but for some purposes and some persons."""

    flag: Flag
    effect: Effect = Effect.DENY
    allow_purposes: tuple[Purpose, ...] = ()
    allow_targets: tuple[Target, ...] = ()


class WhoMayBeContacted(Parameters):
    """The persons one may speak to; `locate` ones only to find the debtor, disclosing nothing. `consent`: with any
    other by the consent that the debtor gave to the agency itself."""

    allow: tuple[Target, ...]
    locate: tuple[Target, ...] = ()
    consent: bool = False


class ProofOfDebt(Parameters):
    """Reliable proof of the debt is at hand before the debtor is contacted."""


class Registered(Parameters):
    """The agency stands in one of these registers on the day. `unknown`: what it does where nobody said so."""

    registers: Annotated[tuple[str, ...], Field(min_length=1)]
    effect: Effect = Effect.DENY
    unknown: Effect = Effect.DENY


class PaymentReceiver(Parameters):
    """Whom a contact may ask the debtor to pay."""

    allow: Annotated[tuple[Receiver, ...], Field(min_length=1)]


class Duty(Parameters):
    """What a person must do beside any one contact; the program shows it with its term and decides nothing by it.

    `of`: whose duty it is. `after`: what starts the term of so many days, business days or calendar months.
    """

    of: Literal["agency", "creditor", "bureau", "authority"]
    after: str = ""
    days: Annotated[int | None, Field(ge=0)] = None
    business_days: Annotated[int | None, Field(ge=1)] = None
    months: Annotated[int | None, Field(ge=1)] = None


class Closed(Parameters):
    """No contact of the kind that `applies_to` names."""


class ClosedDays(Parameters):
    """No contact on these days, as the debtor's wall clock has them."""

    days: Annotated[tuple[date, ...], Field(min_length=1)]


class TownDays(Parameters):
    """No contact on these days with who lives in one of the towns of a country, or of a region of it: holidays that no
    library has. A town is told by its name, whatever its capitals and accents."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    region: str | None = None
    towns: Annotated[tuple[str, ...], Field(min_length=1)]
    days: Annotated[tuple[date, ...], Field(min_length=1)]


class NoPack(Parameters):
    """No rules are loaded for the place: nothing is sent."""


class AllocationOrder(Parameters):
    """Groups of components in the order they are paid, and how one debt is chosen before another.

    `grounded` are the components whose mutual order the citation itself states; the rest of the order is house policy.
    `never_disputed`: no payment goes to a debt that the debtor disputes.
    """

    order: tuple[tuple[Component, ...], ...]
    grounded: tuple[Component, ...]
    debts: tuple[Literal["most_onerous", "oldest"], ...] = ("oldest",)
    receipt_words: str = ""
    never_disputed: bool = False

    @model_validator(mode="after")
    def _each_component_once(self) -> "AllocationOrder":
        named = [component for group in self.order for component in group]
        if sorted(named) != sorted(Component):
            raise ValueError("order names every component exactly once")
        return self


class Limitation(Parameters):
    """The term in which a claim of some titles may be brought to court, counted from the day it fell due.

    `elsewhere` has the years of regions with a civil law of their own, by subdivision; `own_law` names those whose
    years nobody read. `suspended`: first and last days of spans in which terms stood still. `latest`: no term that
    began before the law changed ends after that day; one that begins anew from `anew_from` on has `anew_years`.
    `rolls`: a last day on which courts are closed moves to the next open one. `year_days`: the cautious reading
    counts years of so many days. Acts that `interrupt` begin the term anew, those of `once` only the first time,
    those that `waive` also after its end; after `pause` days the term begins anew later. A claim counts from its
    filing when it is notified within `notice_years` (0: only its notification counts); otherwise from its
    notification. `reach`: for who answers beside the debtor, the acts towards the debtor that count too (not named:
    none). `presentation_days` and `presentation_months` run from the issue of a paper before the term itself.
    `then_years`: the claim goes on so long as an ordinary one. `renewed_years`: the term that a renewal begins.
    `reaches_back`: it also holds for claims that fell due before it. `bands` and `products` narrow it.
    """

    MAY_BE_UNREAD: ClassVar[frozenset[str]] = frozenset({"elsewhere", "own_law", "suspended", "rolls", "reaches_back"})

    titles: Annotated[tuple[Title, ...], Field(min_length=1)] = (Title.ORDINARY,)
    products: tuple[Product, ...] = ()
    bands: tuple[Band, ...] = ()
    years: Annotated[int, Field(ge=0, le=40)] = 0
    months: Annotated[int, Field(ge=0, le=11)] = 0
    elsewhere: Mapping[str, Annotated[int, Field(ge=1, le=40)]] = {}
    own_law: tuple[str, ...] = ()
    suspended: tuple[tuple[date, date], ...] = ()
    latest: date | None = None
    anew_from: date | None = None
    anew_years: Annotated[int, Field(ge=1, le=40)] | None = None
    rolls: bool = False
    year_days: Literal[360, 365] | None = None
    interrupt: tuple[Act, ...] = ()
    once: tuple[Act, ...] = ()
    waive: tuple[Act, ...] = ()
    pause: Mapping[Act, Annotated[int, Field(ge=1, le=400)]] = {}
    notice_years: int | None = None
    reach: Mapping[Target, tuple[Act, ...]] = {}
    presentation_days: Mapping[str, Annotated[int, Field(ge=1, le=400)]] = {}
    presentation_months: Mapping[str, Annotated[int, Field(ge=1, le=40)]] = {}
    then_years: int = 0
    renewed_years: int | None = None
    reaches_back: bool = False

    @model_validator(mode="after")
    def _some_term(self) -> "Limitation":
        if not self.years and not self.months:
            raise ValueError("a term has years or months")
        if (self.anew_from is None) != (self.anew_years is None):
            raise ValueError("anew_from and anew_years go together")
        return self


class CourtRoute(Parameters):
    """A proceeding for claims of some titles whose principal lies in one of the bands (none: any amount).

    `lawyer`: the law asks for one, or nobody read that it does not; with `lawyer_over` only above a sum. `rank`: the
    lower is preferred. `documents` are asked for by name; `negotiate`: only after the duty to negotiate.
    """

    MAY_BE_UNREAD: ClassVar[frozenset[str]] = frozenset({"bands"})

    proceeding: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    titles: Annotated[tuple[Title, ...], Field(min_length=1)]
    rank: int
    bands: tuple[Band, ...] = ()
    cross_border: bool = False
    negotiate: bool = False
    documents: tuple[str, ...] = ()
    lawyer: bool = True
    lawyer_over: Sum | None = None


class NegotiationDuty(Parameters):
    """An agreement is sought before court: without an answer it is over after `wait_days`, after a concrete proposal
    `proposal_days` later, after a first meeting `meeting_months` later; the suit is filed within `sue_within_years`. A
    binding offer above a sum takes a lawyer."""

    wait_days: int
    proposal_days: int | None = None
    meeting_months: int | None = None
    sue_within_years: int
    offer_lawyer_over: Sum


class Reached(StrEnum):
    """Whom a text may reach: the debtor's own contact point, one not known to be, or either."""

    ANY = "any"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Moment(StrEnum):
    """In which contact something is said: the first with a person, all later ones, or every one."""

    ANY = "any"
    FIRST = "first"
    LATER = "later"


class RequiredWords(Parameters):
    """What a text, or a caller, must state, by element: a value the sender gives, or one of the pack's phrases.

    A contact's answer lists them as disclosures due. Whoever is not known to have had the first contact has it now.
    """

    elements: Annotated[tuple[str, ...], Field(min_length=1)]
    code: str = "missing_required_content"
    contact: Reached = Reached.ANY
    moment: Moment = Moment.ANY


class BannedWords(Parameters):
    """What a notice's text must not say: the pack's phrases of these names.

    `where`: the whole text, or only what is seen before opening it (the subject, the first words). `barred`: only about
    a claim that may no longer be brought to court.
    """

    phrases: Annotated[tuple[str, ...], Field(min_length=1)]
    code: str
    where: Literal["text", "preview"] = "text"
    contact: Reached = Reached.ANY
    barred: bool = False


KINDS: Mapping[str, type[Parameters]] = {
    "contact_hours": ContactHours,
    "holidays": Holidays,
    "contact_cap": ContactCap,
    "contact_gap": ContactGap,
    "channel_cap": ChannelCap,
    "authorised_channel": AuthorisedChannel,
    "contact_source": ContactSource,
    "contact_quality": ContactQuality,
    "restricted_channel": RestrictedChannel,
    "caller_id": CallerId,
    "opt_out": StopOnOptOut,
    "flag": StopOnFlag,
    "target": WhoMayBeContacted,
    "proof_of_debt": ProofOfDebt,
    "registration": Registered,
    "payment_receiver": PaymentReceiver,
    "duty": Duty,
    "closed": Closed,
    "closed_days": ClosedDays,
    "town_days": TownDays,
    "no_pack": NoPack,
    "call_frequency": CallFrequency,
    "calling_sign": CallingSign,
    "inconvenient": InconvenientTimes,
    "workplace": AtWork,
    "through_lawyer": ThroughLawyer,
    "written_stop": WrittenStop,
    "contested_debt": ContestedDebt,
    "locate_once": LocateOnce,
    "needs_consent": NeedsConsent,
    "safe_address": SafeAddress,
    "reassigned_number": ReassignedNumber,
    "employer_address": EmployerAddress,
    "visible_to_others": VisibleToOthers,
    "limited_message": LimitedMessage,
    "known_region": KnownRegion,
    "allocation_order": AllocationOrder,
    "late_interest": LateInterest,
    "judgment_interest": JudgmentInterest,
    "fixed_compensation": FixedCompensation,
    "rate_control": RateControl,
    "capitalisation": Capitalisation,
    "payment_term": PaymentTerm,
    "limitation": Limitation,
    "limitation_seed": LimitationSeed,
    "time_barred": TimeBarred,
    "court_route": CourtRoute,
    "negotiation_duty": NegotiationDuty,
    "letter_of_claim": LetterOfClaim,
    "venue": Venue,
    "validation_period": ValidationPeriod,
    "dispute_duty": DisputeDuty,
    "bureau_reporting": BureauReporting,
    "retention": Retention,
    "moratorium": Moratorium,
    "answer_deadline": AnswerDeadline,
    "required_words": RequiredWords,
    "banned_words": BannedWords,
}


def parameters_of(kind: str, given: Mapping[str, Any], settings: Mapping[str, str]) -> Parameters:
    """The parameters of a rule, with every "$setting" replaced by its choice; a wrong shape is a ValueError."""
    if kind not in KINDS:
        raise Wrong("kind", msg("no hay un tipo de regla «{kind}»."), kind=kind)
    chosen = {
        name: settings[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for name, value in given.items()
    }
    return KINDS[kind].model_validate(chosen)
