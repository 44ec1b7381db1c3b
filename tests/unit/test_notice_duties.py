"""The days of notices: validation, disputes, credit files, what is kept, moratoria, letters before court, venues."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from kernel.problems import Invalid
from legal.questions.registry import QUESTIONS
from legal.rules.calendar import holiday_on
from legal.rules.duties.credit_files import Days, NoRetentionRule, Reported, keeping, reporting
from legal.rules.duties.route import Duty, Letter, Places, routes_of
from legal.rules.duties.validation import NoSuchDuty, SentNotice, assumed_receipt, dispute, validation
from legal.rules.facts import Claim, Component, DebtorKind, Title
from legal.rules.money.allocation import Due, allocate
from legal.rules.packs.duty_kinds import Kept
from legal.rules.packs.loading import pack_of
from legal.rules.time.limitation import NoLimitationRule
from legal.rules.time.moratorium import Respite, standing_on

US, CO, ES, UK = pack_of("US"), pack_of("CO"), pack_of("ES"), pack_of("GB")
ON = date(2026, 11, 21)


@given(st.dates(date(2021, 12, 1), date(2029, 12, 1)))
def test_a_letter_is_taken_to_arrive_after_five_days_on_which_mail_is_carried(sent_on: date) -> None:
    day = assumed_receipt(sent_on, 5, US.calendar)

    assert US.calendar is not None
    between = [sent_on + timedelta(days=n) for n in range(1, (day - sent_on).days + 1)]
    carried = [one for one in between if one.weekday() < 5 and not holiday_on(US.calendar, one, None)]
    assert (len(carried), carried[-1]) == (5, day)


def test_a_known_receipt_goes_before_the_assumed_one() -> None:
    sent = SentNotice(date(2026, 11, 23), received_on=date(2026, 11, 25))

    assert validation([sent], pack=US, claim=Claim.CONSUMER, on=ON).end == date(2026, 12, 25)


def test_the_period_runs_until_a_notice_has_arrived() -> None:
    returned = SentNotice(date(2026, 10, 1), returned_on=date(2026, 10, 9))

    found = validation([returned], pack=US, claim=Claim.CONSUMER, on=ON, text="Pay now.")

    assert (found.end, found.runs(ON), found.codes) == (None, True, ("notice_undeliverable", "overshadowing"))


def test_a_notice_that_was_never_sent_is_late_from_the_sixth_day() -> None:
    def codes(on: date) -> tuple[str, ...]:
        return validation([], pack=US, claim=Claim.CONSUMER, on=on, first_contact_on=date(2026, 12, 1)).codes

    assert (codes(date(2026, 12, 6)), codes(date(2026, 12, 7))) == ((), ("notice_late",))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("You owe 100.00. Please call us if you have questions.", False),
        ("You have until December 31 to dispute this debt in writing.", False),
        ("Act now to settle.", True),
        ("FINAL NOTICE", True),
        ("You must pay immediately.", True),
        ("Respond within five days.", True),
        ("Pague hoy para evitar acciones.", True),
        ("We expect payment by July 10.", True),
        ("Send the amount or we will sue.", True),
        ("Pague antes del 10 de julio.", True),
        ("Write to us by July 10 if you dispute the debt.", False),
        ("Escríbanos antes del 10 de julio si no reconoce la deuda.", False),
    ],
)
def test_a_text_in_the_period_does_not_overshadow_the_right_to_dispute(text: str, wrong: bool) -> None:
    sent = [SentNotice(date(2026, 11, 20))]

    found = validation(sent, pack=US, claim=Claim.CONSUMER, on=ON, text=text)

    assert ("overshadowing" in found.codes) is wrong


def test_a_dispute_stops_collecting_until_it_is_answered_and_a_late_one_does_not() -> None:
    def cease(received: date, answered: date | None = None, end: date | None = date(2026, 11, 10)) -> bool:
        return dispute(
            received, pack=US, claim=Claim.CONSUMER, on=ON, written=True, period_end=end, answered_on=answered
        ).cease

    assert cease(date(2026, 11, 10))
    assert not cease(date(2026, 11, 11))
    assert cease(date(2026, 11, 11), end=None)
    assert not cease(date(2026, 11, 1), answered=ON)
    assert cease(date(2026, 11, 1), answered=ON + timedelta(days=1))


def test_who_asks_for_the_first_creditor_stops_it_too_and_disputes_nothing() -> None:
    found = dispute(
        date(2026, 11, 1),
        pack=US,
        claim=Claim.CONSUMER,
        on=ON,
        written=True,
        period_end=date(2026, 11, 10),
        origin=True,
    )

    assert (found.cease, found.report_as_disputed, found.answers) == (True, False, ("original_creditor",))


def test_a_place_without_such_a_period_is_refused() -> None:
    with pytest.raises(NoSuchDuty):
        validation([], pack=pack_of("MX"), claim=Claim.CONSUMER, on=ON)


def small(amount: str, *sent: date) -> tuple[str, date | None, list[str]]:
    told = Reported(
        Claim.CONSUMER, principal=Money.of(amount, "COP"), default_on=date(2026, 6, 1),
        notices=tuple(SentNotice(day) for day in sent),
    )  # fmt: skip
    found = reporting(told, pack=CO, on=ON)
    return found.verdict, found.earliest, [one.code for one in found.objections]


def test_a_small_debt_in_colombia_takes_two_notices_on_different_days() -> None:
    first, second = date(2026, 10, 1), date(2026, 11, 1)

    assert small("262635.75", first) == ("deny", None, ["second_notice_missing"])
    assert small("262635.75", first, first) == ("deny", None, ["second_notice_missing"])
    assert small("262635.75", first, second) == ("wait", date(2026, 11, 22), ["notice_period"])
    assert small("262635.76", first) == ("allow", None, [])


def test_a_law_that_asks_what_nobody_knows_stands_in_the_way() -> None:
    found = reporting(Reported(Claim.CONSUMER, debtor=DebtorKind.PERSON), pack=ES, on=ON)

    assert found.verdict == "deny"
    assert sorted(one.fact for one in found.objections) == ["disputed", "principal", "warned"]


def test_in_the_united_states_speaking_with_the_debtor_serves_for_the_letter() -> None:
    told = Reported(Claim.CONSUMER, spoken_on=ON)

    assert reporting(told, pack=US, on=ON).verdict == "allow"
    assert reporting(Reported(Claim.CONSUMER), pack=US, on=ON).verdict == "deny"


def test_a_paid_debt_leaves_the_file_after_twice_its_default_and_at_most_four_years() -> None:
    def gone(default: date, paid: date | None) -> date | None:
        days = Days(default_on=default, paid_on=paid)
        return keeping(Kept.CREDIT_FILE, days, pack=CO, claim=Claim.CONSUMER, on=ON).delete_by

    assert gone(date(2026, 1, 1), date(2026, 1, 31)) == date(2026, 4, 1)
    assert gone(date(2022, 1, 1), date(2025, 1, 1)) == date(2029, 1, 1)
    assert gone(date(2020, 1, 1), date(2027, 1, 1)) == date(2028, 1, 1)
    assert gone(date(2020, 1, 1), None) == date(2028, 1, 1)


def test_keeping_asks_for_the_day_it_counts_from_and_refuses_what_the_place_does_not_say() -> None:
    with pytest.raises(Invalid) as refusal:
        keeping(Kept.RECORDS, Days(), pack=US, claim=Claim.CONSUMER, on=ON)
    assert refusal.value.details["field"] == "last_activity_on"
    with pytest.raises(NoRetentionRule):
        keeping(Kept.CALL_RECORDING, Days(recorded_on=ON), pack=ES, claim=Claim.CONSUMER, on=ON)


def test_a_crisis_lasts_as_long_as_its_treatment_and_thirty_days_more() -> None:
    def last(ended: date | None) -> tuple[bool, date | None]:
        found = standing_on(Respite("mental_health_crisis", date(2026, 9, 1), ended), pack=UK, on=ON)
        return found.active, found.last

    assert last(None) == (True, None)
    assert last(date(2026, 10, 22)) == (True, ON)
    assert last(date(2026, 10, 21)) == (False, ON - timedelta(days=1))


def test_a_suit_in_england_waits_for_the_documents_that_were_asked() -> None:
    asked = Letter(date(2026, 10, 1), reply_on=date(2026, 10, 5), documents_asked=True)

    [route] = routes_of(
        Money.of("3000", "GBP"), pack=UK, claim=Claim.CONSUMER, title=Title.ORDINARY, on=ON, letter=asked,
        debtor=DebtorKind.PERSON,
    )  # fmt: skip

    assert (route.negotiation.duty, route.negotiation.first, route.open) == (Duty.WAITING, None, False)


def test_a_company_waits_the_shorter_term_and_an_unknown_debtor_the_longer() -> None:
    def first(debtor: DebtorKind | None) -> date | None:
        [route] = routes_of(
            Money.of("3000", "GBP"), pack=UK, claim=Claim.COMMERCIAL, title=Title.ORDINARY, on=ON,
            letter=Letter(date(2026, 11, 1)), debtor=debtor,
        )  # fmt: skip
        return route.negotiation.first

    assert first(DebtorKind.FIRM) == date(2026, 11, 16)
    assert first(DebtorKind.PERSON) == first(None) == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("places", "venue"),
    [
        (Places("NY", residence="NY"), True),
        (Places("NY", residence="NJ", signed="NY"), True),
        (Places("NY", residence="NJ", signed="CT"), False),
        (Places("NY", residence="NY", property="FL"), False),
        (None, None),
    ],
)
def test_a_consumer_is_sued_where_he_lives_or_signed_or_the_land_lies(
    places: Places | None, venue: bool | None
) -> None:
    [route] = routes_of(
        Money.of("3000", "USD"), pack=US, claim=Claim.CONSUMER, title=Title.WRITTEN, on=ON, places=places
    )

    assert route.venue is venue


def test_in_the_united_states_no_payment_goes_to_a_disputed_debt() -> None:
    def usd(amount: str) -> Money:
        return Money.of(amount, "USD")

    owed = [
        Due("a", Component.PRINCIPAL, usd("100"), date(2026, 1, 1), disputed=True),
        Due("a", Component.FEE, usd("9"), date(2026, 1, 1)),
        Due("b", Component.PRINCIPAL, usd("30"), date(2026, 2, 1)),
    ]

    def went(*chosen: str) -> tuple[list[str], Money]:
        found = allocate(usd("50"), owed, pack=US, on=ON, chosen=chosen)
        return [part.debt for part in found.applied], found.unapplied

    assert went() == (["b"], usd("20"))
    # What was meant for it is not given to another debt instead (12 CFR 1006.30(c)).
    assert went("a") == ([], usd("50"))
    assert went("a", "b") == (["b"], usd("20"))


AMOUNTS = st.integers(0, 10**7)
OWED = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(list(Component)), AMOUNTS, st.dates(date(2024, 1, 1), ON)),
    max_size=8,
)


@given(st.sampled_from(["MX", "CO", "ES", "US", "GB"]), AMOUNTS, OWED, st.sets(st.sampled_from("abc")))
def test_no_place_loses_a_cent_of_a_payment(
    country: str, paid: int, owed: list[tuple[str, Component, int, date]], disputed: set[str]
) -> None:
    dues = [
        Due(debt, component, Money(minor, "EUR"), day, disputed=debt in disputed)
        for debt, component, minor, day in owed
    ]

    found = allocate(Money(paid, "EUR"), dues, pack=pack_of(country), on=ON)

    assert sum(part.amount.minor for part in found.applied) + found.unapplied.minor == paid
    assert found.unapplied.minor >= 0
    if country == "US":
        assert not disputed & {part.debt for part in found.applied}


def test_each_notice_question_refuses_what_another_would_take() -> None:
    schema = QUESTIONS["notice"].schema()

    assert schema["properties"]["about"]["enum"] == [
        "text", "validation", "dispute", "reporting", "retention", "moratorium", "complaint",
    ]  # fmt: skip
    assert all(shape["additionalProperties"] is False for shape in schema["oneOf"])
    with pytest.raises(Invalid) as refusal:
        QUESTIONS["notice"].ask(
            {"country": "US", "about": "retention", "on": "2026-11-21", "what": "records", "text": "x"}
        )
    assert refusal.value.details["field"] == "text"


def test_a_moratorium_stops_interest_and_the_suit_and_nothing_after_it() -> None:
    respite = {"name": "standard", "start": "2026-08-01"}
    debt = {"country": "GB", "claim": "commercial", "on": "2026-10-31"}

    interest = QUESTIONS["interest"].ask(
        {**debt, "principal": {"amount": "1000", "currency": "GBP"}, "due_on": "2026-07-14", "respites": [respite]}
    )
    inside, after = (
        QUESTIONS["route"].ask(
            {**debt, "amount": {"amount": "1000", "currency": "GBP"}, "on": on, "letter": {"dated": "2026-07-20"},
             "debtor": "firm", "respites": [respite]}
        )["verdict"]
        for on in ("2026-09-29", "2026-09-30")
    )  # fmt: skip

    assert [(one["first"], one["last"]) for one in interest["segments"]] == [
        ("2026-07-15", "2026-07-31"), ("2026-09-30", "2026-10-31"),
    ]  # fmt: skip
    assert (inside, after) == ("deny", "allow")


@pytest.mark.parametrize(
    ("country", "region", "due", "verdict", "state", "lawyer"),
    [
        ("US", "NY", "2022-05-01", "deny", "barred", True),
        ("US", "NY", "2025-05-01", "allow", "running", True),
        ("US", "TX", "2025-05-01", "deny", "unknown", True),
        ("MX", None, "2012-05-01", "allow", "barred", True),
    ],
)
def test_the_route_looks_at_the_term_when_the_due_day_is_told(
    country: str, region: str | None, due: str, verdict: str, state: str, lawyer: bool
) -> None:
    answer = QUESTIONS["route"].ask(
        {"country": country, "region": region, "claim": "consumer", "due_on": due, "on": "2026-11-21",
         "amount": {"amount": "1000", "currency": {"US": "USD", "MX": "MXN"}[country]}}
    )  # fmt: skip

    assert (answer["verdict"], answer["term"], answer["lawyer"]) == (verdict, state, lawyer)


@pytest.mark.parametrize(
    ("question", "facts", "field"),
    [
        ("interest", {"country": "MX", "claim": "civil", "on": "2026-11-21"}, "due_on"),
        ("interest", {"country": "MX", "claim": "civil", "on": "2026-11-21", "due_on": "2026-01-01",
                      "delivered_on": "2026-02-01"}, "due_on"),
        ("route", {"country": "MX", "claim": "civil", "on": "2026-11-21",
                   "acts": [{"kind": "demand", "on": "2026-01-01"}]}, "due_on"),
        ("limitation", {"country": "MX", "claim": "civil", "on": "2026-11-21"}, "due_on"),
        ("notice", {"country": "MX", "about": "retention", "on": "2026-11-21"}, "what"),
    ],
)  # fmt: skip
def test_facts_that_are_missing_or_contradict_one_another_are_named(
    question: str, facts: dict[str, object], field: str
) -> None:
    amount = {"principal": {"amount": "1", "currency": "MXN"}} if question == "interest" else {}
    amount |= {"amount": {"amount": "1", "currency": "MXN"}} if question == "route" else {}

    with pytest.raises(Invalid) as refusal:
        QUESTIONS[question].ask({**facts, **amount})

    assert refusal.value.details["field"] == field


CALL = {"country": "MX", "claim": "consumer", "creditor_type": "financial", "debtor": "person", "channel": "phone",
        "at": "2026-11-20T12:00", "zones": ["America/Mexico_City"]}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"lawyer": {"since": "2027-11-01T12:00"}}, "lawyer.since"),
        ({"consents": [{"what": "hours", "at": "2027-01-01T12:00"}]}, "consents.0.at"),
        ({"consents": [{"what": "hours", "at": "2026-11-01T12:00", "until": "2026-10-01T12:00"}]}, "consents.0.until"),
        ({"inconvenient": [{"since": "2027-01-01T12:00"}]}, "inconvenient.0.since"),
        ({"contact_point": {"used_at": "2027-01-01T12:00"}}, "contact_point.used_at"),
        ({"contested": [{"at": "2026-11-02T12:00", "written": True, "answered_at": "2026-11-01T12:00"}]},
         "contested.0.answered_at"),
        ({"registrations": [{"register": "redeco", "since": "2026-02-01", "until": "2026-01-01"}]},
         "registrations.0.until"),
        ({"registrations": [{"register": "redecoo"}]}, "registrations.0.register"),
        ({"settings": {"foo": "x"}}, "settings.foo"),
        ({"agreed_hours": {"days": ["domingo"], "opens": "09:00", "closes": "10:00", "separate_instrument": True}},
         "agreed_hours"),
        ({"at": 1700000000}, "at"),
        ({"at": "2026-11-20"}, "at"),
        ({"at": "9999-12-31T23:00"}, "at"),
    ],
)  # fmt: skip
def test_a_contact_that_cannot_have_been_so_is_refused_by_the_field(told: dict[str, object], field: str) -> None:
    assert QUESTIONS["contact"].ask(CALL)["verdict"]

    with pytest.raises(Invalid) as refusal:
        QUESTIONS["contact"].ask({**CALL, **told})

    assert refusal.value.details["field"] == field


def test_other_questions_name_what_they_do_not_know() -> None:
    due = {"debt": "A", "component": "principal", "amount": "10.00", "due_on": "2026-01-01"}
    paid = {"country": "MX", "payment": {"amount": "5.00", "currency": "MXN"}, "on": "2026-11-20", "dues": [due]}
    with pytest.raises(Invalid) as debt:
        QUESTIONS["allocation"].ask({**paid, "chosen": ["Z"]})
    with pytest.raises(NoLimitationRule) as region:
        QUESTIONS["limitation"].ask({"country": "US", "claim": "consumer", "due_on": "2022-01-01", "on": "2026-11-20"})
    with pytest.raises(Invalid) as far:
        QUESTIONS["limitation"].ask({"country": "MX", "claim": "civil", "due_on": "9998-06-01", "on": "9999-11-20"})
    with pytest.raises(Invalid) as paper:
        QUESTIONS["route"].ask({
            "country": "MX", "claim": "commercial", "amount": {"amount": "500.00", "currency": "MXN"},
            "on": "2026-11-20", "documents": ["contract", "foo"],
        })  # fmt: skip

    assert [one.value.details["field"] for one in (debt, region, far, paper)] == [
        "chosen.0", "region", "due_on", "documents.1",
    ]  # fmt: skip
