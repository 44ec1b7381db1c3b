"""Does this text say what a notice must, and nothing it must not?"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from kernel.text import msg
from legal.questions.contradictions import check_debtor
from legal.questions.duties import DUTIES
from legal.questions.question import Amount, Answer, Placed, Question, outcome_shown, pack_shown
from legal.rules.contact.required_words import NoticeFacts, NoticeText, check_notice
from legal.rules.facts import Channel, Claim, Collector, CreditorType, DebtorKind, Purpose, Receiver

NO_PROOF = msg(
    "Que pase no prueba nada: solo se buscan maneras conocidas de decirlo. Lo lee una persona antes de usarlo."
)


class NoticeQuestion(Placed):
    """A notice as it will be read, and what it is about. `stated` gives for each element the spellings that count."""

    about: Literal["text"] = "text"
    body: str
    subject: str = ""
    channel: Channel
    on: date
    purpose: Purpose = Purpose.COLLECT
    creditor_type: CreditorType | None = None
    debtor: DebtorKind | None = None
    claim: Claim | None = None
    barred: bool = Field(False, description="The claim may no longer be brought to court.")
    verified: bool = True
    introduced: bool | None = None
    pay_to: Receiver | None = None
    amount: Amount | None = None
    calculated_on: date | None = None
    stated: Mapping[str, Sequence[str]] = {}
    collector: Collector | None = Collector.AGENCY

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "NoticeQuestion":
        check_debtor(self.debtor, self.claim)
        return self


def _answer(asked: NoticeQuestion) -> Answer:
    pack = asked.pack
    facts = NoticeFacts(
        channel=asked.channel, on=asked.on, purpose=asked.purpose, creditor_type=asked.creditor_type,
        debtor=asked.debtor, claim=asked.claim, verified=asked.verified, introduced=asked.introduced,
        pay_to=asked.pay_to, amount=asked.amount.money if asked.amount else None,
        calculated_on=asked.calculated_on, stated=asked.stated, barred=asked.barred,
        collector=asked.collector,
    )  # fmt: skip
    found = check_notice(NoticeText(asked.body, asked.subject), facts, pack=pack)
    return {
        "verdict": "deny" if found else "allow",
        "deciding": list(dict.fromkeys(outcome.rule.id for outcome in found)),
        "codes": [outcome.code for outcome in found],
        "rules": [outcome_shown(outcome) for outcome in found],
        "notes": [NO_PROOF],
        "pack": pack_shown(pack),
    }


NOTICE = Question("notice", NoticeQuestion, _answer, DUTIES)
