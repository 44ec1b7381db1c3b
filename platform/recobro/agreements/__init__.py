"""Promises and negotiated plans."""
