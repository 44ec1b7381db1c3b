"""Signing in, second factors, invitations, roles."""
