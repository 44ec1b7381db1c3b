"""Measurements: each prints figures and ratios against a limit measured in the same run. None is a test."""
