"""Sessions of a job: it has no request, so it says itself whether it reads or writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm.models.engine import read_only

BUSY = (OperationalError, sqlite3.OperationalError)
"""Others write for long, or the database is being restored: the work can be tried again.

A transaction that cannot begin raises SQLite's own error, since our BEGIN is not SQLAlchemy's.
"""


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session that only reads; others may write meanwhile."""
    with read_only(True), Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """A writing transaction, committed at its end: others wait for it, so it is to be short."""
    with read_only(False), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
