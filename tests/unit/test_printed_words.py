"""What printed pages say: whose clock, and no doubled sign or word."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from recobro.documents import environment
from recobro.remittances.queries import shown_state
from recobro.remittances.tables import Remittance


@pytest.mark.parametrize(
    ("zone", "said"),
    [("America/Mexico_City", "11:08 (UTC−6)"), ("UTC", "17:08 (UTC)"), ("Europe/Madrid", "18:08 (UTC+1)"),
     ("Asia/Kolkata", "22:38 (UTC+5:30)")],
)  # fmt: skip
def test_an_hour_on_paper_says_whose_it_is(zone: str, said: str) -> None:
    env = environment("es_MX", zone=ZoneInfo(zone))

    text = env.from_string("{{ at|moment }}").render(at=datetime(2026, 11, 22, 17, 8, tzinfo=UTC))

    assert text.endswith(said)


@pytest.mark.parametrize(
    ("state", "net", "offset", "shown"),
    [("closed", 0, 0, "nothing"), ("closed", 1, 0, "closed"), ("closed", 0, 1, "closed"), ("paid", 0, 0, "paid")],
)
def test_a_statement_of_nothing_is_not_to_be_paid(state: str, net: int, offset: int, shown: str) -> None:
    assert shown_state(Remittance(state=state, net=net, offset_amount=offset)) == shown
