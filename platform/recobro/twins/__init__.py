"""Two debtors that may be one: found by evidence, joined by a person, parted again when that was wrong."""
