"""Which proceeding fits this claim, and what must be done before?"""

from collections.abc import Sequence
from datetime import date

from pydantic import Field, model_validator

from kernel.text import msg
from legal.questions.contradictions import check_days, check_debtor, check_negotiation, respite_on
from legal.questions.limitation import check_acts
from legal.questions.question import Amount, Answer, Placed, Question, pack_shown, rule_shown
from legal.questions.wrong import NOT_KNOWN, wrong
from legal.rules.decision import plain
from legal.rules.duties.route import Duty, Letter, Negotiation, Places, Route, documents_known, routes_of
from legal.rules.facts import Act, Claim, DebtorKind, Title
from legal.rules.money.barred import Step, step_of
from legal.rules.packs.schema import Rule, read_in_the_law
from legal.rules.time.limitation import Claimed, TermAct, term_of
from legal.rules.time.moratorium import Respite


class RouteQuestion(Placed):
    """A claim, the day a suit would be filed, the documents at hand, and what was tried before."""

    claim: Claim
    title: Title = Title.ORDINARY
    amount: Amount = Field(description="The principal; interest does not count.")
    on: date
    cross_border: bool = Field(False, description="The debtor lives in another State of the Union.")
    documents: tuple[str, ...] = ()
    negotiation: Negotiation | None = None
    debtor: DebtorKind | None = None
    letter: Letter | None = Field(None, description="The letter before court, where the place asks for one.")
    places: Places | None = Field(None, description="Where the suit would be, where the debtor lives, where it signed.")
    respites: tuple[Respite, ...] = Field((), description="Moratoria of the debtor (breathing space).")
    due_on: date | None = Field(None, description="The day the claim fell due: told, its term is looked at too.")
    acts: tuple[TermAct, ...] = Field((), description="What happened since that may count in its term.")

    @model_validator(mode="after")
    def _nothing_contradicts(self) -> "RouteQuestion":
        if self.due_on is not None:
            check_acts(self.acts, self.due_on, self.on)
        elif self.acts:
            raise wrong("due_on", msg("Falta el dato «{field}»."))
        for number, document in enumerate(self.documents):
            if document not in documents_known():
                raise wrong(f"documents.{number}", NOT_KNOWN, value=document[:80], known=", ".join(documents_known()))
        check_negotiation(self.negotiation, self.on)
        check_days("letter", self.letter, self.on, happened=("dated", "reply_on", "documents_on"))
        check_debtor(self.debtor, self.claim)
        return self


def _answer(asked: RouteQuestion) -> Answer:
    pack = asked.pack
    found = routes_of(
        asked.amount.money, pack=pack, claim=asked.claim, title=asked.title, on=asked.on,
        cross_border=asked.cross_border, documents=asked.documents, negotiation=asked.negotiation,
        letter=asked.letter, debtor=asked.debtor, places=asked.places,
    )  # fmt: skip
    stopped = [
        one for number, respite in enumerate(asked.respites)
        if (one := respite_on(f"respites.{number}", respite, pack=pack, on=asked.on)).active
        and "enforcement" in one.stops
    ]  # fmt: skip
    state, too_old = _term(asked)
    used = {rule.id: rule for one in found for rule in (one.rule, one.negotiation.rule, one.venue_rule) if rule}
    against = [*(one.rule for one in stopped), *too_old]
    used |= {rule.id: rule for rule in against}
    return {
        "verdict": "deny" if against or state == "not_due" else _verdict(found[0]),
        "term": state,
        "lawyer": state in ("near", "barred", "unknown") or found[0].lawyer,
        "proceeding": found[0].proceeding,
        "routes": [_route(one) for one in found],
        "deciding": [found[0].rule.id, *(rule.id for rule in against)],
        "rules": [rule_shown(rule) for rule in used.values()],
        "read_in_the_law": read_in_the_law(found[0].rule),
        "notes": [rule.note for rule in used.values() if rule.note],
        "pack": pack_shown(pack),
    }


def _term(asked: RouteQuestion) -> tuple[str | None, Sequence[Rule]]:
    """The state of the claim's term as far as a suit goes, and the rules that keep it from court."""
    if asked.due_on is None:
        return None, ()
    told = Claimed(asked.claim, asked.title, asked.due_on, asked.region, amount=asked.amount.money, debtor=asked.debtor)
    if asked.due_on > asked.on:
        return "not_due", ()
    state = term_of(told, pack=asked.pack, acts=_acts(asked)).suit_state(asked.on)
    return state, step_of(Step.SUIT, state, pack=asked.pack, claim=asked.claim, on=asked.on).rules


def _acts(asked: RouteQuestion) -> tuple[TermAct, ...]:
    """What may count in the term, the negotiation among it, where its receipt is proven."""
    tried = asked.negotiation
    if tried is None or tried.received_on is None or any(act.kind is Act.NEGOTIATION for act in asked.acts):
        return asked.acts
    if asked.due_on is None or tried.attempted_on < asked.due_on:
        return asked.acts
    return (*asked.acts, TermAct(Act.NEGOTIATION, tried.attempted_on, ended_on=tried.ended_on))


def _verdict(route: Route) -> str:
    """Whether the suit may be filed, as far as what comes before it goes; documents are told apart."""
    if route.open:
        return "allow"
    return "wait" if route.negotiation.duty is Duty.WAITING and route.venue is not False else "deny"


def _route(route: Route) -> Answer:
    standing = route.negotiation
    return {
        "proceeding": route.proceeding,
        "title": route.rule.title,
        "rule": route.rule.id,
        "negotiation": standing.duty.value,
        "sue_from": plain(standing.first),
        "sue_until": plain(standing.last),
        "venue": route.venue,
        "missing_documents": list(route.missing),
        "lawyer": route.lawyer,
        "read_in_the_law": read_in_the_law(route.rule),
    }


ROUTE = Question("route", RouteQuestion, _answer)
