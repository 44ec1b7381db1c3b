"""Which proceeding fits this claim, and what must be done before?"""

from datetime import date

from pydantic import Field

from legal.questions.question import Amount, Answer, Facts, Question, pack_shown, rule_shown
from legal.rules.decision import plain
from legal.rules.facts import Claim, Title
from legal.rules.packs import pack_of
from legal.rules.route import Negotiation, Route, routes_of


class RouteQuestion(Facts):
    """A claim, the day a suit would be filed, the documents at hand, and what was tried before."""

    country: str
    claim: Claim
    title: Title = Title.ORDINARY
    amount: Amount = Field(description="The principal; interest does not count.")
    on: date
    cross_border: bool = Field(False, description="The debtor lives in another State of the Union.")
    documents: tuple[str, ...] = ()
    negotiation: Negotiation | None = None


def _answer(asked: RouteQuestion) -> Answer:
    pack = pack_of(asked.country)
    found = routes_of(
        asked.amount.money, pack=pack, claim=asked.claim, title=asked.title, on=asked.on,
        cross_border=asked.cross_border, documents=asked.documents, negotiation=asked.negotiation,
    )  # fmt: skip
    used = {one.rule.id: one.rule for one in found}
    used |= {one.negotiation.rule.id: one.negotiation.rule for one in found if one.negotiation.rule}
    return {
        "proceeding": found[0].proceeding,
        "routes": [_route(one) for one in found],
        "deciding": [found[0].rule.id],
        "rules": [rule_shown(rule) for rule in used.values()],
        "notes": [rule.note for rule in used.values() if rule.note],
        "pack": pack_shown(pack),
    }


def _route(route: Route) -> Answer:
    standing = route.negotiation
    return {
        "proceeding": route.proceeding,
        "title": route.rule.title,
        "rule": route.rule.id,
        "negotiation": standing.duty.value,
        "sue_from": plain(standing.first),
        "sue_until": plain(standing.last),
        "missing_documents": list(route.missing),
        "lawyer": route.lawyer,
    }


ROUTE = Question("route", RouteQuestion, _answer)
