"""The kinds of rule on how often, where, by what and about what a person is contacted, beside the everyday ones."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from legal.rules.facts import Agreed, Line, Purpose
from legal.rules.packs.parameters import THEIR_HOUR, AnswerHours, Effect, Parameters

Days = Annotated[int, Field(ge=1, le=31)]


class CallFrequency(Parameters):
    """At most `max` calls about one debt in so many consecutive days of the person, and none in the days after a
    conversation about it, whose own day is the first. More is presumed to harass.

    Consent to more calls, given to the agency itself, takes calls out of the count for at most `consent_days`, its own
    day the first, and ends with the next conversation.
    """

    max: Annotated[int, Field(ge=1)]
    days: Days
    after_conversation: Days
    consent_days: Days
    code: str = "calls_presumption"


class Sign(StrEnum):
    """What makes calls look like harassment though their number is within bounds.

    `rapid`: unanswered ones to one number within minutes. `same_day`: many in a day. `rest_days`: most of them on
    Sundays or holidays. `all_debts`: many when all debts of the person are taken together. `after_statement`: the
    person had said that they would not pay, owe nothing, or want no calls.
    """

    RAPID = "rapid"
    SAME_DAY = "same_day"
    REST_DAYS = "rest_days"
    ALL_DEBTS = "all_debts"
    AFTER_STATEMENT = "after_statement"


class CallingSign(Parameters):
    """Warns when at least so many calls of the last `days`, this one included, show the sign."""

    sign: Sign
    at_least: Annotated[int, Field(ge=1)] = 1
    days: Days = 7
    minutes: Annotated[int, Field(ge=1, le=1440)] = 5


class InconvenientTimes(Parameters):
    """Nothing at the times, at the place or by the channel that the person called inconvenient. One answer by the
    channel the person used, within `answer_hours`, may be exempt."""

    answers_exempt: bool = True
    answer_hours: AnswerHours = THEIR_HOUR


class AtWork(Parameters):
    """No contact at the workplace when it is known that the employer prohibits it, unless the person agreed."""


class ThroughLawyer(Parameters):
    """No contact with a person whose lawyer is known, unless the lawyer agrees or has not answered for so many days."""

    answer_days: Annotated[int, Field(ge=1, le=90)]


class WrittenStop(Parameters):
    """Nothing after a written request to stop, or a written refusal to pay, but for some purposes."""

    allow_purposes: tuple[Purpose, ...] = ()


class ContestedDebt(Parameters):
    """Nothing about a debt disputed in writing within the period, or whose first creditor was asked for, until the
    answer is sent; but for some purposes."""

    allow_purposes: tuple[Purpose, ...] = ()


class LocateOnce(Parameters):
    """Each third person is asked once where the debtor is, and none once the debtor's lawyer is known."""


class NeedsConsent(Parameters):
    """Only with the person's consent to this: `direct`, to the agency itself; `written`. `prerecorded` and `line`
    narrow the rule to recorded voices and to a kind of line; a line nobody knows is taken for that kind."""

    what: Agreed = Agreed.CHANNEL
    direct: bool = True
    written: bool = False
    prerecorded: bool = False
    line: Line | None = None
    allow_purposes: tuple[Purpose, ...] = ()
    effect: Effect = Effect.DENY
    code: str = "consent_needed"


class SafeAddress(Parameters):
    """Only an address that the debtor used or agreed to, or that a creditor's notice or an earlier collector made safe
    (`by_notice`); within `fresh_days` of that or of asking whether the number is still theirs."""

    fresh_days: Annotated[int | None, Field(ge=1)] = None
    by_notice: bool = False
    effect: Effect = Effect.DENY


class ReassignedNumber(Parameters):
    """No call or message to a number that was given up after the person last used or agreed to it."""


class EmployerAddress(Parameters):
    """No message to an address that the employer provides, unless the person used it or agreed to it."""


class VisibleToOthers(Parameters):
    """Nothing that others can see."""


class LimitedMessage(Parameters):
    """A voicemail says all of `required`, may say what is `optional`, and nothing else."""

    required: Annotated[tuple[str, ...], Field(min_length=1)]
    optional: tuple[str, ...] = ()


class KnownRegion(Parameters):
    """Warns when nobody knows the region of the debtor, or its own rules are not among the packs (`read`)."""

    read: tuple[str, ...] = ()
