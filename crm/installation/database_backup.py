"""What backup and restore ask of a database, for SQLite's file and for PostgreSQL's server (D-3, D-4).

A `Database` is copied into one file while people work, and replaced by such a file wholly or not at all: SQLite's by
one transaction that copies the pages of a file that is settled already, PostgreSQL's within the transaction of whoever
asks for it.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from crm.installation.archive import POSTGRESQL, SQLITE
from crm.installation.database_copy import Contents, contents_of, copy_checked, restore_backup, shape_of
from crm.installation.database_file import database_size, open_connection

Progress = Callable[[int], None]
"""Hears how far it is, in per cent."""
DRAIN_SECONDS = 60.0
_COPY = re.compile(rb"COPY .+ FROM stdin;\s*\Z")
_NOT_FOR_US = (b"\\", b"--", b"SET lock_timeout")
"""psql's own commands, remarks, and that it would wait for ever."""
_PIECE = 256 * 1024
_NUMBER = re.compile(r"(\d{1,3})(?:\.|\s|$)", re.ASCII)


class CannotBackUp(Exception):
    """The database cannot be copied or replaced here; the message is one of `problems` with its values."""

    def __init__(self, problem: str, **values: Any) -> None:
        super().__init__(problem)
        self.problem, self.values = problem, values


NO_TOOLS, OLD_TOOLS, REFUSED = "no tools", "old tools", "refused"
STILL_WRITING = "still writing"


class Database(Protocol):
    @property
    def member(self) -> str:
        """The name of its copy within a backup."""

    def size(self) -> int:
        """In bytes, about."""

    def copy(self, target: Path, report: Progress) -> Contents:
        """A checked copy of one moment. Says what it holds."""

    def drain(self) -> None:
        """Wait until those who were writing when the gate closed are done. Raises CannotBackUp."""

    def contents(self) -> Contents: ...


@dataclass(frozen=True)
class SQLiteDatabase:
    file: Path
    member: str = SQLITE

    def size(self) -> int:
        return database_size(self.file)

    def copy(self, target: Path, report: Progress) -> Contents:
        return copy_checked(self.file, target, report)

    def drain(self) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while True:
            try:
                with open_connection(self.file) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("ROLLBACK")
                return
            except sqlite3.OperationalError as error:
                if time.monotonic() > until:
                    raise CannotBackUp(STILL_WRITING) from error

    def replace(self, source: Path) -> None:
        restore_backup(source, self.file)

    def contents(self) -> Contents:
        with open_connection(self.file) as connection:
            return contents_of(connection)

    def shape(self) -> dict[str, list[tuple[str, str]]]:
        return shape_of(self.file)


@dataclass(frozen=True)
class PostgresDatabase:
    """`address` as SQLAlchemy's URL has it: host, port, user, password, database."""

    address: Mapping[str, Any]
    connect: Callable[[], Any]
    """A connection of the driver's (autocommit off)."""
    member: str = POSTGRESQL

    def size(self) -> int:
        return int(self._one("SELECT pg_database_size(current_database())"))

    def copy(self, target: Path, report: Progress) -> Contents:
        """By pg_dump, of the moment at which the rows were counted."""
        for tool in ("pg_dump", "pg_restore"):
            self._tool(tool)  # before every row is counted
        with self.connect() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()
            counted = _postgres_contents(connection)
            self._run(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={target}",
            )
        self._run("pg_restore", "--list", str(target), quiet=True)
        report(100)
        return counted

    def drain(self) -> None:
        """Those who began to write before the gate closed hold a transaction number."""
        busy = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_xid IS NOT NULL"
        )
        until = time.monotonic() + DRAIN_SECONDS
        while self._one(busy):
            if time.monotonic() > until:
                raise CannotBackUp(STILL_WRITING)
            time.sleep(0.1)

    def replace(self, source: Path, connection: Any) -> None:
        """Tables of ours are dropped and made anew in the transaction of the driver's connection, which its owner ends;
        whoever reads waits for a moment."""
        command = [self._tool("pg_restore"), "--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-"]
        with (
            tempfile.TemporaryFile() as stderr_file,
            subprocess.Popen([*command, str(source)], stdout=subprocess.PIPE, stderr=stderr_file) as process,
        ):
            assert process.stdout is not None
            try:
                with connection.cursor() as cursor:
                    (path,) = cursor.execute("SELECT current_setting('search_path')").fetchone()
                    cursor.execute("SET LOCAL lock_timeout = '30s'")
                    _run_script(cursor, process.stdout)
                    cursor.execute("SELECT set_config('search_path', %s, false)", (path,))
            except BaseException as error:
                process.kill()
                # Errors of the driver have a text of the server's.
                if isinstance(error, Exception) and hasattr(error, "sqlstate"):
                    raise CannotBackUp(REFUSED, reason=" ".join(str(error).split())[:300]) from error
                raise
            if process.wait():
                stderr_file.seek(0)
                raise CannotBackUp(REFUSED, reason=_last_line(stderr_file.read(), process.returncode))

    def restore_older(self, source: Path, connection: Any) -> None:
        """As `replace`, of a copy of any version: today's tables, which it may know nothing of, are dropped first."""
        with connection.cursor() as cursor:
            tables = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            for (name,) in tables:
                cursor.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        self.replace(source, connection)

    def contents(self) -> Contents:
        with self.connect() as connection:
            return _postgres_contents(connection)

    def _one(self, statement: str) -> Any:
        with self.connect() as connection:
            return connection.execute(statement).fetchone()[0]

    def _run(self, tool: str, *arguments: str, quiet: bool = False) -> None:
        where = self._tool(tool)
        named = {
            "host": "PGHOST",
            "port": "PGPORT",
            "user": "PGUSER",
            "password": "PGPASSWORD",
            "database": "PGDATABASE",
        }
        pg_variables = {variable: str(self.address[key]) for key, variable in named.items() if self.address.get(key)}
        # The password goes by the environment: arguments can be read by everybody on the machine.
        environment = {**os.environ, **pg_variables, "PGOPTIONS": "-c lock_timeout=30s", "PGCONNECT_TIMEOUT": "10"}
        done = subprocess.run([where, *arguments], env=environment, capture_output=True, check=False)
        if done.returncode:
            raise CannotBackUp(REFUSED, reason=_last_line(done.stderr, done.returncode))

    def _tool(self, tool: str) -> str:
        """The newest there is. Raises CannotBackUp for one that is missing, or older than the server."""
        server = int(self._one("SHOW server_version_num")) // 10000
        places = [
            shutil.which(tool),
            *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{tool}")), reverse=True),
        ]
        versions = {index: version for index in places if index and (version := _version(index))}
        if not versions:
            raise CannotBackUp(NO_TOOLS, tool=tool)
        best = max(versions, key=lambda path: versions[path])
        if versions[best] < server:
            raise CannotBackUp(OLD_TOOLS, tool=tool, found=versions[best], server=server)
        return best


def _last_line(output: bytes, code: int) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return (lines[-1] if lines else str(code))[:300]


def _run_script(cursor: Any, lines: IO[bytes]) -> None:
    """What pg_restore writes for psql: statements, and rows behind `COPY … FROM stdin;` up to a line with `\\.`."""
    statements: list[bytes] = []

    def send() -> None:
        text = b"".join(statements).decode()
        statements.clear()
        if text.strip():
            cursor.execute(text)

    for line in lines:
        if _COPY.match(line):
            send()
            _copy(cursor, line.decode(), lines)
        elif not line.startswith(_NOT_FOR_US):
            statements.append(line)
    send()


def _copy(cursor: Any, statement: str, lines: IO[bytes]) -> None:
    with cursor.copy(statement) as copy:
        piece = bytearray()
        for line in lines:
            if line.rstrip(b"\r\n") == b"\\.":
                break
            piece += line
            if len(piece) > _PIECE:
                copy.write(bytes(piece))
                piece.clear()
        if piece:
            copy.write(bytes(piece))


def _version(tool: str) -> int:
    try:
        output = subprocess.run([tool, "--version"], capture_output=True, check=False, text=True).stdout
    except OSError:  # it is there, and cannot be run
        return 0
    number = _NUMBER.search(output[:200])
    return int(number[1]) if number else 0


def _postgres_contents(connection: Any) -> Contents:
    """Table → [rows, sum of its whole numbers], as for SQLite; sequences and indexes are the server's own."""
    names = [n for (n,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")]
    contents: Contents = {}
    for name in sorted(names):
        columns = connection.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s"
            " AND data_type IN ('integer', 'bigint', 'smallint') ORDER BY ordinal_position",
            (name,),
        ).fetchall()
        sums = "".join(f', coalesce(sum("{column}" % 1000000007), 0)' for (column,) in columns)
        rows, *summed = connection.execute(f'SELECT count(*){sums} FROM "{name}"').fetchone()  # noqa: S608
        contents[name] = [rows, int(sum(summed))]
    return contents
