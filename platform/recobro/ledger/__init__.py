"""Double entry, in the database's own guarantees."""
