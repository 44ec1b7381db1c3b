"""What may be said, to whom, when, and the proof that we kept to it."""
