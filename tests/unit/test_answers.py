"""Until when complaints are answered: by place, by whom and by subject; nobody guesses a term that was not read."""

from datetime import date

import pytest

from legal.rules.duties.answers import AnswerDue, answer_due
from legal.rules.facts import Claim, DebtorKind
from legal.rules.packs.answer_kinds import Forum, Topic
from legal.rules.packs.kinds import parameters_of
from legal.rules.packs.loading import pack_of
from legal.rules.packs.schema import Basis


def due(country: str, on: date, forum: Forum, *topics: Topic, firm: bool = False) -> AnswerDue | None:
    return answer_due(
        on, pack=pack_of(country), forum=forum, topics=topics,
        debtor=DebtorKind.FIRM if firm else DebtorKind.PERSON, claim=Claim.COMMERCIAL if firm else Claim.CONSUMER,
    )  # fmt: skip


def test_in_mexico_a_right_over_data_is_answered_in_twenty_business_days() -> None:
    found = due("MX", date(2026, 11, 3), Forum.OWN, Topic.DATA)  # a Tuesday; Monday the 16th is a holiday
    assert found is not None
    assert (found.due_on, found.rule.id) == (date(2026, 12, 2), "mx.answer.data")


def test_in_colombia_a_claim_over_data_is_answered_in_fifteen_business_days_and_may_be_put_off_by_eight() -> None:
    found = due("CO", date(2026, 11, 3), Forum.SIC, Topic.TREATMENT, Topic.DATA)  # the 16th is a holiday
    assert found is not None
    assert (found.due_on, found.longer) == (date(2026, 11, 25), date(2026, 12, 7))


def test_in_spain_a_consumer_is_answered_in_fifteen_calendar_days_since_the_law_of_2025() -> None:
    found = due("ES", date(2026, 11, 20), Forum.OWN, Topic.TREATMENT)
    assert found is not None
    assert found.due_on == date(2026, 12, 5), "a Saturday: the earlier reading does not roll"
    assert due("ES", date(2025, 12, 27), Forum.OWN, Topic.TREATMENT) is None


def test_in_spain_a_right_over_data_has_a_month_as_policy_whoever_brings_it() -> None:
    for forum in (Forum.OWN, Forum.AEPD):
        found = due("ES", date(2026, 11, 3), forum, Topic.DATA, firm=False)
        assert found is not None
        assert found.due_on == (date(2026, 11, 18) if forum is Forum.OWN else date(2026, 12, 3))
        if forum is Forum.AEPD:
            assert (found.rule.id, found.rule.basis) == ("es.answer.data", Basis.POLICY)


@pytest.mark.parametrize(
    ("country", "forum"),
    [("MX", Forum.REDECO), ("MX", Forum.PROFECO), ("CO", Forum.SIC), ("ES", Forum.AEPD), ("XX", Forum.OWN)],
)
def test_what_no_rule_says_is_asked_of_a_person(country: str, forum: Forum) -> None:
    assert due(country, date(2026, 11, 20), forum, Topic.TREATMENT) is None


def test_a_firm_has_no_rights_of_a_consumer() -> None:
    assert due("ES", date(2026, 11, 20), Forum.OWN, Topic.TREATMENT, firm=True) is None


def test_a_deadline_counts_in_one_way() -> None:
    for given in ({}, {"days": 5, "business_days": 5}):
        with pytest.raises(ValueError, match="either days or business_days or months"):
            parameters_of("answer_deadline", given, {})
