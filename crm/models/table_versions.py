"""A version number per table, raised by each write, so that what is the same for everyone can be cached.

A value made from some tables stays good until this process commits a change to one of them;
other processes' changes are noticed after `OTHERS_SECONDS`.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from crm.models.bounded_cache import LRUCache

OTHERS_SECONDS = 5.0
MAX_BYTES = 16 * 1024 * 1024
_lock = Lock()
_versions: dict[str, int] = {}
_cache = LRUCache(MAX_BYTES)
_INVALIDATED = "crm_touched_tables"


def invalidate(session: Session, *tables: str) -> None:
    """Say that this transaction changes the tables, for writes that bypass the session's events."""
    session.info.setdefault(_INVALIDATED, set()).update(tables)


def is_invalidated(session: Session, table: str) -> bool:
    """Whether this transaction changed the table: cached values are then older than what it sees."""
    return table in session.info.get(_INVALIDATED, ())


def invalidated_tables(session: Session) -> frozenset[str]:
    """The tables that this transaction changed."""
    return frozenset(session.info.get(_INVALIDATED, ()))


def get_or_compute(
    key: Hashable, tables: tuple[str, ...], make: Callable[[], Any], seconds: float = OTHERS_SECONDS
) -> Any:
    """The cached value of the key, or a new one where a table that it depends on has changed."""
    now = monotonic()
    stamp = tuple(_versions.get(table, 0) for table in tables)
    entry = _cache.get(key)
    if entry is not None and entry[0] == stamp and now - entry[1] < seconds:
        return entry[2]
    value = make()
    _cache.put(key, (stamp, now, value))
    return value


def clear_cache() -> None:
    """After a restore, or between tests: no cached value is valid any more."""
    _cache.clear()


@event.listens_for(Session, "before_flush")
def _note_flush(session: Session, *_: Any) -> None:
    tables = {obj.__tablename__ for obj in [*session.new, *session.dirty, *session.deleted]}
    invalidate(session, *tables)


@event.listens_for(Session, "do_orm_execute")
def _note_execute(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        invalidate(state.session, state.statement.table.name)  # type: ignore[attr-defined]


@event.listens_for(Session, "after_commit")
def _commit(session: Session) -> None:
    if session.in_nested_transaction():
        return  # others see nothing of a savepoint before the whole is committed
    tables = session.info.pop(_INVALIDATED, None)
    if tables:
        with _lock:
            for table in tables:
                _versions[table] = _versions.get(table, 0) + 1


@event.listens_for(Session, "after_rollback")
def _rollback(session: Session) -> None:
    # After a savepoint's rollback what was written before it is still to be committed.
    if not session.in_nested_transaction():
        session.info.pop(_INVALIDATED, None)
