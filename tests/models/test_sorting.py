"""Statements that sort much: their memory, and columns that SQLite shall not look for in an index."""

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm.models import Order
from crm.models.engine import large_sorts, unindexed
from tests.postgres import sqlite_only


def memory_of(session: Session) -> tuple[int, int]:
    """Where sorted rows are kept (1: files, where they are too many; 2: memory alone), and how much memory in KB."""
    raw = session.connection().connection.dbapi_connection
    assert raw is not None
    (store,), (size,) = (raw.execute(f"PRAGMA {name}").fetchone() for name in ("temp_store", "cache_size"))
    return store, -size


@sqlite_only("memory for sorting")
def test_sorting_has_more_memory_for_a_while_even_where_it_fails(session: Session) -> None:
    usual = memory_of(session)
    with large_sorts(session):
        assert memory_of(session)[0] == 1
        assert memory_of(session)[1] > usual[1]
    assert memory_of(session) == usual
    with pytest.raises(ZeroDivisionError), large_sorts(session):
        raise ZeroDivisionError
    assert memory_of(session) == usual


def test_a_column_that_no_index_finds_is_the_bare_column_elsewhere() -> None:
    statement = select(Order.id).where(unindexed(Order.state) == "approved")
    assert "+orders.state = ?" in str(statement.compile(dialect=sqlite.dialect()))
    assert "WHERE orders.state = %(" in str(statement.compile(dialect=postgresql.dialect()))
