"""What stands against a recall, and what it costs, in the reader's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.money import Money
from kernel.text import msg
from recobro.recalls.rules import Refusal
from recobro.web import events
from recobro.web.jinja import money, number
from recobro.web.translations import spell


def said(refusal: Refusal) -> str:
    """Why a debt stays, as a person reads it."""
    return events.sentence(refusal.sentence, refusal.details)


def _sums(kept: Sequence[Mapping[str, Any]]) -> str:
    return " · ".join(money(Money(one["minor"], one["currency"])) for one in kept)


def _counted(one: str, several: str, kept: Mapping[str, Any]) -> str:
    count = kept["count"]
    return spell(one if count == 1 else several, count=number(count), sums=_sums(kept["sums"]))


def told(kept: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`Consequences.as_json` as pairs: the word, and the amount or what follows."""
    pairs = [(spell(msg("Saldo que se retira")), _sums(kept["balance"]) or "—")]
    lost = _sums(kept["lost"])
    pairs.append((
        spell(msg("Honorarios que se dejan de ganar")),
        spell(msg("{sums}, con el contrato de hoy; no prevé un cargo por retiro"), sums=lost) if lost else "—",
    ))  # fmt: skip
    earned = _sums(kept["earned"])
    pairs.append((
        spell(msg("Honorarios ya ganados")),
        spell(msg("{sums}, se conservan"), sums=earned) if earned else spell(msg("ninguno")),
    ))  # fmt: skip
    if kept["promises"]["count"]:
        pairs.append((
            spell(msg("Promesas que se cancelan")),
            _counted(msg("1, por {sums}"), msg("{count}, por {sums}"), kept["promises"]),
        ))  # fmt: skip
    if kept["instalments"]["count"]:
        pairs.append((
            spell(msg("Pagos de convenio que se cancelan")),
            _counted(msg("1, por {sums}"), msg("{count}, por {sums}"), kept["instalments"]),
        ))  # fmt: skip
    if kept["in_flight"]["count"]:
        pairs.append((
            spell(msg("Pagos con tarjeta en camino")),
            _counted(
                msg("1, por {sums}: si llega, queda sin aplicar"),
                msg("{count}, por {sums}: si llegan, quedan sin aplicar"),
                kept["in_flight"],
            ),
        ))  # fmt: skip
    return pairs
