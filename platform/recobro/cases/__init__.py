"""The heart: debts worked together, their stage, their history."""
