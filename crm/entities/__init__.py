"""The kinds of record: what each is, who may do what, and the one way in which it changes."""
