"""How the database is run: pragmas, transactions that read or write, full-text folding.

Facts behind it: pysqlite's own transactions lose updates between threads, so they are off and
every transaction says BEGIN (reads) or BEGIN IMMEDIATE (writes) itself.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from crm.installation.restore_gate import Restoring, look_at_gate
from crm.models.encrypted import set_encryption_key

T = TypeVar("T")
_reading: ContextVar[bool] = ContextVar("crm_reading", default=False)

_waiting = 0
"""How many transactions of this process wait for the right to write."""
_counting = Lock()

BUSY_MILLISECONDS = 5000
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA cache_size=-3000",
    "PRAGMA temp_store=MEMORY",
)


def set_read_only(reading: bool) -> None:
    """Transactions begun from here on only read (True) or may write (False)."""
    _reading.set(reading)


def is_read_only() -> bool:
    """Whether transactions begun now only read."""
    return _reading.get()


def others_wait() -> bool:
    """Whether somebody in this process waits to write into SQLite."""
    return _waiting > 0


@contextmanager
def _counted() -> Iterator[None]:
    global _waiting
    with _counting:
        _waiting += 1
    try:
        yield
    finally:
        with _counting:
            _waiting -= 1


@contextmanager
def read_only(reading: bool) -> Iterator[None]:
    token = _reading.set(reading)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def short_busy_timeout(connection: Connection, milliseconds: int) -> Iterator[None]:
    """Transactions begun within give up soon where others write, instead of after some seconds."""
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield  # a row that is only added waits for nobody there
        return
    (usual,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute(f"PRAGMA busy_timeout={min(milliseconds, usual)}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout={usual}")


class WithHints(SQLiteCompiler):
    """Writes what `Select.with_hint` says of a table (INDEXED BY …), which SQLAlchemy leaves out for SQLite."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


class unindexed(FunctionElement[Any]):
    """A column as it is, but SQLite does not look for it in an index: it knows no distribution of values, and takes an
    equality for rare that nearly all rows have."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _plain(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(unindexed, "sqlite")
def _with_plus(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


TEMPORARY = "PRAGMA temp_store={}"
IN_FILES, IN_MEMORY = TEMPORARY.format("FILE"), TEMPORARY.format("MEMORY")


def in_large_sorts(session: Session, count: Callable[[], T]) -> T:
    """What is returned by `count`, whose statements sort and group tens of thousands of rows (SQLite).

    Where temporary files are allowed SQLite sorts in one block of memory, as large as its cache, and writes a file
    beyond that; else it asks the system for each row's own, which is a fifth slower. A full disk is no reason to have
    no report: then it does that.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return count()
    raw: Any = connection.connection.dbapi_connection
    raw.execute(IN_FILES)
    try:
        return count()
    except OperationalError:
        raw.execute(IN_MEMORY)
        return count()
    finally:
        raw.execute(IN_MEMORY)


_ASKED = "crm_asked"


def ask_once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """The answer within one transaction that only reads: a page whose rules and parts ask the same reads it once."""
    if not is_read_only():
        return ask()
    transaction = session.get_transaction()
    asked_in, answers = session.info.get(_ASKED, (None, {}))
    if transaction is None or asked_in is not transaction:
        answer: T = ask()
        session.info[_ASKED] = (session.get_transaction(), {key: answer})
        return answer
    if key not in answers:
        answers[key] = ask()
    earlier_answer: T = answers[key]
    return earlier_answer


FOLDER = "crm_instance"


def instance_folder_of(session: Session) -> Path:
    """The instance folder, for verbs that keep files beside the database."""
    return Path(session.get_bind().get_execution_options()[FOLDER])


READING = "crm_reading"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP")


def _refuse_writing(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
    """A transaction that only reads was begun without the lock of a writer, and nobody commits it.

    `PRAGMA query_only` would say so too, but each change of it makes SQLite prepare every statement of the connection
    anew: a fifth of what a save takes.
    """
    if connection.info.get(READING) and statement.lstrip()[:7].upper().startswith(WRITES):
        raise InvalidRequestError(f"This transaction only reads: {statement[:60]}")


def prepare_engine(engine: Engine, instance: str, secret_key: str) -> None:
    """Run SQLite as the design says; other databases keep their own ways."""
    set_encryption_key(engine.dialect, secret_key)
    engine.update_execution_options(**{FOLDER: instance})
    event.listen(engine, "before_cursor_execute", _refuse_writing)
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "begin")
        def _look(connection: Connection) -> None:
            connection.info[READING] = _reading.get()
            if not connection.info[READING]:
                look_at_gate(instance)

        return

    engine.dialect.statement_compiler = WithHints

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw: Any = connection.connection.dbapi_connection
        connection.info[READING] = _reading.get()
        if connection.info[READING]:
            raw.execute("BEGIN")
            return
        with _counted():
            raw.execute("BEGIN IMMEDIATE")
        try:
            look_at_gate(instance)
        except Restoring:
            raw.execute("ROLLBACK")
            raise
