"""What can come of a call, and what each outcome means for counts, contact points and the queue. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kernel.text import msg


class Outcome(StrEnum):
    """What came of a call; the first nine have the keys 1 to 9."""

    RIGHT_PARTY = "right_party"
    THIRD_PARTY = "third_party"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    REFUSES = "refuses"
    SAYS_PAID = "says_paid"
    DISPUTES = "disputes"
    CALL_BACK = "call_back"


@dataclass(frozen=True)
class Meaning:
    """How an outcome counts. `again_after`: when the case comes back to the queue by itself; None: it does not."""

    label: str
    title: str
    conversation: bool
    right_party: bool
    quality: str = ""
    tone: str = "neutral"
    again_after: timedelta | None = None
    flag: str = ""


MEANINGS: Mapping[Outcome, Meaning] = {
    Outcome.RIGHT_PARTY: Meaning(
        msg("Contactó al titular"), msg("Llamada: habló con el titular"), True, True, "verified", "ok",
        timedelta(days=2),
    ),
    Outcome.THIRD_PARTY: Meaning(
        msg("Tercero"), msg("Llamada: contestó un tercero"), False, False, again_after=timedelta(days=1)
    ),
    Outcome.VOICEMAIL: Meaning(msg("Buzón"), msg("Llamada: buzón"), False, False, again_after=timedelta(days=1)),
    Outcome.NO_ANSWER: Meaning(
        msg("No contesta"), msg("Llamada sin respuesta"), False, False, "no_answer", again_after=timedelta(days=1)
    ),
    Outcome.WRONG_NUMBER: Meaning(
        msg("Número equivocado"), msg("Llamada: número equivocado"), False, False, "wrong", "warn",
        timedelta(hours=1),
    ),
    Outcome.REFUSES: Meaning(
        msg("Se niega a pagar"), msg("Llamada: se niega a pagar"), True, True, "verified", "warn", timedelta(days=5)
    ),
    Outcome.SAYS_PAID: Meaning(
        msg("Dice que ya pagó"), msg("Llamada: dice que ya pagó"), True, True, "verified", "info", timedelta(days=3)
    ),
    Outcome.DISPUTES: Meaning(
        msg("No reconoce el saldo"), msg("Llamada: no reconoce el saldo"), True, True, "verified", "warn", None,
        "dispute",
    ),
    Outcome.CALL_BACK: Meaning(
        msg("Pide otra llamada"), msg("Llamada: pide que le llamen otro día"), True, True, "verified", "info",
        timedelta(days=1),
    ),
}  # fmt: skip
