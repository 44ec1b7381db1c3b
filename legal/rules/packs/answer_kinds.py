"""The kind of rule on answering complaints, and the words it uses: through whom one came, and about what."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from legal.rules.packs.parameters import Parameters


class Forum(StrEnum):
    """Through whom a complaint came: the agency itself, its client, or an authority."""

    OWN = "own"
    CREDITOR = "creditor"
    REDECO = "redeco"
    CONDUSEF = "condusef"
    PROFECO = "profeco"
    SIC = "sic"
    SFC = "sfc"
    AEPD = "aepd"
    CONSUMER_OFFICE = "consumer_office"
    CFPB = "cfpb"
    STATE_AG = "state_ag"
    OTHER = "other"


class Topic(StrEnum):
    """What a complaint is about; `data` is a right over personal data, `credit_file` one over a credit file."""

    TREATMENT = "treatment"
    HOURS = "hours"
    FREQUENCY = "frequency"
    THIRD_PERSONS = "third_persons"
    NOT_OWED = "not_owed"
    AMOUNT = "amount"
    PAYMENT = "payment"
    IDENTITY = "identity"
    DOCUMENTS = "documents"
    DATA = "data"
    CREDIT_FILE = "credit_file"
    OTHER = "other"


class AnswerDeadline(Parameters):
    """In how many days after its receipt a complaint is answered: calendar days or months, or days on which offices
    work.

    `forums` and `topics` narrow it (none: all). `longer_by` business days more are possible when the reason is told.
    """

    forums: tuple[Forum, ...] = ()
    topics: tuple[Topic, ...] = ()
    days: Annotated[int | None, Field(ge=1, le=400)] = None
    business_days: Annotated[int | None, Field(ge=1, le=400)] = None
    months: Annotated[int | None, Field(ge=1, le=12)] = None
    longer_by: Annotated[int, Field(ge=0, le=400)] = 0

    @model_validator(mode="after")
    def _one_way_of_counting(self) -> "AnswerDeadline":
        if [self.days, self.business_days, self.months].count(None) != 2:
            raise ValueError("either days or business_days or months")
        return self
