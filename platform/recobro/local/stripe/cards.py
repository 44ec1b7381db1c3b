"""The test cards of docs.stripe.com/testing: what each number does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is the reason code it is declined with; `ask` wants the owner's approval (3-D Secure).

    `later` is what happens after success: `dispute`, or a refund that is `refund_fails` or `refund_pends`.
    """

    number: str
    brand: str
    token: str
    decline: str = ""
    ask: bool = False
    later: str = ""
    country: str = "US"

    @property
    def says(self) -> str:
        """What it does, as a key of the page's words."""
        return f"card_{self.decline or self.later or ('asks' if self.ask else 'works')}"


CARDS = (
    Card("4242424242424242", "visa", "pm_card_visa"),
    Card("5555555555554444", "mastercard", "pm_card_mastercard"),
    Card("378282246310005", "amex", "pm_card_amex"),
    Card("4000004840008001", "visa", "pm_card_mx", country="MX"),
    Card("4000007240000007", "visa", "pm_card_es", country="ES"),
    Card("4000002500003155", "visa", "pm_card_authenticationRequired", ask=True),
    Card("4000002760003184", "visa", "pm_card_authenticationRequiredOnSetup", ask=True),
    Card("4000000000000002", "visa", "pm_card_visa_chargeDeclined", "generic_decline"),
    Card("4000000000009995", "visa", "pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    Card("4000000000009987", "visa", "pm_card_visa_chargeDeclinedLostCard", "lost_card"),
    Card("4000000000000069", "visa", "pm_card_chargeDeclinedExpiredCard", "expired_card"),
    Card("4000000000000127", "visa", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    Card("4000000000000119", "visa", "pm_card_chargeDeclinedProcessingError", "processing_error"),
    Card("4000000000000259", "visa", "pm_card_createDispute", later="dispute"),
    Card("4000000000005126", "visa", "pm_card_refundFail", later="refund_fails"),
    Card("4000000000007726", "visa", "pm_card_pendingRefund", later="refund_pends"),
)

BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS} | {
    "pm_card_chargeDeclined": BY_NUMBER["4000000000000002"],
    "pm_card_chargeDeclinedInsufficientFunds": BY_NUMBER["4000000000009995"],
    "pm_card_threeDSecure2Required": BY_NUMBER["4000002500003155"],
}

# Reasons that are their own error code; the others come as `card_declined` with the reason as `decline_code`.
OWN_CODES = ("expired_card", "incorrect_cvc", "processing_error", "authentication_required")
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def digits_check(number: str) -> bool:
    """Whether a card number's check digit is right (ISO/IEC 7812-1, Luhn)."""
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
