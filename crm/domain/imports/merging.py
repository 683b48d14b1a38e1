"""Rows for the database made of a file's values: new ones, and what changes in known ones (I-4)."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.batches import in_batches
from crm.domain.imports.declaration import Importing
from crm.domain.imports.options import OVERWRITE, SKIP
from crm.domain.imports.plan import CODE_PLACE, Change, Plan
from crm.domain.imports.rows import DUPLICATE, Check
from crm.entities.saving import Acting
from crm.entities.search import derive_keys

Settle = Callable[[Change, Mapping[str, Any]], None]
"""Keeps together in a change what belongs together; gets the row's values, too."""


def newest_id(session: Session, model: Any) -> int:
    return session.scalar(select(func.max(model.id))) or 0


def insert_of(plan: Plan, values: Mapping[str, Any], acting: Acting) -> None:
    """Add a new row to the plan, with what is derived from its values. Its code may be given later."""
    code = values.get("code")
    record = draft_of(plan.model, {**values, "code": code or CODE_PLACE})
    plan.documents.append(text.index_text(derive_keys(record)))
    stamps = {"version": 1, "created_at": acting.now, "updated_at": acting.now, "created_by_id": acting.user_id}
    plan.inserts.append({**record.__dict__, **stamps, "code": code})


@cache
def _draft_class(model: Any) -> Any:
    """Derives its keys as the model does, without the cost of watching its attributes (most of an import's time)."""
    nothing = dict.fromkeys((column.key for column in model.__table__.columns), None)
    return type("Draft", (SimpleNamespace,), {**nothing, "__class__": property(lambda self: model)})


def draft_of(model: Any, values: Mapping[str, Any]) -> Any:
    """A stand-in for a record of the model that is never saved itself; what is not given is None."""
    return _draft_class(model)(**values)


def changes_of(
    session: Session,
    model: Any,
    check: Check,
    importing: Importing,
    keep: Collection[str],
    settle: Settle,
) -> list[Change]:
    """What duplicates change in the records they are duplicates of; those without a change are left out.

    An empty cell never empties a field; the fields of `keep` stay as they are.
    """
    if importing.options.duplicates == SKIP:
        return []
    wanted = {row.existing: row for row in check.those(DUPLICATE) if row.existing is not None}
    stored: dict[int, Mapping[str, Any]] = {}
    for part in in_batches(wanted):
        rows = session.execute(select(model.__table__).where(model.id.in_(part))).mappings()
        stored.update({row["id"]: dict(row) for row in rows})
    changes = []
    for id_, row in wanted.items():
        given = {key: value for key, value in row.values.items() if key not in keep}
        change = change_of(model, stored[id_], given, importing, settle, row.values)
        if change is not None:
            changes.append(change)
    return changes


def change_of(
    model: Any,
    stored: Mapping[str, Any],
    given: Mapping[str, Any],
    importing: Importing,
    settle: Settle,
    row: Mapping[str, Any],
) -> Change | None:
    """What the given values change in a stored record, with what follows from them; None where nothing."""
    change = _change(stored, given, importing.options.duplicates == OVERWRITE)
    settle(change, row)
    if not change.values:
        return None
    _derive(model, change, importing.acting)
    return change


def _change(before: Mapping[str, Any], given: Mapping[str, Any], overwrite: bool) -> Change:
    values = {
        key: value
        for key, value in given.items()
        if (before[key] in (None, "") or overwrite) and value is not None and value != before[key]
    }
    return Change(before["id"], before["version"], values, before)


def _derive(model: Any, change: Change, acting: Acting) -> None:
    """The lookup columns and the searched texts of the record as it will be."""
    record = draft_of(model, {**change.before, **change.values})
    searched = derive_keys(record)
    derived = {key: value for key, value in record.__dict__.items() if value != change.before.get(key)}
    if "search_text" in derived:
        change.searched = searched
    change.values.update(derived, updated_at=acting.now)
