"""The operation log is written by the session's flush, so that no verb can forget it (A-9).

What it hears of is declared in `logged`. Who did it is who stamped the record, else whoever the session works for
(`session.info["actor"]`, which the pages set), else the program itself. Statements that pass the session by (an
import's) write their rows by `log_rows`. A record that is flushed several times in one transaction has one row, from
what it was at first to what it is at last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import event, insert, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from crm.entities.logged import Kind, Logged, logged_keys, logged_kind, secret_keys
from crm.entities.record_saving import Actor, is_modified
from crm.models.custom_values import PREFIX, Customised, as_value, is_custom
from crm.models.logs import OperationLog

CREATED, CHANGED, DELETED, RESTORED = "created", "changed", "deleted", "restored"
EXPORTED, PRINT, GRANTED, IMPORTED = "exported", "printed", "granted", "imported"
IMPORT_UNDONE = "import_undone"
ACTOR = "actor"
"""In `session.info`: a function that says who acts, for what carries no stamp."""
Changes = dict[str, list[Any]]

_AS_THEY_ARE = frozenset((str, int, bool))
_PENDING, _WRITTEN, _RELATED, _SILENT = "crm_log_pending", "crm_log_written", "crm_log_told", "crm_log_silent"


def to_json_value(value: Any) -> Any:
    """The value as it is stored in JSON."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def changes_of(record: Any) -> Changes:
    """Attribute → [before, after] of the values that this flush will write; of secrets only that they changed."""
    model: Any = type(record)
    kind = logged_kind(record)
    assert kind is not None
    changes: Changes = {}
    touched = inspect(record).committed_state
    for key in logged_keys(model):
        if key not in touched:
            continue
        before, after = _history(record, key)
        if before != after:
            changes[key] = (
                [None, CHANGED] if key in secret_keys(kind) else [to_json_value(before), to_json_value(after)]
            )
    if isinstance(record, Customised):
        changes.update(custom_changes(*_history(record, "custom")))
    return changes


def custom_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Changes:
    """The same of the firm's own fields, each by its attribute."""
    before, after = before or {}, after or {}
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {f"{PREFIX}{key}": [to_json_value(as_value(key, side.get(key))) for side in (before, after)] for key in keys}


def _history(record: Any, key: str) -> tuple[Any, Any]:
    """What the attribute was, and what it will be."""
    history = inspect(record).get_history(key, PASSIVE_NO_INITIALIZE)
    if not history.has_changes():
        return None, None
    return (history.deleted[0] if history.deleted else None), (history.added[0] if history.added else None)


def logged_values(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The logged values of a row that a statement inserts."""
    logged = logged_keys(model)
    return {
        k: to_json_value(value) for k, value in values.items() if value is not None and (k in logged or is_custom(k))
    }


def _action(record: Any) -> str:
    if inspect(record).pending:
        return CREATED
    if not hasattr(record, "deleted_at") or not inspect(record).attrs["deleted_at"].history.has_changes():
        return CHANGED
    return DELETED if record.deleted_at is not None else RESTORED


def log_row(
    actor: Actor | None,
    action: str,
    entity: str,
    record_id: int | None,
    name: str,
    changes: Changes,
    at: datetime | None = None,
) -> dict[str, Any]:
    """One row, ready to be inserted. Without `actor` the program itself did it, at `at`."""
    assert actor is not None or at is not None
    return {
        "at": actor.now if actor is not None else at,
        "user_id": (actor.user_id or None) if actor is not None else None,
        "address": (actor.address or None) if actor is not None else None,
        "action": action,
        "entity": entity,
        "record_id": record_id,
        "name": name[:200] or None,
        "changes": changes,
    }


def log_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(OperationLog), rows)


def log_many(
    session: Session, actor: Actor, action: str, entity: str, rows: Iterable[tuple[int, str, Changes]]
) -> None:
    """Log one action on many records (id, name, changes) by a prepared statement."""
    table: Any = OperationLog.__table__
    dialect = session.get_bind().dialect
    first = log_row(actor, action, entity, None, "", {})
    statement = insert(table).compile(dialect=dialect, column_keys=list(first))
    makers = {key: table.c[key].type.dialect_impl(dialect).bind_processor(dialect) for key in first}
    shared = {key: make(first[key]) if (make := makers[key]) is not None else first[key] for key in first}
    as_json: Any = makers["changes"]
    parameters: list[Any] = [
        {**shared, "record_id": id_, "name": name[:200] or None, "changes": as_json(changes)}
        for id_, name, changes in rows
    ]
    if statement.positiontup is not None:
        parameters = list(map(itemgetter(*statement.positiontup), parameters))
    if parameters:
        session.connection().exec_driver_sql(str(statement), parameters)


def log_action(
    session: Session,
    actor: Actor,
    action: str,
    entity: str,
    record_id: int | None = None,
    name: str = "",
    changes: Changes | None = None,
) -> None:
    """Log an action that changes no field of a record: an export, a print, a change of permissions."""
    log_rows(session, [log_row(actor, action, entity, record_id, name, changes or {})])


def log_related_change(session: Session, record: Any, key: str, before: Any, after: Any) -> None:
    """Log a change beside the record's own attributes, such as its lines or participants, in the record's row."""
    if before != after:
        session.info.setdefault(_RELATED, {}).setdefault(record, {})[key] = [before, after]


@contextmanager
def logging_disabled(session: Session) -> Iterator[None]:
    """For start data: the five hundred places and choices of a new firm are nobody's action."""
    session.info[_SILENT] = True
    try:
        yield
        session.flush()
    finally:
        del session.info[_SILENT]


@event.listens_for(Session, "before_flush")
def _collect(session: Session, *_: Any) -> None:
    if _SILENT in session.info:
        return
    pending = session.info.setdefault(_PENDING, {})
    for record in [*session.new, *session.dirty]:
        kind = logged_kind(record)
        if kind is None or not is_modified(record) or not _is_logged(kind, record):
            continue
        if isinstance(kind, Logged) and kind.is_single:
            _, changes = pending.get(kind, (CHANGED, {}))
            pending[kind] = (CHANGED, {**changes, **_of_one(kind, record)})
            continue
        action, changes = _action(record), changes_of(record)
        if changes or action != CHANGED:
            pending[record] = (action, changes)
    for record in session.deleted:
        kind = logged_kind(record)
        if kind is not None and _is_logged(kind, record):
            pending[record] = (DELETED, _removed_values(kind, record))
    for record, related_changes in session.info.pop(_RELATED, {}).items():
        action, changes = pending.get(record, (CHANGED, {}))
        pending[record] = (action, {**changes, **related_changes})


def _is_logged(kind: Kind, record: Any) -> bool:
    return not isinstance(kind, Logged) or kind.when(record)


def _of_one(kind: Logged, setting: Any) -> Changes:
    before, after = _history(setting, "value")
    return {
        setting.key: [None, CHANGED] if setting.key in kind.secret else [to_json_value(before), to_json_value(after)]
    }


def _removed_values(kind: Kind, record: Any) -> Changes:
    """The last values of a row that is removed for good."""
    model: Any = type(record)
    values = {key: getattr(record, key) for key in logged_keys(model) if key not in secret_keys(kind)}
    return {key: [to_json_value(value), None] for key, value in values.items() if value is not None}


@event.listens_for(Session, "before_commit")
def _write_what_no_flush_took(session: Session) -> None:
    if session.info.get(_RELATED):
        _collect(session)
        _write(session)


@event.listens_for(Session, "after_flush")
def _write(session: Session, *_: Any) -> None:
    pending = session.info.pop(_PENDING, None)
    if not pending:
        return
    written = session.info.setdefault(_WRITTEN, {})
    new_entries = []
    for record, (action, changes) in pending.items():
        if record in written and action == CHANGED:
            _extend(session, written[record], changes)
        else:
            new_entries.append((record, action, changes))
    _insert(session, new_entries, written)


def _insert(
    session: Session, new_entries: Iterable[tuple[Any, str, Changes]], written: dict[Any, tuple[int, Changes]]
) -> None:
    new_entries = list(new_entries)
    rows = [_row_of(session, *entry) for entry in new_entries]
    if not rows:
        return
    statement = insert(OperationLog).returning(OperationLog.id, sort_by_parameter_order=True)
    ids = session.connection().execute(statement, rows).scalars()
    for entry, row_id in zip(new_entries, ids, strict=True):
        written[entry[0]] = (row_id, entry[2])


def _row_of(session: Session, subject: Any, action: str, changes: Changes) -> dict[str, Any]:
    """The row of a record, or of all settings together."""
    if isinstance(subject, Logged):
        actor = _actor(session)
        return log_row(actor, action, subject.key, None, "", changes, at=datetime.now(UTC))
    kind = logged_kind(subject)
    assert kind is not None
    actor = inspect(subject).info.get("actor") or _actor(session)
    at = getattr(subject, "updated_at", None) or datetime.now(UTC)
    return log_row(actor, action, kind.key, getattr(subject, "id", None), kind.name_of(subject), changes, at=at)


def _actor(session: Session) -> Actor | None:
    actor = session.info.get(ACTOR)
    return actor() if actor is not None else None


def _extend(session: Session, row: tuple[int, Changes], changes: Changes) -> None:
    """From what it was at first to what it is now; what is as it was at first is no change."""
    row_id, known = row
    for key, (before, after) in changes.items():
        known[key] = [known[key][0] if key in known else before, after]
    actual = {key: pair for key, pair in known.items() if pair[0] != pair[1]}
    session.connection().execute(update(OperationLog).where(OperationLog.id == row_id).values(changes=actual))


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_WRITTEN, None)


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    # The rows of a savepoint that was taken back are gone: later changes begin new ones.
    for key in (_PENDING, _WRITTEN, _RELATED):
        session.info.pop(key, None)
