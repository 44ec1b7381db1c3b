"""Sentences of intake outside a page are said in their reader's language."""

import pytest

from recobro.intake.issues import REJECTIONS
from recobro.intake.words import sentence


@pytest.mark.parametrize(
    ("order", "locale", "said"), [("d/m/a", "en", "d/m/y"), ("aa/m/d", "en", "yy/m/d"), ("d/m/a", "es_MX", "d/m/a")]
)
def test_the_order_of_days_is_said_in_the_readers_letters(order: str, locale: str, said: str) -> None:
    assert f"({said})" in sentence(REJECTIONS["bad_day"][0], {"order": order, "value": "31/31/2026"}, locale)
