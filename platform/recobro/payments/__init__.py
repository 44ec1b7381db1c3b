"""Money that arrived: recorded, allocated, reversed."""
