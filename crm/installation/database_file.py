"""Checks of SQLite's file before the program uses it, by a connection of their own that changes nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from crm.installation.startup_errors import CannotStart, explain_errors

PATIENCE = 5.0
QUICK_LOOK_BYTES = 32 * 1024 * 1024
"""Up to this size the whole file is looked through at each start; a larger one when it is backed up."""


@dataclass(frozen=True)
class DatabaseState:
    """Which version the database is of, and its tables as they are declared; `revision` is None for an empty one."""

    revision: str | None
    schema: str


@contextmanager
def open_connection(file: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    address = f"file:{quote(str(file))}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
        yield connection


def read_state(file: Path) -> DatabaseState:
    """Raises sqlite3.Error, and CannotStart for a database of another program."""
    if not file.exists():
        return DatabaseState(None, "")
    with open_connection(file) as connection:
        tables = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()
        names = {name for name, _sql in tables}
        known = "alembic_version" in names
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if known else []
    if not rows and any(name != "alembic_version" and not name.startswith("sqlite_") for name in names):
        raise CannotStart(
            f"{file} is a database of another program. Nothing was changed: name another one in CRM_DATABASE_URL, or "
            "put this program's database in its place."
        )
    return DatabaseState(rows[0][0] if rows else None, sha256(repr(tables).encode()).hexdigest())


def inspect_database(file: Path, backups: list[Path]) -> DatabaseState:
    """The state of a file that can be read and written. Raises CannotStart for any other.

    None of it, or an empty one, is a new firm only where there are no backups.
    """
    with explain_errors(str(file)):
        state = read_state(file)
        if state.revision is not None:
            _look_through(file)
    if state.revision is None and backups:
        raise CannotStart(
            f"The database {file} is empty or missing, but there are backups: the newest is {backups[-1]}. Copy it to "
            f"{file} and start again; or, for a new firm, move the folder {backups[-1].parent} away first."
        )
    return state


def _look_through(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("BEGIN IMMEDIATE")  # whether it can be written, without writing
        connection.execute("ROLLBACK")
        if file.stat().st_size <= QUICK_LOOK_BYTES:
            first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if first != "ok":
                raise sqlite3.DatabaseError(f"malformed: {first}")


def database_size(file: Path) -> int:
    """With what stands in its log only."""
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def database_files(file: Path) -> list[Path]:
    """The file and SQLite's own ones beside it."""
    return [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))]
