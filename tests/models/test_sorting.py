"""Statements that sort much: where they do it, and columns that SQLite shall not look for in an index."""

import sys

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from crm.models import Order
from crm.models.engine import in_large_sorts, unindexed
from tests.postgres import sqlite_only

FILES, MEMORY = 1, 2
SORTED = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90000)"
    " SELECT count(*) FROM (SELECT hex(i) || '-a-long-text-that-takes-some-room-in-memory' AS t FROM n GROUP BY t)"
)


def temporary(session: Session) -> int:
    """Where sorted rows go that are too many for one block."""
    raw = session.connection().connection.dbapi_connection
    assert raw is not None
    (store,) = raw.execute("PRAGMA temp_store").fetchone()
    return int(store)


@sqlite_only("where it sorts")
def test_files_are_allowed_for_a_while_even_where_it_fails(session: Session) -> None:
    assert temporary(session) == MEMORY
    assert in_large_sorts(session, lambda: temporary(session)) == FILES
    assert temporary(session) == MEMORY
    with pytest.raises(ZeroDivisionError):
        in_large_sorts(session, lambda: 1 // 0)
    assert temporary(session) == MEMORY


@sqlite_only("where it sorts")
@pytest.mark.skipif(sys.platform == "win32", reason="no limit on files there")
def test_a_disk_that_takes_no_file_is_no_reason_to_have_no_report(session: Session) -> None:
    import resource
    import signal

    tried = []

    def count() -> int:
        tried.append(temporary(session))
        return int(session.scalar(SORTED) or 0)

    session.connection()
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        found = in_large_sorts(session, count)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (found, tried) == (90_000, [FILES, MEMORY])


def test_a_column_that_no_index_finds_is_the_bare_column_elsewhere() -> None:
    statement = select(Order.id).where(unindexed(Order.state) == "approved")
    assert "+orders.state = ?" in str(statement.compile(dialect=sqlite.dialect()))
    assert "WHERE orders.state = %(" in str(statement.compile(dialect=postgresql.dialect()))
