"""What happens next to a case, and when."""
