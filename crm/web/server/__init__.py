"""Serving: the port, waitress and its threads, start-up, warm-up, upgrade, faults of the machine."""
