"""Taking an import back (I-7): new records go as if they had never been, known ones get their old values back, as far
as nobody else has touched them since. What stays is told with who touched it and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.customers.customer_events import FOLLOWED
from crm.domain.imports.past_records import customers_of_records, refresh_last_contacts
from crm.domain.imports.touched import (
    CHANGED,
    DELETED,
    REPLACED,
    USED,
    StayingRecord,
    among,
    latest_acts,
    named_by_parts,
    untouched,
)
from crm.domain.platform.purging import remove_records
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import CUSTOM, ChangedRow, changed_row, update_rows
from crm.entities.change_log import IMPORT_UNDONE, to_json_value
from crm.entities.derived_values import keys_of
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor
from crm.entities.references import references_to
from crm.entities.registry import entity
from crm.entities.undo import model_of, typed_value
from crm.models import CustomerEvent, ImportWrite
from crm.models.base import YIELDS

MAX_SHOWN = 200
"""The reason is shown for so many records that stay; the others are only counted."""

Pairs = Mapping[str, Sequence[Any]]
"""Column → [before, after], as values of JSON."""


@dataclass
class Outcome:
    """What an undo does, or would do: how many new records go, how many known ones get values back, what stays."""

    removed: dict[str, int] = field(default_factory=dict)
    restored: int = 0
    staying: int = 0
    stays: list[StayingRecord] = field(default_factory=list)

    def remove(self, kind: str, count: int) -> None:
        if count:
            self.removed[kind] = self.removed.get(kind, 0) + count

    def keep(self, stays: Iterable[StayingRecord]) -> None:
        for record in stays:
            self.staying += 1
            if len(self.stays) < MAX_SHOWN:
                self.stays.append(record)

    def stored(self) -> dict[str, Any]:
        stays = [record.stored() for record in self.stays]
        return {"removed": self.removed, "restored": self.restored, "staying": self.staying, "told": stays}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Outcome":
        stays = [StayingRecord.of(record) for record in stored.get("told", ())]
        return cls(dict(stored.get("removed", {})), stored.get("restored", 0), stored.get("staying", 0), stays)


def writes_of(session: Session, run_id: int) -> list[ImportWrite]:
    statement = select(ImportWrite).where(ImportWrite.run_id == run_id)
    return list(session.scalars(statement.order_by(ImportWrite.id.desc())))


def preview(session: Session, run_id: int, actor: Actor) -> Outcome:
    """What taking the import back would do now; nothing is written."""
    outcome = Outcome()
    created_ids: dict[str, list[int]] = {}
    writes = writes_of(session, run_id)
    for write in writes:
        for key, ids in write.made.items():
            created_ids.setdefault(key, []).extend(ids)
    if created_ids:
        removable, stays = untouched(session, created_ids, writes[0].at)
        outcome.keep(stays)
        for key, removable_ids in removable.items():
            outcome.remove(key, _count(session, entity(key), removable_ids))
    for write in writes:
        for kind, rows in _by_kind(write.changed):
            changes, stays = changes_back(session, kind, rows, write.at, actor)
            outcome.restored += len(changes)
            outcome.keep(stays)
    return outcome


def _count(session: Session, kind: Entity, ids: Iterable[int]) -> int:
    counted = select(func.count()).select_from(kind.model)
    return sum(session.scalar(counted.where(among(kind.model.id, batch))) or 0 for batch in in_batches(ids))


def take_back_part(session: Session, write: ImportWrite, root: str, size: int, actor: Actor, outcome: Outcome) -> int:
    """Take back up to `size` rows of a step, those of the kind `root` first; how many. The write keeps the rest."""
    created_ids, changed = _portion(session, write, root, size)
    if created_ids:
        removable, stays = untouched(session, created_ids, write.at)
        outcome.keep(stays)
        remove_made(session, removable, actor, outcome)
    for kind, rows in _by_kind(changed):
        changes, stays = changes_back(session, kind, rows, write.at, actor)
        update_rows(session, kind, changes, actor, IMPORT_UNDONE)
        _remove_events(session, kind, changes, write.at)
        outcome.restored += len(changes)
        outcome.keep(stays)
    taken_back = {key: set(ids) for key, ids in created_ids.items()}
    remaining = {key: [id_ for id_ in ids if id_ not in taken_back.get(key, ())] for key, ids in write.made.items()}
    write.made = {key: ids for key, ids in remaining.items() if ids}
    write.changed = write.changed[: len(write.changed) - len(changed)]
    return sum(map(len, created_ids.values())) + len(changed)


def is_taken_back(write: ImportWrite) -> bool:
    return not write.made and not write.changed


def _portion(session: Session, write: ImportWrite, root: str, size: int) -> tuple[dict[str, list[int]], list[Any]]:
    """Records of the import's own kind with what came with them; then what came with known ones; then changes."""
    if write.made.get(root):
        ids = write.made[root][-size:]
        return {root: ids, **_made_with(session, write, root, ids)}, []
    other = next((key for key, ids in write.made.items() if ids), None)
    if other is not None:  # a main contact that takes the place of another one: both, in this order
        return {other: write.made[other][-size:]}, []
    return {}, write.changed[-size:]


def _made_with(session: Session, write: ImportWrite, root: str, ids: Sequence[int]) -> dict[str, list[int]]:
    ids_by_kind = {}
    for key, made_ids in write.made.items():
        if key == root:
            continue
        link, own = entity(key).parent(root), set(made_ids)
        if link is None:
            ids_by_kind[key] = sorted(named_by_parts(session, entity(key), entity(root), ids) & own)
            continue
        model = entity(key).model
        column = getattr(model, link.attribute)
        ids_by_kind[key] = [
            id_
            for batch in in_batches(ids)
            for id_ in session.scalars(select(model.id).where(among(column, batch)))
            if id_ in own
        ]
    return ids_by_kind


def remove_made(session: Session, removable: Mapping[str, set[int]], actor: Actor, outcome: Outcome) -> None:
    for key, ids in removable.items():
        outcome.remove(key, _count(session, entity(key), ids))
    customers = customers_of_records(session, removable.get("records", ()))
    remove_records(session, {entity(key).model: ids for key, ids in removable.items() if ids}, "", actor, IMPORT_UNDONE)
    refresh_last_contacts(session, customers)


def _by_kind(changed: Sequence[Any]) -> list[tuple[Entity, list[Any]]]:
    rows_by_kind: dict[str, list[Any]] = {}
    for row in changed:
        rows_by_kind.setdefault(row[0], []).append(row)
    return [(entity(key), rows) for key, rows in rows_by_kind.items()]


def changes_back(
    session: Session, kind: Entity, changed: Sequence[Any], at: datetime, actor: Actor
) -> tuple[list[ChangedRow], list[StayingRecord]]:
    """The old values of known records, except where they are no longer what the import wrote."""
    ids = [id_ for _kind, id_, _pairs in changed]
    rows: dict[int, dict[str, Any]] = {}
    table = kind.model.__table__
    for batch in in_batches(ids):
        statement = select(table).where(among(table.c.id, batch)).with_for_update()
        rows.update({row["id"]: dict(row) for row in session.execute(statement).mappings()})
    changes: list[ChangedRow] = []
    differing: dict[int, tuple[str, tuple[str, ...]]] = {}
    for _kind, id_, pairs in changed:
        row = rows.get(id_)
        if row is None:
            continue
        if row.get("deleted_at") is not None:
            differing[id_] = (DELETED, ())
            continue
        values, conflicting = _values_back(kind, row, pairs)
        replaced = _replaced(session, kind, row, values)
        for attribute in replaced:
            del values[attribute]
        change = changed_row(kind, row, values, actor)
        if change is not None:
            _stamp_back(kind, change, row, pairs)
            changes.append(change)
        if conflicting or replaced:
            differing[id_] = (CHANGED if conflicting else REPLACED, tuple(conflicting or replaced))
    return changes, _stays_of_changed(session, kind, rows, differing, at)


def _values_back(kind: Entity, row: Mapping[str, Any], pairs: Pairs) -> tuple[dict[str, Any], list[str]]:
    """The values to put back, and the columns that somebody else has changed."""
    columns, derived = kind.model.__table__.columns, {*keys_of(kind, row), "updated_at"}
    values: dict[str, Any] = {}
    conflicting: list[str] = []
    for key, (before, after) in pairs.items():
        if key == CUSTOM:
            values[key] = _custom_back(row[key] or {}, before or {}, after or {}, conflicting)
        elif key not in derived and to_json_value(row[key]) == after:
            values[key] = typed_value(columns[key], before)
        elif key not in derived and to_json_value(row[key]) != before:
            conflicting.append(key)
    if "pinyin" in conflicting:
        conflicting.remove("pinyin")  # it follows the name, of which is told
    return values, conflicting


def _custom_back(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any], conflicting: list[str]) -> Any:
    """The firm's own fields, each for itself."""
    values = dict(now)
    for key in {**before, **after}:
        if now.get(key) == after.get(key):
            values[key] = before.get(key)
        elif now.get(key) != before.get(key):
            conflicting.append(f"{CUSTOM}_{key}")
    return {key: value for key, value in values.items() if value is not None} or None


def _replaced(session: Session, kind: Entity, row: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """What there can be only once, and somebody else is it by now: a customer's main contact."""
    table, replaced = kind.model.__table__, []
    for index in table.indexes:
        attribute = index.info.get(YIELDS)
        if attribute is None or not values.get(attribute):
            continue
        same_key = [table.c[column.name] == row[column.name] for column in index.columns]
        taken = select(table.c.id).where(*same_key, table.c[attribute].is_(True), table.c.deleted_at.is_(None))
        if session.execute(taken.where(table.c.id != row["id"]).limit(1)).first() is not None:
            replaced.append(attribute)
    return replaced


def _stamp_back(kind: Entity, change: ChangedRow, row: Mapping[str, Any], pairs: Pairs) -> None:
    """The record was last changed when it was before, if nobody but the import has changed it."""
    before, after = pairs.get("updated_at", (None, None))
    if before is not None and to_json_value(row["updated_at"]) == after:
        change.values["updated_at"] = typed_value(kind.model.__table__.columns["updated_at"], before)


def _stays_of_changed(
    session: Session,
    kind: Entity,
    rows: Mapping[int, Mapping[str, Any]],
    differing: Mapping[int, tuple[str, tuple[str, ...]]],
    at: datetime,
) -> list[StayingRecord]:
    acts = latest_acts(session, kind.key, list(differing), at) if differing else {}
    stays = []
    for id_, (reason, columns) in differing.items():
        row, act = rows[id_], acts.get(id_)
        by, when = (act.user_id, act.at) if act is not None else (row.get("deleted_by_id"), row["updated_at"])
        name = str(row[kind.named] or "")[:200]
        stays.append(StayingRecord(kind.key, id_, name, reason, columns, by, when.isoformat() if when else None))
    return stays


def _remove_events(session: Session, kind: Entity, changes: Sequence[ChangedRow], at: datetime) -> None:
    """Delete the ledger's lines about changes that are put back (C-9), as if they had never happened."""
    if kind.key != "customers":
        return
    for key, event in FOLLOWED.items():
        for batch in in_batches([change.id for change in changes if key in change.values]):
            line = CustomerEvent
            events = delete(line).where(among(line.customer_id, batch), line.at == at, line.kind == event)
            session.execute(events.execution_options(synchronize_session=False))


def remove_items(session: Session, items: Iterable[Sequence[Any]], actor: Actor) -> tuple[int, list[StayingRecord]]:
    """What the import added to lists goes where nothing has it and nobody changed it; how many, and the others."""
    removed, stays = 0, []
    for name, id_ in items:
        model = model_of(name)
        item = session.get(model, id_)
        if item is None:
            continue
        if getattr(item, "version", 1) > 1 or _is_named(session, model, id_):
            stays.append(StayingRecord(name, id_, str(item.name), USED, used_by=("other", "")))
            continue
        try:
            with session.begin_nested():
                session.delete(item)
                session.flush()
            removed += 1
        except IntegrityError:
            stays.append(StayingRecord(name, id_, str(item.name), USED, used_by=("other", "")))
    return removed, stays


def _is_named(session: Session, model: Any, id_: int) -> bool:
    return any(
        session.execute(select(column).where(column == id_).limit(1)).first() is not None
        for _table, column in references_to(model.__table__)
    )


def forget_writes(session: Session, run_id: int) -> None:
    session.execute(
        delete(ImportWrite).where(ImportWrite.run_id == run_id).execution_options(synchronize_session=False)
    )
