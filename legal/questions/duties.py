"""What the law asks of notices beside their words: the days to ask for proof, disputes, credit files, what is kept,
moratoria, answers to complaints. Each is the question `notice` with another `about`."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from kernel.text import msg
from legal.questions.contradictions import check_days, check_debtor, check_notices, respite_on
from legal.questions.question import Amount, Answer, Placed, Question, pack_shown, rule_shown
from legal.rules.decision import plain
from legal.rules.duties.answers import answer_due
from legal.rules.duties.credit_files import Days, Objection, Reported, keeping, reporting, rules_used
from legal.rules.duties.validation import NoSuchDuty, SentNotice, dispute, validation
from legal.rules.facts import Claim, CreditorType, DebtorKind
from legal.rules.packs.answer_kinds import Forum, Topic
from legal.rules.packs.duty_kinds import Kept
from legal.rules.packs.schema import Rule
from legal.rules.time.moratorium import Respite


class ValidationQuestion(Placed):
    """The notices sent, the first contact and the day asked about; `text` is what would be sent on that day."""

    about: Literal["validation"]
    on: date
    claim: Claim = Claim.CONSUMER
    notices: tuple[SentNotice, ...] = ()
    first_contact_on: date | None = Field(None, description="The day of the initial communication.")
    itemization: str | None = Field(None, description="As of which day the debt is itemized: charge_off, judgment …")
    text: str | None = None

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "ValidationQuestion":
        check_notices(self.notices, self.on)
        check_days("", self, self.on, happened=["first_contact_on"])
        return self


class DisputeQuestion(Placed):
    """A dispute, or the question who the first creditor was, and the day asked about."""

    about: Literal["dispute"]
    on: date
    claim: Claim = Claim.CONSUMER
    received_on: date
    written: bool
    origin: bool = Field(False, description="The debtor asks who the first creditor was.")
    period_end: date | None = Field(None, description="The last day to ask for proof; not known: the period runs.")
    repeats: bool = Field(False, description="The same as one that was answered, with nothing new.")
    answered_on: date | None = None

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "DisputeQuestion":
        check_days("", self, self.on, happened=("received_on", "answered_on"), after=[("answered_on", "received_on")])
        return self


class ReportingQuestion(Placed):
    """A debt that would be told to a credit file on a day."""

    about: Literal["reporting"]
    on: date
    claim: Claim = Claim.CONSUMER
    debtor: DebtorKind | None = None
    principal: Amount | None = None
    default_on: date | None = Field(None, description="The day default began.")
    notices: tuple[SentNotice, ...] = ()
    spoken_on: date | None = Field(None, description="The day somebody spoke with the debtor about the debt.")
    warned: bool | None = Field(None, description="The contract or the demand named the file.")
    disputed: bool | None = None

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "ReportingQuestion":
        check_debtor(self.debtor, self.claim)
        check_notices(self.notices, self.on)
        check_days("", self, self.on, happened=("default_on", "spoken_on"))
        return self


class RetentionQuestion(Placed):
    """What is kept, the days from which that is counted, and the day asked about."""

    about: Literal["retention"]
    on: date
    claim: Claim = Claim.CONSUMER
    what: Kept
    last_activity_on: date | None = None
    recorded_on: date | None = None
    first_reported_on: date | None = None
    due_on: date | None = None
    default_on: date | None = None
    paid_on: date | None = None

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "RetentionQuestion":
        done = ("last_activity_on", "recorded_on", "first_reported_on", "default_on", "paid_on")
        check_days("", self, self.on, happened=done, after=(("default_on", "due_on"), ("paid_on", "default_on")))
        return self


class MoratoriumQuestion(Placed):
    """A moratorium of the debtor, those before it, and the day asked about."""

    about: Literal["moratorium"]
    on: date
    name: str = Field(description="The moratorium's name in the pack: standard, mental_health_crisis.")
    start: date
    treatment_ended_on: date | None = None
    ended_on: date | None = None
    previous: tuple[Respite, ...] = ()


class ComplaintQuestion(Placed):
    """A complaint: through whom it came, what it is about, and when."""

    about: Literal["complaint"]
    received_on: date
    forum: Forum = Forum.OWN
    topics: tuple[Topic, ...] = ()
    claim: Claim = Claim.CONSUMER
    debtor: DebtorKind = DebtorKind.PERSON
    creditor_type: CreditorType | None = None

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "ComplaintQuestion":
        check_debtor(self.debtor, self.claim)
        return self


def _told(asked: Placed, verdict: str, rules: Sequence[Rule], deciding: Sequence[Rule] = ()) -> Answer:
    pack = asked.pack
    return {
        "verdict": verdict,
        "deciding": [rule.id for rule in deciding or rules],
        "rules": [rule_shown(rule) for rule in rules],
        "notes": list(dict.fromkeys(rule.note for rule in rules if rule.note)),
        "pack": pack_shown(pack),
    }


def _validation(asked: ValidationQuestion) -> Answer:
    found = validation(
        asked.notices, pack=asked.pack, claim=asked.claim, on=asked.on, first_contact_on=asked.first_contact_on,
        itemization=asked.itemization, text=asked.text,
    )  # fmt: skip
    return {
        "receipt": plain(found.receipt),
        "period_end": plain(found.end),
        "in_period": found.runs(asked.on),
        "latest_notice": plain(found.latest_notice),
        "itemization_dates": list(found.itemization),
        "codes": list(found.codes),
        **_told(asked, "deny" if found.codes else "allow", [found.rule]),
    }


def _dispute(asked: DisputeQuestion) -> Answer:
    found = dispute(
        asked.received_on, pack=asked.pack, claim=asked.claim, on=asked.on, written=asked.written,
        period_end=asked.period_end, origin=asked.origin, repeats=asked.repeats, answered_on=asked.answered_on,
    )  # fmt: skip
    return {
        "cease": found.cease,
        "report_as_disputed": found.report_as_disputed,
        "duplicative": found.repeats,
        "answer_with": list(found.answers),
        **_told(asked, "deny" if found.cease else "allow", [found.rule]),
    }


def _reporting(asked: ReportingQuestion) -> Answer:
    told = Reported(asked.claim, asked.debtor, asked.principal.money if asked.principal else None, asked.default_on,
                    asked.notices, asked.spoken_on, asked.warned, asked.disputed)  # fmt: skip
    found = reporting(told, pack=asked.pack, on=asked.on)
    return {
        "earliest": plain(found.earliest),
        "latest": plain(found.latest),
        "codes": [one.code for one in found.objections],
        "missing": [one.fact for one in (*found.objections, *found.warnings) if one.code == "fact_missing"],
        "warnings": [_objection(one) for one in found.warnings],
        **_told(asked, found.verdict, found.rules, rules_used(found.objections)),
    }


def _objection(one: Objection) -> Answer:
    return {"code": one.code, "rule": one.rule.id, "fact": one.fact}


def _retention(asked: RetentionQuestion) -> Answer:
    days = Days(asked.last_activity_on, asked.recorded_on, asked.first_reported_on, asked.due_on, asked.default_on,
                asked.paid_on)  # fmt: skip
    found = keeping(asked.what, days, pack=asked.pack, claim=asked.claim, on=asked.on)
    late = found.overdue(asked.on)
    return {
        "keep_until": plain(found.keep_until),
        "delete_by": plain(found.delete_by),
        "overdue": late,
        **_told(asked, "deny" if late else "allow", found.rules),
    }


def _moratorium(asked: MoratoriumQuestion) -> Answer:
    respite = Respite(asked.name, asked.start, asked.treatment_ended_on, asked.ended_on)
    found = respite_on("", respite, pack=asked.pack, on=asked.on)
    stood = [respite_on(f"previous.{number}", one, pack=asked.pack, on=asked.on)
             for number, one in enumerate(asked.previous)]  # fmt: skip
    before = [was for was, one in zip(stood, asked.previous, strict=True) if one.name == asked.name]
    eligible = not any(one.again_from is not None and asked.start < one.again_from for one in before)
    stopped = found.stops if found.active and eligible else ()
    return {
        "active": found.active and eligible,
        "last_day": plain(found.last),
        "eligible": eligible,
        "again_from": plain(found.again_from),
        "demands": "demands" not in stopped,
        "interest": "interest" not in stopped,
        "enforcement": "enforcement" not in stopped,
        **_told(asked, "deny" if stopped else "allow", [found.rule]),
    }


def _complaint(asked: ComplaintQuestion) -> Answer:
    found = answer_due(
        asked.received_on, pack=asked.pack, forum=asked.forum, topics=asked.topics, debtor=asked.debtor,
        claim=asked.claim, creditor_type=asked.creditor_type,
    )  # fmt: skip
    if found is None:
        raise NoSuchDuty(msg("El paquete {pack} no dice en qué plazo se responde eso."), pack=asked.pack.id)
    return {"answer_by": plain(found.due_on), "longer": plain(found.longer), **_told(asked, "allow", [found.rule])}


DUTIES = {
    "validation": Question("notice", ValidationQuestion, _validation),
    "dispute": Question("notice", DisputeQuestion, _dispute),
    "reporting": Question("notice", ReportingQuestion, _reporting),
    "retention": Question("notice", RetentionQuestion, _retention),
    "moratorium": Question("notice", MoratoriumQuestion, _moratorium),
    "complaint": Question("notice", ComplaintQuestion, _complaint),
}
