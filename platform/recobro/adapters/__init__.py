"""The outside world: one door each, real protocols, configured by the settings."""
