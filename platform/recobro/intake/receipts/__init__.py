"""The acknowledgement both sides keep of a committed file, signed; and whether one is what was handed out."""
