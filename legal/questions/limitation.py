"""Until when may this claim be brought to court?"""

from datetime import date

from pydantic import Field

from legal.questions.question import Answer, Facts, Question, pack_shown, rule_shown
from legal.rules.decision import plain
from legal.rules.facts import Claim, Title
from legal.rules.limitation import TermAct, term_of
from legal.rules.packs import pack_of


class LimitationQuestion(Facts):
    """A claim, the day it fell due, and what happened since that may count."""

    country: str
    region: str | None = Field(None, description="A subdivision of ISO 3166-2 without the country: CT.")
    claim: Claim
    title: Title = Title.ORDINARY
    due_on: date
    on: date = Field(description="The day for which the state of the term is told.")
    acts: tuple[TermAct, ...] = ()


def _answer(asked: LimitationQuestion) -> Answer:
    pack = pack_of(asked.country)
    term = term_of(
        pack=pack, claim=asked.claim, title=asked.title, due_on=asked.due_on, acts=asked.acts, region=asked.region
    )
    state = term.state(asked.on)
    return {
        "state": state,
        "begun": plain(term.begun),
        "last_day": plain(term.last_day),
        "last_safe_day": plain(term.last_safe_day),
        "prescribed_from": plain(term.prescribed_from),
        "threats_of_suit": state != "barred",
        "lawyer": state != "running",
        "acts": [plain(one) for one in term.acts],
        "deciding": [term.rule.id],
        "rules": [rule_shown(term.rule)],
        "notes": [term.rule.note] if term.rule.note else [],
        "pack": pack_shown(pack),
    }


LIMITATION = Question("limitation", LimitationQuestion, _answer)
