"""The decisions of the gate as supervision and auditors read them: found, explained, made again, counted."""
