"""The jobs, one module per feature: each calls one service."""
