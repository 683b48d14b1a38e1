"""Measuring the program: the measuring set, and the pages against a bare Flask route (qualities, Speed)."""
