"""The way back from each kind of file, by what was written down while it was done."""
