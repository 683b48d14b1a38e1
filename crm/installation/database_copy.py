"""Copies of SQLite's file: made while people work, compared with it, and put back in one transaction of SQLite's."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from crm.installation.database_file import open_connection
from crm.installation.startup_errors import CannotStart

Contents = dict[str, list[int]]
"""Table → [number of rows, sum of all its whole numbers]: what a copy is compared by."""
APPLICATION_ID = 0x53484B45
PAGES_AT_ONCE = 4096


class ForeignDatabase(Exception):
    """The file is no database of this program; the text says why, in English, for the log."""


def copy_checked(source: Path, target: Path, report: Callable[[int], None] = lambda percent: None) -> Contents:
    """By SQLite's own backup: a file copied beside a write-ahead log has wrong rows. Says what it holds.

    `report` hears how far it is, in per cent. Raises sqlite3.DatabaseError for a damaged copy, CannotStart for one that
    differs. Others go on reading and writing: the copy is of the moment at which it begins.
    """
    with open_connection(source) as from_, open_connection(target, "rwc") as to:
        from_.execute("BEGIN")  # copied and counted at the same moment
        expected = contents_of(from_)

        def progress(_status: int, remaining: int, total: int) -> None:
            report(100 * (total - remaining) // max(total, 1))

        from_.backup(to, pages=PAGES_AT_ONCE, progress=progress)
        from_.execute("ROLLBACK")
        to.execute("PRAGMA journal_mode=DELETE")  # one file that is everything
        check_integrity(to)
        if contents_of(to) != expected:
            raise CannotStart("The backup has not the same rows as the database. Nothing was changed: start again.")
    return expected


def check_integrity(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a damaged database."""
    answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if answer != "ok":
        raise sqlite3.DatabaseError(f"malformed: {answer}")


def contents_of(connection: sqlite3.Connection) -> Contents:
    """What all tables hold, each in one pass."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    return {name: _content(connection, name) for (name,) in connection.execute(named).fetchall()}


def _content(connection: sqlite3.Connection, table: str) -> list[int]:
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    # Counted below 2^63 whatever they are: a sum that overflows would be an error of SQLite's.
    sums = "".join(
        f""", coalesce(sum(CASE typeof("{name}") WHEN 'integer' THEN "{name}" % 1000000007 END), 0)"""
        for _, name, kind, *_ in columns
        if "INT" in kind.upper()
    )
    rows, *summed = connection.execute(f'SELECT count(*){sums} FROM "{table}"').fetchone()  # noqa: S608
    return [rows, sum(summed)]


def check_ours(file: Path) -> str:
    """The revision of a file that somebody wants to restore. Raises ForeignDatabase; sqlite3.Error for a damaged one.

    A trigger or a view would be a program of somebody else's that runs within ours (hostile case 58). Not with
    trusted_schema=OFF: with it SQLite 3.40 takes json_extract in the index of a custom field for damage, and there
    are no functions of ours that a file could call.
    """
    with open_connection(file, "ro") as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            raise ForeignDatabase(f"application_id {application}")
        odd = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
        if odd is not None:
            raise ForeignDatabase(f"{odd[0]} {odd[1]}")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "users", "settings"} <= tables:
            raise ForeignDatabase("tables are missing")
        check_integrity(connection)
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if orphan is not None:
            raise sqlite3.DatabaseError(f"malformed: a row of {orphan[0]} points to one of {orphan[2]} that is missing")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    return str(revision)


def shape_of(file: Path) -> dict[str, list[tuple[str, str]]]:
    """Table → its columns with their types, to compare a file with the database that it is to replace."""
    with open_connection(file, "ro") as connection:
        names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            name: [(column[1], column[2]) for column in connection.execute(f'PRAGMA table_info("{name}")')]
            for name in names
            if not name.startswith("sqlite_")
        }


def restore_backup(backup: Path, file: Path) -> None:
    """Within one transaction of SQLite's: whoever has the file open, and whenever it is cut off, it is old or new."""
    with open_connection(backup, "ro") as from_, open_connection(file) as to:
        to.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        from_.backup(to)
