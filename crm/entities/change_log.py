"""The operation log is written from the session's flush, so that no verb can forget it (A-9).

Statements that pass the session by (an import's) write their rows by `log_rows`. A record that is flushed several times
in one transaction has one row, from what it was at first to what it is at last.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import event, insert, inspect, update
from sqlalchemy.orm import Session

from crm.entities.registry import entity_of, is_entity
from crm.entities.saving import Acting
from crm.models.logs import OperationLog

CREATED, CHANGED, DELETED, RESTORED = "created", "changed", "deleted", "restored"
EXPORTED, PRINT, GRANTED = "exported", "printed", "granted"
Changes = dict[str, list[Any]]

_UNTOLD = frozenset("id version created_at updated_at created_by_id deleted_at deleted_by_id search_text".split())
_AS_THEY_ARE = frozenset((str, int, bool))
_PENDING, _WRITTEN, _TOLD = "crm_log_pending", "crm_log_written", "crm_log_told"


@cache
def logged_keys(model: Any) -> Mapping[str, None]:
    """The attributes whose changes are told, in order: all that people set, none that is derived for looking up."""
    columns: Any = inspect(model).column_attrs
    return {c.key: None for c in columns if c.key not in _UNTOLD and not c.key.endswith("_key")}


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def changes_of(record: Any) -> Changes:
    """Attribute → [before, after] of what this flush will write."""
    found: Changes = {}
    state = inspect(record)
    model: Any = type(record)
    for key in logged_keys(model):
        history = state.attrs[key].history
        if history.has_changes():
            before = history.deleted[0] if history.deleted else None
            after = history.added[0] if history.added else None
            if before != after:
                found[key] = [plain(before), plain(after)]
    return found


def told_values(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a row that a statement inserts: its values, as there was nothing before."""
    logged = logged_keys(model)
    return {key: plain(value) for key, value in values.items() if value is not None and key in logged}


def _action(record: Any) -> str:
    if record.id is None or inspect(record).pending:
        return CREATED
    history = inspect(record).attrs["deleted_at"].history
    if history.has_changes():
        return DELETED if record.deleted_at is not None else RESTORED
    return CHANGED


def log_row(
    acting: Acting | None,
    action: str,
    entity: str,
    record_id: int | None,
    name: str,
    changes: Changes,
    at: datetime | None = None,
) -> dict[str, Any]:
    """One row, ready to be inserted. Without `acting` the program itself did it, at `at`."""
    assert acting is not None or at is not None
    return {
        "at": acting.now if acting is not None else at,
        "user_id": (acting.user_id or None) if acting is not None else None,
        "address": (acting.address or None) if acting is not None else None,
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
    session: Session, acting: Acting, action: str, entity: str, rows: Iterable[tuple[int, str, Changes]]
) -> None:
    """One act on many records (id, name, changes), by a prepared statement: what they share is made ready once."""
    table: Any = OperationLog.__table__
    dialect = session.get_bind().dialect
    first = log_row(acting, action, entity, None, "", {})
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


def note(
    session: Session,
    acting: Acting,
    action: str,
    entity: str,
    record_id: int | None = None,
    name: str = "",
    changes: Changes | None = None,
) -> None:
    """An act that is no change of a record's own fields: an export, a print, a change of rights."""
    log_rows(session, [log_row(acting, action, entity, record_id, name, changes or {})])


def tell(session: Session, record: Any, key: str, before: Any, after: Any) -> None:
    """What changes of a record beside its own attributes: its lines, its participants. It joins the record's row."""
    if before != after:
        session.info.setdefault(_TOLD, {}).setdefault(record, {})[key] = [before, after]


@event.listens_for(Session, "before_flush")
def _collect(session: Session, *_: Any) -> None:
    pending = session.info.setdefault(_PENDING, {})
    for record in [*session.new, *session.dirty]:
        if not is_entity(record) or not session.is_modified(record):
            continue
        action, changes = _action(record), changes_of(record)
        if changes or action != CHANGED:
            pending[record] = (action, changes)
    for record, told in session.info.pop(_TOLD, {}).items():
        action, changes = pending.get(record, (CHANGED, {}))
        pending[record] = (action, {**changes, **told})


@event.listens_for(Session, "before_commit")
def _write_what_no_flush_took(session: Session) -> None:
    if session.info.get(_TOLD):
        _collect(session)
        _write(session)


@event.listens_for(Session, "after_flush")
def _write(session: Session, *_: Any) -> None:
    pending = session.info.pop(_PENDING, None)
    if not pending:
        return
    written = session.info.setdefault(_WRITTEN, {})
    fresh = []
    for record, (action, changes) in pending.items():
        if record in written and action == CHANGED:
            _extend(session, written[record], changes)
        else:
            fresh.append((record, action, changes))
    _insert(session, fresh, written)


def _insert(
    session: Session, fresh: Iterable[tuple[Any, str, Changes]], written: dict[Any, tuple[int, Changes]]
) -> None:
    fresh = list(fresh)
    rows = [_row_of(*one) for one in fresh]
    if not rows:
        return
    wanted = insert(OperationLog).returning(OperationLog.id, sort_by_parameter_order=True)
    ids = session.connection().execute(wanted, rows).scalars()
    for one, row_id in zip(fresh, ids, strict=True):
        written[one[0]] = (row_id, one[2])


def _row_of(record: Any, action: str, changes: Changes) -> dict[str, Any]:
    acting = inspect(record).info.get("acting")
    kind = entity_of(record)
    return log_row(acting, action, kind.key, record.id, kind.name_of(record), changes, at=record.updated_at)


def _extend(session: Session, row: tuple[int, Changes], changes: Changes) -> None:
    """From what it was at first to what it is now; what is as it was at first is no change."""
    row_id, known = row
    for key, (before, after) in changes.items():
        known[key] = [known[key][0] if key in known else before, after]
    told = {key: pair for key, pair in known.items() if pair[0] != pair[1]}
    session.connection().execute(update(OperationLog).where(OperationLog.id == row_id).values(changes=told))


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_WRITTEN, None)


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    # The rows of a savepoint that was taken back are gone: later changes begin new ones.
    for kept in (_PENDING, _WRITTEN, _TOLD):
        session.info.pop(kept, None)
