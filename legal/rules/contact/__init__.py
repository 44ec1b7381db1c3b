"""May this contact take place, now, later or not at all: hours, counts, channels, persons, wishes, conduct."""
