"""PostgreSQL and Valkey of our own, from Python packages, for one machine without a server."""
