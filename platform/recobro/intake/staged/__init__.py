"""The rows of one file in tables: repaired, compared with what is here, held or let in, and made debts, in sets."""
