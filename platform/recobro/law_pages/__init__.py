"""The rules of each place, in words, for whoever works by them."""
