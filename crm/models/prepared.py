"""Statements that are put together once and asked often: making a long one takes longer than its answer."""

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from crm.models.bounded_cache import LRUCache
from crm.models.rights import Rights

MAX_STATEMENTS, BYTES_EACH = 300, 40_000
"""So many are kept; about so many bytes is one."""
_statements = LRUCache(MAX_STATEMENTS * BYTES_EACH, MAX_STATEMENTS)


def prepared_rows(
    session: Session, key: tuple[Hashable, ...], make: Callable[[], Executable], records: bool = False, **values: Any
) -> Any:
    """The rows of the statement that `make` makes for this `key`, with the `values` of its parameters.

    Where it selects columns the session has nothing to do with the rows; `records` says that it selects records.

    All that the statement is made from must be in the key: the rights of who asks as `rights_key` says them.
    """
    statement: Any = _statements.get(key)
    if statement is None:
        statement = make()
        _statements.put(key, statement, BYTES_EACH)
    execute: Any = session.execute if records else session.connection().execute
    return execute(statement, values).all()


def rights_key(rights: Rights) -> Hashable:
    key: Hashable = rights.make_once("key", lambda: (rights.user_id, rights.unit_id, frozenset(rights.scopes.items())))
    return key
