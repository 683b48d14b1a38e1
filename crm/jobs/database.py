"""Sessions of a job: it has no request, so it says itself whether it reads or writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crm.models.engine import reading_as


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads; others may write meanwhile."""
    with reading_as(True), Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A writing transaction, committed at its end: others wait for it, so it is to be short."""
    with reading_as(False), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
