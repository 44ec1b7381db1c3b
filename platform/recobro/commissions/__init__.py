"""What the agency earns on a payment, by rule, with its arithmetic."""
