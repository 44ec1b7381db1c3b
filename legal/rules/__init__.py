"""Pure law: facts and an instant go in, a decision with its citations comes out. No I/O but reading the packs."""
