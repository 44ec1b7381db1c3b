"""What makes a debtor somebody in particular. Pure."""

from legal.rules.facts import Claim

# The RFC of the general public and of foreigners (SAT), the final consumer of Colombia (DIAN): never one debtor's key.
GENERIC_TAX_IDS = frozenset({"XAXX010101000", "XEXX010101000", "222222222222", "222222222"})
# At this age people answer for their debts in every place of the packs.
ADULT = 18


def claim_of(kind: str) -> Claim:
    """What a debt is to the law, by whether a `person` or a `firm` owes it: what a person owes may be for themselves or
    their home, and no file says that it is not, so that it is a consumer's."""
    return Claim.COMMERCIAL if kind == "firm" else Claim.CONSUMER
