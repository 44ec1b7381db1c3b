"""What makes a debtor somebody in particular. Pure."""

# The RFC of the general public and of foreigners (SAT), the final consumer of Colombia (DIAN): never one debtor's key.
GENERIC_TAX_IDS = frozenset({"XAXX010101000", "XEXX010101000", "222222222222", "222222222"})
# At this age people answer for their debts in every place of the packs.
ADULT = 18
