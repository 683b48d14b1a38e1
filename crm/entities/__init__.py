"""The kinds of record: what each is, who may do what, and the one way in which it changes."""

from crm.entities import change_log, search_index  # noqa: F401  (both listen to every session)
