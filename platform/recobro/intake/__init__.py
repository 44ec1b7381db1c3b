"""A client's file becomes debts: read, mapped, checked, shown, committed, acknowledged."""
