"""Until when may this claim be brought to court?"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from kernel.text import msg
from legal.questions.contradictions import check_debtor
from legal.questions.question import Amount, Answer, Placed, Question, pack_shown, rule_shown
from legal.questions.wrong import EARLIER, LATER, wrong
from legal.rules.decision import plain
from legal.rules.facts import Claim, DebtorKind, Product, Target, Title
from legal.rules.money.barred import Standing, Step, step_of
from legal.rules.time.limitation import Claimed, Term, TermAct, term_of
from legal.rules.time.seeds import Candidate


class LimitationQuestion(Placed):
    """A claim, the day it fell due, and what happened since that may count."""

    claim: Claim
    title: Title = Title.ORDINARY
    due_on: date = Field(description="The day it fell due; of a paper with `presented`, the day of its issue.")
    on: date = Field(description="The day for which the state of the term is told.")
    acts: tuple[TermAct, ...] = ()
    obligor: Literal[Target.DEBTOR, Target.GUARANTOR, Target.CO_DEBTOR] = Field(
        Target.DEBTOR,
        description="Who would be sued. `co_debtor`: one who answers for the whole; a joint one, who owes a part,"
        " is the debtor of that part, and only acts towards them count.",
    )
    presented: Literal["same_place", "other_place", "abroad"] | None = Field(
        None, description="Where a cheque is presented: its days come before the term."
    )
    product: Product | None = Field(None, description="What the debt comes from, where the law asks.")
    amount: Amount | None = Field(None, description="The principal, where the law asks.")
    debtor: DebtorKind | None = None
    step: Step | None = Field(None, description="What somebody means to do; the answer then has a verdict.")

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "LimitationQuestion":
        check_acts(self.acts, self.due_on, self.on)
        check_debtor(self.debtor, self.claim)
        return self


def check_acts(acts: Sequence[TermAct], due_on: date, on: date) -> None:
    """Refused, by its place in the list: an act before the claim fell due, and what is after the day asked about."""
    for number, act in enumerate(acts):
        days = {"on": act.on, "notified_on": act.notified_on, "ended_on": act.ended_on}
        for name, day in days.items():
            since, other = (due_on, "due_on") if name == "on" else (act.on, f"acts.{number}.on")
            if day is not None and day > on:
                raise wrong(f"acts.{number}.{name}", LATER, day=day, on=on)
            if day is not None and day < since:
                raise wrong(f"acts.{number}.{name}", EARLIER, day=day, other=other, since=since)


def _answer(asked: LimitationQuestion) -> Answer:
    pack = asked.pack
    amount = asked.amount.money if asked.amount else None
    told = Claimed(asked.claim, asked.title, asked.due_on, asked.region, asked.obligor, asked.presented, asked.product,
                   amount, asked.debtor)  # fmt: skip
    term = term_of(told, pack=pack, acts=asked.acts)
    due = asked.due_on <= asked.on
    state = term.state(asked.on) if due else "not_due"
    known = term.suit_state(asked.on) if due else "not_due"
    threat = step_of(Step.THREAT, known, pack=pack, claim=asked.claim, on=asked.on)
    step = step_of(asked.step, known, pack=pack, claim=asked.claim, on=asked.on) if asked.step else None
    used = {rule.id: rule for rule in (term.rule, *(one.rule for one in term.candidates), *threat.rules)}
    return {
        **_verdict(step),
        **_days(term),
        "state": state,
        "threats_of_suit": known in ("running", "near") and threat.allowed,
        "lawyer": state not in ("running", "not_due") or not term.in_the_law or bool(term.candidates),
        "read_in_the_law": term.in_the_law,
        "unread": list(term.unread),
        "candidates": [_candidate(one) for one in term.candidates],
        "acts": [plain(one) for one in term.acts],
        "deciding": [term.rule.id, *(rule.id for rule in (step.rules if step else ()))],
        "rules": [rule_shown(rule) for rule in used.values()],
        "notes": _notes(term),
        "pack": pack_shown(pack),
    }


def _verdict(step: Standing | None) -> Answer:
    return {} if step is None else {"verdict": "allow" if step.allowed else "deny"}


def _days(term: Term) -> Answer:
    return {
        "begun": plain(term.begun),
        "last_day": plain(term.last_day),
        "last_safe_day": plain(term.last_safe_day),
        "prescribed_from": plain(term.prescribed_from),
        "blocked_from": plain(term.blocks_from),
        "longest_reading": plain(None if term.longest == date.max else term.longest),
        "ordinary_until": plain(term.ordinary_until),
    }


def _candidate(one: Candidate) -> Answer:
    return {"years": one.years, "last_day": plain(one.last_day), "lists_agree": one.agreed, "rule": one.rule.id,
            "note": one.note}  # fmt: skip


_UNREAD = {
    "own_law": msg("La región tiene derecho civil propio y no se leyó su plazo: el común solo orienta."),
    "elsewhere": msg("La región tiene un plazo propio que no se leyó en su ley: manda el que termina antes."),
    "suspended": msg("Una suspensión que alargaría el plazo no se leyó en la ley: no se cuenta con ella."),
    "reaches_back": msg("Que esa ley alcance a lo que venció antes no se leyó: manda el plazo que termina antes."),
    "rolls": msg("Que el último día inhábil pase al siguiente no se leyó en la ley: no se cuenta con ello."),
}


def _notes(term: Term) -> list[str]:
    notes = [
        *(_UNREAD[name] for name in term.unread),
        term.rule.note,
        *(one.note for one in term.candidates),
        *(one.rule.note for one in term.candidates),
    ]
    return list(dict.fromkeys(note for note in notes if note))


LIMITATION = Question("limitation", LimitationQuestion, _answer)
