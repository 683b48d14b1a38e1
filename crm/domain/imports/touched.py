"""Which records of an import somebody else has touched since, by whom and when (I-7).

A new record is untouched while it has the import's stamp, the log knows of nobody else, and nothing refers to it that
did not come with it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import Session

from crm.entities.batches import in_batches
from crm.entities.change_log import IMPORT_UNDONE
from crm.entities.entity import Entity
from crm.entities.references import parts_of_any_kind, references_to
from crm.entities.registry import entity, entity_of, is_entity
from crm.entities.undo import model_of
from crm.models import OperationLog
from crm.models.documents import WorkflowEvent

CHANGED, DELETED, USED, REPLACED = "changed", "deleted", "used", "replaced"
PARTS = frozenset(
    (
        ("customer_events", "customer_id"),
        ("no_duplicates", "first_id"),
        ("no_duplicates", "second_id"),
        ("stage_events", "opportunity_id"),
        ("quote_lines", "quote_id"),
        ("order_lines", "order_id"),
        ("receipt_lines", "receipt_id"),
    )
)
"""(table, column) of what is a part of a record and goes with it; whatever else names one uses it."""
MAX_NAMED = 500

CreatedIds = Mapping[str, Collection[int]]
"""Kind → ids of new records."""


@dataclass(frozen=True)
class StayingRecord:
    """A record that stays as it is, or (with `columns`) these columns of it; why, and whose doing that is.

    `used_by` is (kind, name) of what refers to it.
    """

    kind: str
    id: int
    name: str
    reason: str
    columns: tuple[str, ...] = ()
    by_id: int | None = None
    at: str | None = None
    used_by: tuple[str, str] | None = None

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "StayingRecord":
        used = stored.get("used_by")
        return cls(**{**stored, "columns": tuple(stored["columns"]), "used_by": tuple(used) if used else None})


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """The column is one of the ids, which an import numbers in long rows."""
    ranges: list[list[int]] = []
    for id_ in sorted(ids):
        if ranges and id_ == ranges[-1][1] + 1:
            ranges[-1][1] = id_
        else:
            ranges.append([id_, id_])
    alone = [first for first, last in ranges if first == last]
    return or_(column.in_(alone), *(column.between(first, last) for first, last in ranges if first != last))


def latest_acts(session: Session, kind: str, ids: Collection[int], at: datetime) -> dict[int, Any]:
    """Record → the latest entry of the log that is neither the import's nor an undo's."""
    latest: dict[int, Any] = {}
    log = OperationLog
    columns = select(log.record_id, log.action, log.user_id, log.at)
    for part in in_batches(ids):
        entries = columns.where(log.entity == kind, among(log.record_id, part), log.at != at).order_by(log.id)
        for entry in session.execute(entries):
            latest[entry.record_id] = entry
    return {id_: entry for id_, entry in latest.items() if entry.action != IMPORT_UNDONE and entry.at > at}


def untouched(
    session: Session, created_ids: CreatedIds, at: datetime
) -> tuple[dict[str, set[int]], list[StayingRecord]]:
    """Of the new records those that can go as if they had never been, and those that stay."""
    removable = {key: set(ids) for key, ids in created_ids.items()}
    stays: list[StayingRecord] = []
    for key, ids in removable.items():
        stays += _touched(session, entity(key), ids, at)
    while True:
        for record in stays:
            removable[record.kind].discard(record.id)
        used = [record for key in removable for record in _used(session, entity(key), removable)]
        if not used:
            return _with_parents(session, removable, created_ids), stays
        stays += used


def _touched(session: Session, kind: Entity, ids: Collection[int], at: datetime) -> list[StayingRecord]:
    model = kind.model
    changed_rows: dict[int, Any] = {}
    acts = latest_acts(session, kind.key, ids, at)
    columns = select(
        model.id, kind.named_column().label("name"), model.deleted_at, model.deleted_by_id, model.updated_at
    )
    for part in in_batches(ids):
        other = or_(model.updated_at != at, model.deleted_at.is_not(None), model.id.in_(set(part) & set(acts)))
        changed_rows.update({row.id: row for row in session.execute(columns.where(among(model.id, part), other))})
    stays = []
    for id_, row in changed_rows.items():
        act = acts.get(id_)
        by, when = (act.user_id, act.at) if act is not None else (None, row.updated_at)
        if row.deleted_at is not None:
            by, when = row.deleted_by_id, row.deleted_at
        reason = CHANGED if row.deleted_at is None else DELETED
        stays.append(StayingRecord(kind.key, id_, str(row.name or "")[:200], reason, (), by, when.isoformat()))
    return stays


def _used(session: Session, kind: Entity, removable: Mapping[str, Collection[int]]) -> list[StayingRecord]:
    """Those that something refers to which does not go."""
    ids = removable[kind.key]
    used: dict[int, StayingRecord] = {}
    for table, column in references_to(kind.model.__table__) if ids else ():
        if (table.name, column.name) in PARTS:
            continue
        for row in _referring(session, table, column, ids, removable):
            used.setdefault(row[1], _use(session, kind, table, row))
    for part in parts_of_any_kind() if ids else ():
        if part is not WorkflowEvent:
            for batch in in_batches(ids):
                named = select(part.record_id).where(part.kind == kind.key, among(part.record_id, batch))
                for id_ in session.scalars(named):
                    used.setdefault(
                        id_, StayingRecord(kind.key, id_, _name(session, kind, id_), USED, used_by=("files", ""))
                    )
    return list(used.values())


def _referring(
    session: Session, table: Table, column: Any, ids: Collection[int], removable: Mapping[str, Collection[int]]
) -> list[Any]:
    """(key, named id) of the rows that name one of the ids and are not going themselves."""
    model, owner = model_of(table.name), whole_of(table)
    kind = entity_of(model) if is_entity(model) else owner[0] if owner is not None else None
    own = removable.get(kind.key, ()) if kind is not None else ()
    key = owner[1] if owner is not None else next(iter(table.primary_key.columns))
    referring: list[Any] = []
    for batch in in_batches(ids):
        rows = session.execute(select(key, column).where(among(column, batch)).limit(MAX_NAMED + len(own))).all()
        referring += [row for row in rows if row[0] not in own]
    return referring


def _use(session: Session, kind: Entity, table: Table, row: Any) -> StayingRecord:
    name, model, owner = _name(session, kind, row[1]), model_of(table.name), whole_of(table)
    model = model if owner is None else owner[0].model
    if not is_entity(model):
        return StayingRecord(kind.key, row[1], name, USED, used_by=("other", ""))
    user = session.get(model, row[0])
    other = entity_of(user)
    called = str(other.name_of(user) or getattr(user, "code", "") or "")[:60]
    by, at = getattr(user, "created_by_id", None), getattr(user, "created_at", None)
    return StayingRecord(kind.key, row[1], name, USED, (), by, at.isoformat() if at else None, (other.key, called))


def whole_of(table: Table) -> tuple[Entity, Any] | None:
    """The kind of record that the table's rows are parts of, with the column that names it."""
    names = [column for name, column in PARTS if name == table.name]
    if len(names) != 1:
        return None
    column = table.c[names[0]]
    (key,) = column.foreign_keys
    return entity_of(model_of(key.column.table.name)), column


def named_by_parts(session: Session, kind: Entity, other: Entity, ids: Iterable[int]) -> set[int]:
    """Records of the kind with a part that names one of the others: the receipts that pay these orders."""
    ids_of_kind: set[int] = set()
    for table, column in references_to(other.model.__table__):
        owner = whole_of(table)
        if owner is None or owner[0] is not kind or owner[1] is column:
            continue
        for batch in in_batches(ids):
            ids_of_kind.update(session.scalars(select(owner[1]).where(among(column, batch))))
    return ids_of_kind


def _name(session: Session, kind: Entity, id_: int) -> str:
    return str(session.scalar(select(kind.named_column()).where(kind.model.id == id_)) or "")[:200]


def _with_parents(session: Session, removable: dict[str, set[int]], created_ids: CreatedIds) -> dict[str, set[int]]:
    """What came with a record that stays, stays with it: a customer's main contact, what was paid of an order."""
    for key, ids in removable.items():
        kind = entity(key)
        for other in created_ids:
            staying_ids = set(created_ids[other]) - removable.get(other, set())
            ids -= named_by_parts(session, kind, entity(other), staying_ids) if other != key else set()
        for link in kind.belongs_to:
            staying_ids = set(created_ids.get(link.entity, ())) - removable.get(link.entity, set())
            for batch in in_batches(staying_ids):
                belonging = select(kind.model.id).where(among(getattr(kind.model, link.attribute), batch))
                ids -= set(session.scalars(belonging)) & ids
    return removable
