"""Consent, decisions and contacts as they happened: the evidence of what the gate knew and answered."""
