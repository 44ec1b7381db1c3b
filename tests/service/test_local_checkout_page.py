"""The local Checkout page as a payer without JavaScript meets it: form, sentences, the bank, the way back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from bs4 import BeautifulSoup

from kernel.money import Money
from recobro.adapters.stripe_checkout import Checkout, StripeCheckout
from recobro.local.stripe.server import StripeServer

TYPED = {
    "email": "luis.demo@example.com", "number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123",
    "name": "Luis Demo",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with StripeServer() as running:
        yield running


@pytest.fixture
def cards(server: StripeServer) -> StripeCheckout:
    return StripeCheckout("sk_test_1", "whsec_1", server.url)


def checkout(cards: StripeCheckout, **more: Any) -> Checkout:
    given: dict[str, Any] = {
        "idempotency_key": "", "amount": Money(6_144_018, "MXN"), "description": "Factura A-2231",
        "success_url": "http://127.0.0.1:9/paid?checkout={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/back", "metadata": {},
    }  # fmt: skip
    return cards.create_checkout(**given | more)


def send(url: str | None, **more: str) -> requests.Response:
    return requests.post(str(url), data=TYPED | more, allow_redirects=False, timeout=30)


def test_a_payer_reads_the_amount_pays_and_is_sent_back(cards: StripeCheckout) -> None:
    page = checkout(cards, email="luis.demo@example.com")
    shown = BeautifulSoup(requests.get(str(page.url), timeout=30).text, "html.parser")
    assert "$61,440.18 MXN" in shown.text
    assert "Servidor local de pruebas" in shown.text
    assert shown.select_one("#email")["value"] == "luis.demo@example.com"  # type: ignore[index]

    answer = send(page.url)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/paid?checkout={page.id}"
    assert cards.checkout(page.id).paid
    # The button pressed twice: the payer goes on, nothing is charged again.
    assert send(page.url).headers["Location"] == answer.headers["Location"]


def test_the_page_runs_no_script_and_its_form_leads_only_home_and_back(cards: StripeCheckout) -> None:
    answer = requests.get(str(checkout(cards).url), timeout=30)

    assert "<script" not in answer.text
    assert "style=" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9;" in policy


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("number", "4242 4242 4242 4241", "El número de tarjeta no es válido."),
        ("number", "4111 1111 1111 1111", "Aquí solo sirven las tarjetas de prueba de la lista."),
        ("expiry", "10/26", "La caducidad es un mes y un año que aún no pasan"),
        ("expiry", "13/34", "La caducidad es un mes y un año que aún no pasan"),
        ("cvc", "12", "El CVC son 3 cifras"),
        ("name", "", "Escribe el nombre"),
        ("email", "luis", "Escribe un correo"),
    ],
)
def test_each_wrong_field_gets_its_sentence(cards: StripeCheckout, field: str, typed: str, sentence: str) -> None:
    answer = send(checkout(cards).url, **{field: typed})

    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert sentence in page.select_one('[role="alert"]').text  # type: ignore[union-attr]
    assert [box["id"] for box in page.select('[aria-invalid="true"]')] == [field]
    assert page.select_one("#cvc")["value"] == ""  # type: ignore[index]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [("4000 0000 0000 0002", "El banco rechazó la tarjeta"), ("4000 0000 0000 9995", "no tiene fondos suficientes")],
)
def test_a_declined_card_is_told_and_another_one_may_be_tried(
    cards: StripeCheckout, number: str, sentence: str
) -> None:
    page = checkout(cards)
    answer = send(page.url, number=number)
    assert answer.status_code == 402
    assert sentence in answer.text

    assert send(page.url).status_code == 303
    assert cards.checkout(page.id).paid


@pytest.mark.parametrize(("said", "paid"), [("yes", True), ("no", False)])
def test_a_card_that_asks_for_approval_is_charged_only_when_it_is_given(
    cards: StripeCheckout, said: str, paid: bool
) -> None:
    page = checkout(cards)
    question = urljoin(str(page.url), send(page.url, number="4000 0025 0000 3155").headers["Location"])
    assert "¿Autorizas este pago?" in requests.get(question, timeout=30).text
    assert not cards.checkout(page.id).paid

    answer = requests.post(question, data={"answer": said}, allow_redirects=False, timeout=30)

    assert cards.checkout(page.id).paid is paid
    if paid:
        assert answer.headers["Location"].startswith("http://127.0.0.1:9/paid")
    else:
        again = requests.get(urljoin(question, answer.headers["Location"]), timeout=30)
        assert "El pago no se autorizó" in again.text


def test_the_page_speaks_the_language_it_was_made_for(cards: StripeCheckout) -> None:
    spanish, english = checkout(cards, locale="es_CO"), checkout(cards, locale="en")

    assert 'lang="es"' in requests.get(str(spanish.url), timeout=30).text
    assert "Local test server: no real money is charged." in requests.get(str(english.url), timeout=30).text


def test_a_page_that_is_over_says_so(server: StripeServer, cards: StripeCheckout) -> None:
    expired = checkout(cards)
    cards.expire(expired.id, idempotency_key="e")
    unknown = f"{server.url}/c/pay/cs_test_none"

    assert "Este enlace de pago venció" in requests.get(str(expired.url), timeout=30).text
    assert send(expired.url).status_code == 410
    assert requests.get(unknown, timeout=30).status_code == 404


def test_the_servers_own_page_shows_payments_and_resends_events(server: StripeServer, cards: StripeCheckout) -> None:
    page = checkout(cards)
    send(page.url)

    shown = BeautifulSoup(requests.get(server.url, timeout=30).text, "html.parser")

    assert "Factura A-2231" in shown.select_one("main").text  # type: ignore[union-attr]
    button = shown.select_one('form[action$="/deliver"]')
    assert button is not None
    assert requests.post(server.url + str(button["action"]), timeout=30).ok
    assert requests.post(server.url + str(button["action"]), headers={"Sec-Fetch-Site": "cross-site"},
                         timeout=30).status_code == 403  # fmt: skip
