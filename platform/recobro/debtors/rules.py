"""What makes a debtor somebody in particular. Pure."""

# The RFC of the general public and of foreigners (SAT), the final consumer of Colombia (DIAN): never one debtor's key.
GENERIC_TAX_IDS = frozenset({"XAXX010101000", "XEXX010101000", "222222222222", "222222222"})
