"""The kinds of rule on notices and their days: validation, disputes, credit files, keeping and deleting, moratoria,
answers, and what comes before a suit."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from legal.rules.packs.parameters import Parameters, Sum

Days = Annotated[int, Field(ge=0, le=4000)]


class Itemization(StrEnum):
    """The day as of which a debt is itemized."""

    LAST_STATEMENT = "last_statement"
    CHARGE_OFF = "charge_off"
    LAST_PAYMENT = "last_payment"
    TRANSACTION = "transaction"
    JUDGMENT = "judgment"


class ValidationPeriod(Parameters):
    """The days in which the debtor may ask for proof, from receipt; a letter without a known receipt is taken to arrive
    after `assumed_days` that are no weekend or holiday. The notice goes out within `notice_days` of the first contact.
    """

    days: Days
    assumed_days: Days
    notice_days: Days
    itemization: tuple[Itemization, ...]
    phrases: tuple[str, ...] = ()


class DisputeDuty(Parameters):
    """What a dispute asks of who collects: to `cease` until it is answered (never, when it is written and comes within
    the period of validation, or always), and to report the debt as disputed; `short_answer`: one that repeats an
    answered one, with nothing new, may get a short answer."""

    cease: Literal["never", "in_period", "always"]
    report_as_disputed: bool = True
    short_answer: bool = False


class BureauReporting(Parameters):
    """What comes before a debt is told to a credit file.

    `notice_days`: full days after the notice was sent (after the last of `small_notices` on different days, for debts
    up to `small`). `most_months`: the latest day, in months after default. `spoken`: speaking with the debtor serves
    instead of the notice. `undelivered`: a notice that came back counts for nothing. `warned`: the debtor was told, in
    the contract or the demand, which file. `undisputed`: a debt that is contested stays out.
    """

    notice_days: Days | None = None
    small: Sum | None = None
    small_notices: Annotated[int, Field(ge=1)] = 1
    most_months: Days | None = None
    least: Sum | None = None
    spoken: bool = False
    undelivered: bool = False
    warned: bool = False
    undisputed: bool = False


class Kept(StrEnum):
    """What is kept or deleted."""

    RECORDS = "records"
    CALL_RECORDING = "call_recording"
    CREDIT_FILE = "credit_file"
    BREACH_DATA = "breach_data"


class Retention(Parameters):
    """Until when something must be kept, or by when it must be gone: months and days from a day, or `double_default`
    (twice the time in default, at most the months). `paid`: only of a debt that is paid, or only of one that is not."""

    what: Kept
    duty: Literal["keep", "delete"]
    months: Annotated[int, Field(ge=1, le=480)]
    days: Days = 0
    since: Literal["last_activity_on", "recorded_on", "first_reported_on", "due_on", "default_on", "paid_on"]
    double_default: bool = False
    paid: bool | None = None


class Moratorium(Parameters):
    """A span in which the debtor is left alone: `days` with the first one in it, or a treatment and `after_days` more.
    What it stops, and how many months lie between two."""

    name: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    days: Days | None = None
    after_days: Days | None = None
    stops: tuple[Literal["demands", "interest", "enforcement"], ...]
    once_in_months: Days | None = None

    @model_validator(mode="after")
    def _one_length(self) -> "Moratorium":
        if (self.days is None) == (self.after_days is None):
            raise ValueError("either days or after_days")
        return self


class LetterOfClaim(Parameters):
    """A letter before court: so many full days from its date, or from the later of the reply and the documents."""

    wait_days: Days


class Venue(Parameters):
    """Where a debtor may be sued."""

    allow: tuple[Literal["residence", "signed", "property"], ...]
