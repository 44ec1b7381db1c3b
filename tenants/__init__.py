"""Whose data it is: agencies, clients, people, and the only way to the database."""
