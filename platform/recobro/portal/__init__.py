"""A client's view of its recovery."""
