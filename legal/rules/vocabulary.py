"""The words of facts: the kinds of things that a fact may be, one for each list of choices."""

from enum import StrEnum


class Channel(StrEnum):
    """By what means a contact is made."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PHONE = "phone"
    LETTER = "letter"
    CERTIFIED_LETTER = "certified_letter"
    VISIT = "visit"
    SOCIAL = "social"


class CreditorType(StrEnum):
    """What the creditor is; it chooses the regime in some places (Mexico)."""

    FINANCIAL = "financial"
    COMMERCIAL = "commercial"
    OTHER = "other"


class Collector(StrEnum):
    """Who collects: an agency for others, or the creditor itself in its own name."""

    AGENCY = "agency"
    CREDITOR = "creditor"


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
    due at intervals, `executive` a document the law makes enforceable, `written`, `oral` and `open_account` contracts
    where the law tells them apart, `judgment` one in the creditor's favour, `liability` what the debtor claims of who
    collected, `partnership` what a company and its partners owe one another as such.
    """

    ORDINARY = "ordinary"
    BILL = "bill"
    CHEQUE = "cheque"
    RETAIL_CREDIT = "retail_credit"
    SERVICES = "services"
    PERIODIC = "periodic"
    EXECUTIVE = "executive"
    WRITTEN = "written"
    ORAL = "oral"
    OPEN_ACCOUNT = "open_account"
    DEED = "deed"
    JUDGMENT = "judgment"
    LIABILITY = "liability"
    PARTNERSHIP = "partnership"


class Product(StrEnum):
    """What a debt comes from, as far as a law of some place asks; `other` is any that no law names."""

    MEDICAL = "medical"
    PROPERTY_FEES = "property_fees"
    MICROCREDIT = "microcredit"
    DEVELOPMENT = "development"
    AGRICULTURAL = "agricultural"
    CONSUMER_LOAN = "consumer_loan"
    OTHER = "other"


class Means(StrEnum):
    """By what an agreement was sought before going to court (LO 1/2025, art. 5.1 and 14-19). `direct`: the parties, or
    their lawyers, negotiated; `collaborative`: by collaborative law."""

    REQUEST = "request"
    BINDING_OFFER = "binding_offer"
    MEDIATION = "mediation"
    CONCILIATION = "conciliation"
    EXPERT = "expert"
    DIRECT = "direct"
    COLLABORATIVE = "collaborative"


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
    """Who would be spoken to; a representative is whoever acts for the debtor, in a firm or by the debtor's word.

    `parent` is one of a debtor who is a minor, `successor` who takes over a secured debt and is confirmed as such.
    `co_debtor` answers for the whole debt (solidary); who answers for a part of it is a debtor of that part.
    """

    DEBTOR = "debtor"
    REPRESENTATIVE = "representative"
    LAWYER = "lawyer"
    GUARANTOR = "guarantor"
    CO_DEBTOR = "co_debtor"
    ESTATE = "estate"
    SPOUSE = "spouse"
    PARENT = "parent"
    GUARDIAN = "guardian"
    SUCCESSOR = "successor"
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
    is one a law itself prescribes, `locate` asks somebody else where the debtor is and discloses nothing. `closing`
    says that collecting ends, `remedy` which remedy may or will be used, `verification` proves the debt or names the
    first creditor as asked, `confirm_stop` confirms an opt-out and nothing else, `ask_consent` asks for consent only.
    """

    COLLECT = "collect"
    ANSWER = "answer"
    RECEIPT = "receipt"
    LEGAL_NOTICE = "legal_notice"
    LOCATE = "locate"
    CLOSING = "closing"
    REMEDY = "remedy"
    VERIFICATION = "verification"
    CONFIRM_STOP = "confirm_stop"
    ASK_CONSENT = "ask_consent"


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


class Agreed(StrEnum):
    """To what a person may agree: more calls, other hours, contact at work or past the own lawyer, a channel, recorded
    or machine-made voices and messages, talk with others."""

    MORE_CALLS = "more_calls"
    HOURS = "hours"
    WORKPLACE = "workplace"
    REPRESENTED = "represented"
    CHANNEL = "channel"
    PRERECORDED = "prerecorded"
    THIRD_PERSONS = "third_persons"


class Said(StrEnum):
    """What a person said of the debt or of being called, short of closing a channel."""

    REFUSES_TO_PAY = "refuses_to_pay"
    DOES_NOT_OWE = "does_not_owe"
    NO_CALLS = "no_calls"


class Line(StrEnum):
    """The kind of a telephone line."""

    MOBILE = "mobile"
    LANDLINE = "landline"


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
    BREATHING_SPACE = "breathing_space"
    PLEADS_BARRED = "pleads_barred"


class Receiver(StrEnum):
    """To whom a contact asks the debtor to pay."""

    CREDITOR = "creditor"
    AGENCY = "agency"
    COUNSEL = "counsel"


class Component(StrEnum):
    """The parts a debt is made of."""

    PRINCIPAL = "principal"
    CONTRACTUAL_INTEREST = "contractual_interest"
    DEFAULT_INTEREST = "default_interest"
    TAX = "tax"
    COST = "cost"
    FEE = "fee"


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
