"""Importing lists: one way for every kind of record (I-1 to I-8): read → map → check → apply.

A kind of record joins by an `ImportKind` (`kinds`). `templates` says which heading fills which field, `mapping`
finds the headings in a file, `checking` makes values of the cells and says what is wrong, the kind's own
module finds duplicates, and `writing` puts everything into the database at once. `runs` is one file's way.
"""
