"""What passing time does to a debt: limitation and its seeds, moratoria."""
