"""Rows for the database made of a file's values: new ones, and what changes in known ones (I-4)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.options import OVERWRITE, SKIP
from crm.domain.imports.rows import DUPLICATE, Check
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import ChangedRow, changed_row
from crm.entities.entity import Entity
from crm.models.custom_values import value_in

Settle = Callable[[Mapping[str, Any], dict[str, Any], Mapping[str, Any]], None]
"""A hook for values that depend on each other; its arguments are the record, the values it takes, and the row's."""


def newest_id(session: Session, model: Any) -> int:
    return session.scalar(select(func.max(model.id))) or 0


def changes_of(
    session: Session,
    kind: Entity,
    check: Check,
    importing: ImportContext,
    keep: Collection[str],
    settle: Settle | None = None,
) -> list[ChangedRow]:
    """What duplicates change in the records they are duplicates of; those without a change are left out.

    An empty cell never empties a field; the fields of `keep` stay as they are.
    """
    duplicates = check.rows_with(DUPLICATE) if importing.changes_any else []
    changing = [row for row in duplicates if row.existing is not None and importing.choice_for(row) != SKIP]
    row_of_record = {row.existing: row for row in changing if row.existing is not None}
    stored: dict[int, Mapping[str, Any]] = {}
    for part in in_batches(row_of_record):
        rows = session.execute(select(kind.model.__table__).where(kind.model.id.in_(part))).mappings()
        stored.update({row["id"]: dict(row) for row in rows})
    changes = []
    for id_, row in row_of_record.items():
        new_values = filled(
            stored[id_], {k: v for k, v in row.values.items() if k not in keep}, importing.choice_for(row)
        )
        if settle is not None:
            settle(stored[id_], new_values, row.values)
        changes.append(changed_row(kind, stored[id_], new_values, importing.actor))
    return [change for change in changes if change is not None]


def filled(before: Mapping[str, Any], values: Mapping[str, Any], choice: str) -> dict[str, Any]:
    """Of the given values those that the record takes: all where it is overwritten, else where it has none."""
    overwrite = choice == OVERWRITE
    return {k: v for k, v in values.items() if v is not None and (overwrite or value_in(before, k) in (None, ""))}
