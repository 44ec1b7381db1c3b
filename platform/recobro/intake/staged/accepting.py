"""The rows of a file that a person takes all the same, though they may be here already: by line, in its options."""

from collections.abc import Iterable

from recobro.intake.tables import Placement

OPTION = "accept"
# Conflicts that a person may decide, and what is said of a row that was taken so.
ASKED = frozenset(
    {
        "fin_alike",
        "fin_alike_noted",
        "fin_alike_row",
        "fin_returned",
        "fin_minus",
        "fin_before",
        "known_spelt",
        "settlement_before",
        "settlement_silent",
        "settlement_alike",
        "settlement_left",
    }
)
TAKEN = frozenset({"fin_taken", "fin_minus_taken", "fin_before_taken", "spelt_taken", "settlement_taken"})


def accepted(placement: Placement) -> frozenset[int]:
    """The lines that are taken."""
    return frozenset(placement.options.get(OPTION, ()))


def keep(placement: Placement, lines: Iterable[int]) -> None:
    """Take these lines, and no others."""
    others = {name: value for name, value in placement.options.items() if name != OPTION}
    chosen = sorted(set(lines))
    placement.options = {**others, OPTION: chosen} if chosen else others
