"""Many records at once, as the session's flush writes one: same columns, same index, same rows of the operation log.

Everything is made ready before the database is locked; what is known only under the lock (ids, codes, new items of
lists) is filled in there, and prepared statements write it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from crm.entities.change_log import CHANGED, CREATED, Changes, custom_changes, log_many, logged_values, to_json_value
from crm.entities.derived_values import SearchTexts, keys_of, pinyin_of, search_texts_of
from crm.entities.entity import Entity
from crm.entities.keys import folded_code
from crm.entities.logged import logged_keys
from crm.entities.numbering import unused_codes
from crm.entities.record_saving import Actor, change_stamps, creation_stamps
from crm.entities.search_index import uses_fts, write_documents
from crm.models.custom_values import is_custom, with_values
from crm.models.table_versions import invalidate

PART = 500
"""So many rows a statement takes."""


class ConcurrentChange(Exception):
    """Somebody saved one of the records, or new ones, after the rows were prepared; nothing is written."""


class Deferred:
    """Base of values that are known only once the lock is held."""

    __slots__ = ()


@dataclass(slots=True)
class NewRow:
    """A record to insert: its columns, the texts by which it is found, and the values for the log."""

    values: dict[str, Any]
    texts: SearchTexts | None
    name: str
    logged: dict[str, Any]

    def log_value(self, key: str, value: Any) -> None:
        self.values[key] = self.logged[key] = value


@dataclass(slots=True)
class ChangedRow:
    """New values for a known record; refused where somebody saved it after `version` was read."""

    id: int
    version: int
    values: dict[str, Any]
    before: Mapping[str, Any]
    texts: SearchTexts | None
    name: str
    changes: Changes

    def log_value(self, key: str, value: Any) -> None:
        self.values[key] = self.changes[key][1] = value


@dataclass(frozen=True)
class Statement:
    """The statement for new rows, and the order of its parameters; without one it takes them by name."""

    sql: str
    order: tuple[str, ...] | None


@dataclass
class BulkRecord:
    """What bulk writes of a transaction did: new ids by kind, and (kind, change) of known records (I-7)."""

    made: dict[str, list[int]] = field(default_factory=dict)
    changed: list[tuple[str, ChangedRow]] = field(default_factory=list)
    items: list[tuple[str, int]] = field(default_factory=list)
    """(table, id) of the items that were added to lists."""


_RECORD = "crm_bulk_record"


@contextmanager
def bulk_record(session: Session) -> Iterator[BulkRecord]:
    """What is written in bulk within."""
    record = session.info[_RECORD] = BulkRecord()
    try:
        yield record
    finally:
        del session.info[_RECORD]


def current_record(session: Session) -> BulkRecord:
    """The one of the caller; without one nobody reads it."""
    record: BulkRecord = session.info.get(_RECORD) or BulkRecord()
    return record


def new_row(kind: Entity, values: Mapping[str, Any], actor: Actor, keys: Mapping[str, Any] | None = None) -> NewRow:
    """A record of these values, with all that follows from them. Its code may come later; `keys` are made already."""
    typed, values = values, _with_custom(None, values)
    complete = {**values, "pinyin": pinyin_of(kind, values)} if hasattr(kind.model, "pinyin") else values
    logged = logged_values(kind.model, {**typed, **complete})
    row_values = {
        **_defaults(kind.model),
        **complete,
        **creation_stamps(actor),
        **(keys_of(kind, complete) if keys is None else keys),
        "version": 1,
    }
    texts = search_texts_of(kind, row_values) if kind.searched is not None else None
    return NewRow(row_values, texts, str(row_values.get(kind.named) or ""), logged)


CUSTOM = "custom"
"""The column that keeps the firm's own fields."""


def _with_custom(before: Mapping[str, Any] | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values with those of the firm's own fields put into their column."""
    if not any(map(is_custom, values)):
        return values
    own = with_values(before[CUSTOM] if before is not None else None, values)
    return {**{key: value for key, value in values.items() if not is_custom(key)}, CUSTOM: own}


@cache
def _defaults(model: Any) -> dict[str, Any]:
    """What columns hold where nothing is given: the prepared statements pass the model's defaults by."""
    return {c.key: c.default.arg for c in model.__table__.columns if c.default is not None and c.default.is_scalar}


def changed_row(kind: Entity, before: Mapping[str, Any], values: Mapping[str, Any], actor: Actor) -> ChangedRow | None:
    """What the values change in a stored record, with all that follows; None where nothing."""
    changed = {key: value for key, value in _with_custom(before, values).items() if value != before[key]}
    if "pinyin" in before and (kind.named in changed or "pinyin" in changed):
        changed["pinyin"] = pinyin_of(kind, values, before)
        if changed["pinyin"] == before["pinyin"]:
            del changed["pinyin"]
    if not changed:
        return None
    after = {**before, **changed}
    logged = {k: [to_json_value(before[k]), to_json_value(changed[k])] for k in logged_keys(kind.model) if k in changed}
    logged |= custom_changes(before.get(CUSTOM), after.get(CUSTOM)) if CUSTOM in changed else {}
    changed |= {key: value for key, value in keys_of(kind, after).items() if value != before[key]}
    texts = search_texts_of(kind, after) if kind.searched is not None else None
    if texts is not None and texts.column == before["search_text"]:
        texts = None
    if texts is not None:
        changed["search_text"] = texts.column
    changed |= change_stamps(actor)
    return ChangedRow(before["id"], before["version"], changed, before, texts, str(after[kind.named] or ""), logged)


def prepare_rows(session: Session, kind: Entity, rows: Sequence[NewRow]) -> Statement:
    """Make the rows into what the database's driver takes, so that the transaction need not do it (I-6)."""
    table, dialect, fts = kind.model.__table__, session.get_bind().dialect, uses_fts(session)
    used = {key for row in rows for key, value in row.values.items() if value is not None}
    late = {"id", *(("code", "code_key") if kind.numbered else ()), *(("search_text",) if kind.searched else ())}
    keys = [column.key for column in table.columns if column.key in used | late]
    processors = {key: table.c[key].type.dialect_impl(dialect).bind_processor(dialect) for key in keys}
    known: dict[Any, Any] = {}

    def bound(key: str, value: Any) -> Any:
        process = processors[key]
        if process is None or value is None or isinstance(value, Deferred):
            return value
        if not isinstance(value, datetime):
            return process(value)
        if (key, value) not in known:  # the stamps of all rows are one moment
            known[key, value] = process(value)
        return known[key, value]

    for row in rows:
        values = row.values
        row.values = {key: bound(key, values.get(key)) for key in keys}
        if row.texts is not None:
            row.texts.prepare(fts)
    compiled = insert(table).compile(dialect=dialect, column_keys=keys)
    return Statement(str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None)


def fill_deferred(rows: Sequence[NewRow | ChangedRow], meaning: Callable[[Any], Any]) -> None:
    """Replace deferred values by the values that are known now."""
    for row in rows:
        for key, value in row.values.items():
            if isinstance(value, Deferred):
                row.log_value(key, meaning(value))


def insert_rows(
    session: Session, kind: Entity, rows: Sequence[NewRow], statement: Statement, actor: Actor, typed: Collection[str]
) -> list[int]:
    """Insert the rows; returns the ids. `typed` are codes that this or later rows bring: none is given twice."""
    if not rows:
        return []
    ids = reserve_ids(session, kind.model, len(rows))
    if kind.numbered:
        _give_codes(session, kind, [row for row in rows if not row.values["code"]], actor, typed)
    for row, id_ in zip(rows, ids, strict=True):
        row.values["id"] = id_
        if kind.numbered:
            row.values["code_key"] = folded_code(row.values["code"])
        if row.texts is not None:
            row.texts.code = row.values.get("code")
            row.values["search_text"] = row.texts.column
    order, values = statement.order, [row.values for row in rows]
    parameters: Any = values if order is None else list(map(itemgetter(*order), values))
    session.connection().exec_driver_sql(statement.sql, parameters)
    documents = [(id_, row.texts) for id_, row in zip(ids, rows, strict=True) if row.texts is not None]
    write_documents(session, kind.model, documents, is_new=True)
    entries = ((i, row.name, {k: [None, v] for k, v in row.logged.items()}) for i, row in zip(ids, rows, strict=True))
    log_many(session, actor, CREATED, kind.key, entries)
    invalidate(session, kind.model.__tablename__)
    current_record(session).made.setdefault(kind.key, []).extend(ids)
    return ids


def _give_codes(session: Session, kind: Entity, rows: Sequence[NewRow], actor: Actor, typed: Collection[str]) -> None:
    codes = unused_codes(session, kind.model, kind.key, len(rows), actor.now, actor.zone, typed) if rows else []
    for row, code in zip(rows, codes, strict=True):
        row.log_value("code", code)


def reserve_ids(session: Session, model: Any, count: int) -> list[int]:
    """Ids for new rows: the transaction holds the database for writing, or asks the sequence."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.id))) or 0
        return list(range(last + 1, last + 1 + count))
    statement = sql("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(statement, {"name": model.__tablename__, "count": count}))


def update_rows(
    session: Session, kind: Entity, changes: Sequence[ChangedRow], actor: Actor, action: str = CHANGED
) -> None:
    """Log it as `action`. Raises ConcurrentChange where one of the records was saved meanwhile."""
    groups: dict[tuple[str, ...], list[ChangedRow]] = defaultdict(list)
    for change in changes:
        groups[tuple(sorted(change.values))].append(change)
    table = kind.model.__table__
    for keys, group in groups.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("id_"), table.c.version == bindparam("version_"))
            .values({**{key: bindparam(f"new_{key}") for key in keys}, "version": bindparam("next_")})
        )
        if session.connection().execute(statement, [_bound(change) for change in group]).rowcount != len(group):
            raise ConcurrentChange
    documents = [(change.id, change.texts) for change in changes if change.texts is not None]
    for start in range(0, len(documents), PART):
        write_documents(session, kind.model, documents[start : start + PART])
    log_many(session, actor, action, kind.key, ((change.id, change.name, change.changes) for change in changes))
    invalidate(session, kind.model.__tablename__)
    current_record(session).changed.extend((kind.key, change) for change in changes)


def _bound(change: ChangedRow) -> dict[str, Any]:
    bound = {f"new_{key}": value for key, value in change.values.items()}
    return {**bound, "id_": change.id, "version_": change.version, "next_": change.version + 1}
