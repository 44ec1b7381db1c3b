"""The program's own door: /api/v1, keys, and what it answers."""
