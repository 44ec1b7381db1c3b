"""No purpose but what the debtor asked for, a receipt, the end of an opt-out or a notice that the law orders is spared
the hours, the days and the counts."""

from typing import Any

import pytest

from legal.questions.registry import QUESTIONS

PURPOSES = ("collect", "locate", "closing", "remedy", "verification", "ask_consent")
ZONES = {"CO": "America/Bogota", "PE": "America/Lima", "CL": "America/Santiago", "ES": "Europe/Madrid"}


def asked(country: str, at: str, **more: Any) -> dict[str, Any]:
    facts = {
        "country": country, "zones": [ZONES[country]], "debtor": "person", "claim": "consumer", "channel": "sms",
        "authorised_channels": ["sms"], "debt_proof": True, "creditor_type": "commercial", "at": at, **more,
    }  # fmt: skip
    return dict(QUESTIONS["contact"].ask(facts))


@pytest.mark.parametrize("country", ZONES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_nothing_goes_out_on_a_sunday_night(country: str, purpose: str) -> None:
    assert asked(country, "2026-11-22T03:00", purpose=purpose)["verdict"] != "allow"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_second_contact_of_the_day_waits_in_colombia_whatever_it_is_for(purpose: str) -> None:
    before = [{"at": "2026-11-24T09:00", "channel": "sms", "purpose": purpose}]

    assert asked("CO", "2026-11-24T15:00", purpose="collect", previous=before)["verdict"] == "wait"
    assert asked("CO", "2026-11-24T15:00", purpose=purpose, previous=before)["verdict"] == "wait"


@pytest.mark.parametrize("purpose", [one for one in PURPOSES if one != "ask_consent"])
def test_a_channel_that_nobody_authorised_is_closed_in_colombia(purpose: str) -> None:
    answer = asked("CO", "2026-11-24T15:00", purpose=purpose, authorised_channels=["phone"])

    assert answer["verdict"] == "deny"
