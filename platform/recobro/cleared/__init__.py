"""Cleared contacts for another system (a dialer): each with a token that serves once, for minutes, and counts."""
