"""Doing something with several ticked rows of a list at once (C-6)."""
