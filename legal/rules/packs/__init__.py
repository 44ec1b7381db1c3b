"""The packs as data: their kinds of rules, the schema that checks them, how they are read, stacked and compared."""
