"""The suite on PostgreSQL, where CRM_TEST_DATABASE_URL names a server: a database for each instance folder.

A copied folder gets a copy of its database, so that fixtures need not know which database they run on. The
URL's own database is only where the commands are given; its user must be allowed to make databases, and the
server's template must not have LC_CTYPE=C.
"""

import functools
import hashlib
import os
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

SERVER = os.environ.get("CRM_TEST_DATABASE_URL", "")
NAME_FILE = "postgres-database"
made: set[str] = set()


def sqlite_only(what: str) -> pytest.MarkDecorator:
    """Marks a test of SQLite itself, with what of it."""
    return pytest.mark.skipif(bool(SERVER), reason=f"is about SQLite: {what}")


def postgres_only(what: str) -> pytest.MarkDecorator:
    """Marks a test of PostgreSQL itself, with what of it; tools/with-postgres makes one."""
    return pytest.mark.skipif(not SERVER, reason=f"is about PostgreSQL: {what}")


def url_for(instance: Path) -> str:
    """The URL of the folder's database, which is made where there is none. Empty on SQLite."""
    if not SERVER:
        return ""
    name = _name_for(instance)
    if name not in made:
        renew_for(instance)
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def renew_for(instance: Path) -> None:
    """The folder was copied from another: so is its database, in place of the one that it may have had."""
    if not SERVER:
        return
    name = _name_for(instance)
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / NAME_FILE
    _make(name, file.read_text() if file.exists() else "template0")
    file.write_text(name)


def _name_for(instance: Path) -> str:
    digest = hashlib.md5(str(instance.resolve()).encode(), usedforsecurity=False).hexdigest()
    return f"crm_test_{digest[:20]}"


def _make(name: str, template: str) -> None:
    _drop(name)
    _server().execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": template}
    )
    # Files are copied in half the time that page by page takes; before version 15 they always are.
    quickly = " STRATEGY FILE_COPY" if (_server().dialect.server_version_info or (0,)) >= (15,) else ""
    _server().execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{quickly}'))
    made.add(name)


def drop_for(instance: Path) -> None:
    """After a test: thousands of databases are too many for a server."""
    if SERVER:
        _drop(_name_for(instance))


def drop_all() -> None:
    """At the end of the run."""
    for name in list(made):
        _drop(name)


def _drop(name: str) -> None:
    _server().execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    made.discard(name)


@functools.cache
def _server() -> Connection:
    """Kept open: the password's check takes as long as a small statement."""
    return create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()
