"""The period's statement to a client and the money paid over."""
