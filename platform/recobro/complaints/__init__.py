"""Complaints about the agency, to itself or to an authority: until when to answer, and what was answered."""
