"""A file is mended in place: by cause, by cell, by a file that comes back."""
