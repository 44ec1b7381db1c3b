"""The agency's clients and their contracts: commission, tax, remittance, limits, brand."""
