"""The doors a file comes in by when nobody is at the page: watched folders, a client's mail address, programs."""
