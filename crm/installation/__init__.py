"""The folder of one installation: its settings file, its secret key, its lock, its database file and the backups.

Knows neither Flask nor the models. What keeps the program from starting is a `CannotStart`: one sentence that says
what to do.
"""
