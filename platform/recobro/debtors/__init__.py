"""People and firms who owe, and how they can be reached."""
