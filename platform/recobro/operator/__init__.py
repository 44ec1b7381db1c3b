"""The platform itself: its agencies and its jobs, seen without any debtor's data."""
