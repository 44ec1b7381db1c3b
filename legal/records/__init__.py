"""The proof: consent given and withdrawn, decisions made."""
