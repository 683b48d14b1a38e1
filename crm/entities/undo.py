"""What one operation wrote, row by row, so that it can be undone (A-10, C-4).

The rows are read before the work and after it: whatever a verb does through the session is known without its help.
Kept as JSON. `version` only ever rises: whoever saw a state in between is told of the change.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, event, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from crm.entities.batches import in_batches
from crm.entities.change_log import to_json_value
from crm.entities.record_saving import Actor
from crm.models import Base
from crm.models.base import Moment, Scaled
from crm.models.table_versions import invalidate

CHANGED, MADE, REMOVED = "changed", "made", "removed"
TOLD = frozenset(
    {
        "notices",
        "mail_messages",
        "system_log",
        "operation_log",
        "numbering_counters",
        "deletions",
        "merges",
        "import_writes",
    }
)
"""Notices, log entries and counters are not taken back."""
COUNTED = "version"
DERIVED = "search_text"
"""Made anew by the flush, together with the index that it is searched by."""
QUIET = frozenset({COUNTED, DERIVED, "updated_at", "pinyin"})
"""What follows from other columns, or from any change at all: where it differs, nobody wants to hear of it."""
AT_ONCE = 200
_WORK = "crm_undo_work"
Key = tuple[str, tuple[Any, ...]]
Values = dict[str, Any]


@dataclass(frozen=True)
class WrittenRow:
    """One row: table, primary key, what became of it, and column → [before, after]."""

    table: str
    key: tuple[Any, ...]
    operation: str
    values: dict[str, list[Any]]

    def to_json(self) -> list[Any]:
        return [self.table, list(self.key), self.operation, self.values]


def load_written_rows(stored: Iterable[Sequence[Any]]) -> list[WrittenRow]:
    return [WrittenRow(table, tuple(key), operation, values) for table, key, operation, values in stored]


class RecordedWork:
    """The rows that an operation touches: as they were before, by table and key."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._before: dict[Key, Values | None] = {}
        self._made: list[Any] = []

    def watch(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        """Rows that a statement is going to change, which the session does not hear of."""
        unknown = [key for key in keys if (table.name, key) not in self._before]
        rows = rows_of(self.session, table, unknown)
        self._before.update({(table.name, key): rows.get(key) for key in unknown})

    def note(self) -> None:
        """Before a flush."""
        touched: dict[Table, list[tuple[Any, ...]]] = defaultdict(list)
        for record in [*self.session.dirty, *self.session.deleted]:
            table = inspect(type(record)).local_table
            if table.name not in TOLD and (record in self.session.deleted or self.session.is_modified(record)):
                touched[table].append(inspect(record).identity)
        for table, keys in touched.items():
            self.watch(table, keys)
        self._made += [record for record in self.session.new if record.__tablename__ not in TOLD]

    def written(self) -> list[WrittenRow]:
        """What the work wrote in the end."""
        before = dict(self._before)
        for record in self._made:
            state = inspect(record)
            if state.identity is not None:
                before.setdefault((record.__tablename__, tuple(state.identity)), None)
        differences = []
        for name, keys in _by_table(before).items():
            after = rows_of(self.session, Base.metadata.tables[name], keys)
            differences += [_difference(name, key, before[name, key], after.get(key)) for key in keys]
        return [difference for difference in differences if difference is not None]


def _by_table(keys: Iterable[Key]) -> dict[str, list[tuple[Any, ...]]]:
    keys_by_table: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, key in keys:
        keys_by_table[name].append(key)
    return keys_by_table


def _difference(name: str, key: tuple[Any, ...], before: Values | None, after: Values | None) -> WrittenRow | None:
    if before is None and after is None:
        return None
    columns = before or after or {}
    pairs = {c: [(before or {}).get(c), (after or {}).get(c)] for c in columns}
    changed = {c: pair for c, pair in pairs.items() if pair[0] != pair[1]}
    if not changed:
        return None
    return WrittenRow(name, key, MADE if before is None else REMOVED if after is None else CHANGED, changed)


def rows_of(
    session: Session, table: Table, keys: Sequence[tuple[Any, ...]], only: Sequence[str] = ()
) -> dict[tuple[Any, ...], Values]:
    """Key → the row's columns (or only these) as JSON keeps them."""
    rows = {}
    columns = list(table.primary_key.columns)
    wanted_columns = [table.c[name] for name in only] or [c for c in table.columns if c.computed is None]
    for batch in in_batches(keys, AT_ONCE):
        statement = select(*columns, *(c for c in wanted_columns if c not in set(columns)))
        statement = statement.where(among(table, batch))
        for row in session.connection().execute(statement).mappings():
            rows[tuple(row[c] for c in columns)] = {c.name: to_json_value(row[c]) for c in wanted_columns}
    return rows


def among(table: Table, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    """The rows with these primary keys."""
    columns = list(table.primary_key.columns)
    return columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)


@contextmanager
def recorded(session: Session) -> Iterator[RecordedWork]:
    """The work within; one that is part of another joins it."""
    outer = session.info.get(_WORK)
    if outer is not None:
        yield outer
        return
    session.flush()
    work = session.info[_WORK] = RecordedWork(session)
    try:
        yield work
        session.flush()
    finally:
        del session.info[_WORK]


def is_recorded(session: Session) -> bool:
    return _WORK in session.info


@event.listens_for(Session, "before_flush")
def _note(session: Session, *_: Any) -> None:
    work = session.info.get(_WORK)
    if work is not None:
        work.note()


@cache
def model_of(table: str) -> Any:
    """The class of a table's rows."""
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


@dataclass(frozen=True)
class UnrevertedRow:
    """A row that somebody else changed since, with the columns that therefore stay as they are; none: it is gone."""

    table: str
    key: tuple[Any, ...]
    columns: tuple[str, ...]


def unrevertable_rows(session: Session, written: Iterable[WrittenRow]) -> list[UnrevertedRow]:
    """The rows that taking it back would leave unchanged."""
    left_rows = []
    for (name, only), rows_written in _grouped(written).items():
        rows = rows_of(session, Base.metadata.tables[name], [row.key for row in rows_written], only)
        left_rows += [left for row in rows_written if (left := _difference_left(row, rows.get(row.key))) is not None]
    return left_rows


def _grouped(written: Iterable[WrittenRow]) -> dict[tuple[str, tuple[str, ...]], list[WrittenRow]]:
    """By the table and the columns that were changed: of many rows that moved one column alone is read."""
    groups: dict[tuple[str, tuple[str, ...]], list[WrittenRow]] = defaultdict(list)
    for row_written in written:
        groups[row_written.table, tuple(row_written.values) if row_written.operation == CHANGED else ()].append(
            row_written
        )
    return groups


def _difference_left(written: WrittenRow, row: Values | None) -> UnrevertedRow | None:
    if written.operation == REMOVED:
        return UnrevertedRow(written.table, written.key, ()) if row is not None else None
    if row is None:
        return UnrevertedRow(written.table, written.key, ()) if written.operation == CHANGED else None
    differing = tuple(c for c, (_, after) in written.values.items() if c not in QUIET and row.get(c) != after)
    return UnrevertedRow(written.table, written.key, differing) if differing else None


def take_back(session: Session, written: Sequence[WrittenRow], actor: Actor) -> list[UnrevertedRow]:
    """Put back the rows that nobody changed since; return the others."""
    session.flush()
    unreverted = unrevertable_rows(session, written)
    stuck = {(row.table, row.key): row.columns for row in unreverted}
    keys_by_change: dict[tuple[str, str, Any], list[tuple[Any, ...]]] = defaultdict(list)
    for row in reversed(written):
        columns = stuck.get((row.table, row.key), ())
        if (row.table, row.key) in stuck and (not columns or row.operation != CHANGED):
            continue
        if row.operation == CHANGED and len(row.values) == 1:
            ((column, (before, _after)),) = row.values.items()
            if column not in columns:
                keys_by_change[row.table, column, before].append(row.key)
        else:
            _put_back(session, row, columns, actor)
    session.flush()
    _move_back(session, keys_by_change)
    return unreverted


def _move_back(session: Session, keys_by_change: Mapping[tuple[str, str, Any], Sequence[tuple[Any, ...]]]) -> None:
    """Many rows of which one column alone was changed (what moved from one customer to another), in few statements."""
    for (name, column, before), keys in keys_by_change.items():
        table = Base.metadata.tables[name]
        value = typed_value(table.columns[column], before)
        for batch in in_batches(keys, AT_ONCE):
            session.execute(update(table).where(among(table, batch)).values({column: value}))
        invalidate(session, name)
    if keys_by_change:
        session.expire_all()


def _put_back(session: Session, written: WrittenRow, except_columns: tuple[str, ...], actor: Actor) -> None:
    model = model_of(written.table)
    if written.operation == REMOVED:
        columns = model.__table__.columns
        session.add(model(**{_attribute(model, c): typed_value(columns[c], v[0]) for c, v in written.values.items()}))
        return
    record = session.get(model, written.key, with_for_update=True, populate_existing=True)
    if record is None:
        return
    inspect(record).info["actor"] = actor
    if written.operation == MADE:
        session.delete(record)
        return
    for name, (before, after) in written.values.items():
        attribute = _attribute(model, name)
        if (
            name not in (COUNTED, DERIVED)
            and name not in except_columns
            and to_json_value(getattr(record, attribute)) == after
        ):
            setattr(record, attribute, typed_value(model.__table__.columns[name], before))
    if COUNTED in written.values:
        record.version += 1


def _attribute(model: Any, column: str) -> str:
    return str(inspect(model).get_property_by_column(model.__table__.columns[column]).key)


def typed_value(column: Any, value: Any) -> Any:
    """A value out of JSON as the column's own."""
    if value is None:
        return None
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Scaled):
        return Decimal(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value
