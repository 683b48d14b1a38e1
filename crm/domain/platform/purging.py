"""Purging: deleting records of the recycle bin for good, with everything that depends on them (A-10)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.platform.recycle_bin import file_of, kind_of, records_of, subject_of
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.change_log import log_many
from crm.entities.record_saving import Actor
from crm.entities.references import parts_of_any_kind, references_to
from crm.entities.registry import belonging_to, entity_of, is_entity
from crm.entities.search_index import search_table, uses_fts
from crm.entities.undo import model_of
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.models import Base, Deletion, Merge, Permission
from crm.models.deletions import RESTORABLE_FOR
from crm.models.table_versions import invalidate

PURGED = "purged"
MAX_ENTRIES = 400
IN_USE = N_("Something else still needs %(name)s, so it cannot be permanently deleted.")
Ids = dict[Any, set[int]]
"""Model → ids of records that are deleted for good."""


def purge(session: Session, entry: Deletion, actor: Actor) -> int:
    """【徹底刪除】: delete what the entry holds for good; returns how many records. Raises NotAllowed, DomainError."""
    if not actor.rights.may(Permission.BIN_SAVE) or subject_of(session, entry) is None:
        raise NotAllowed(policy.NO_RIGHT)
    session.refresh(entry, with_for_update=True)
    return _purge_entry(session, entry, actor)


def _purge_entry(session: Session, entry: Deletion, actor: Actor) -> int:
    to_purge: Ids = defaultdict(set)
    for record in records_of(session, entry):
        if not _is_held(session, record):
            to_purge[type(record)].add(record.id)
    name, file = entry.name, file_of(session, entry)
    session.delete(entry)
    if file is not None:
        session.delete(file)
    session.flush()
    return remove_records(session, to_purge, name, actor) + (file is not None)


def _is_held(session: Session, record: Any) -> bool:
    """A deleted item of a repetition keeps its place: else the rule would make another one for its day."""
    held = entity_of(record).held
    return (
        held is not None
        and session.scalar(select(type(record).id).where(type(record).id == record.id, held())) is not None
    )


def remove_records(session: Session, to_purge: Ids, name: str, actor: Actor, action: str = PURGED) -> int:
    """Delete records for good, with everything that depends on them; returns how many. Logged under `action`.

    Raises DomainError where something else still needs one, with `name`.
    """
    to_purge = defaultdict(set, to_purge)
    try:
        with session.begin_nested():
            _add_dependents(session, to_purge)
            for model, ids in to_purge.items():
                _log(session, model, ids, actor, action)
            _release_references(session, to_purge)
            for model in sorted(to_purge, key=_table_position, reverse=True):
                _delete(session, model, to_purge[model])
    except IntegrityError as error:
        raise DomainError(IN_USE, name=name) from error
    session.expire_all()
    return sum(map(len, to_purge.values()))


def _add_dependents(session: Session, to_purge: Ids) -> None:
    """Dependents that were deleted before the record are purged with it: they could not be restored."""
    waiting = list(to_purge)
    while waiting:
        above = waiting.pop()
        for kind, link in belonging_to(entity_of(above).key):
            model = kind.model
            column = getattr(model, link.attribute)
            if model.__table__.columns[column.key].nullable:
                continue
            deleted_dependents = select(model.id).where(model.deleted_at.is_not(None))
            new_ids = _ids_where(session, deleted_dependents, column, to_purge[above]) - to_purge[model]
            if new_ids:
                to_purge[model] |= new_ids
                waiting.append(model)


def _ids_where(session: Session, statement: Select[Any], column: ColumnElement[Any], ids: Iterable[int]) -> set[int]:
    return {id_ for batch in in_batches(sorted(ids)) for id_ in session.scalars(statement.where(column.in_(batch)))}


def _log(session: Session, model: Any, ids: set[int], actor: Actor, action: str) -> None:
    kind = entity_of(model)
    for batch in in_batches(sorted(ids)):
        records = session.scalars(select(model).where(model.id.in_(batch)))
        log_many(session, actor, action, kind.key, [(r.id, kind.name_of(r), {}) for r in records])


def _table_position(model: Any) -> int:
    return Base.metadata.sorted_tables.index(model.__table__)


def _release_references(session: Session, to_purge: Ids) -> None:
    """Delete the parts of the records, and clear the columns of others that refer to them."""
    for model, ids in list(to_purge.items()):
        for table, column in references_to(model.__table__):
            is_record_table = is_entity(model_of(table.name))
            for batch in in_batches(sorted(ids)):
                if column.nullable:
                    session.execute(update(table).where(column.in_(batch)).values({column.name: None}))
                elif not is_record_table:
                    session.execute(delete(table).where(column.in_(batch)))
            invalidate(session, table.name)
        kind = entity_of(model)
        for part in parts_of_any_kind():
            for batch in in_batches(sorted(ids)):
                session.execute(delete(part).where(part.kind == kind.key, part.record_id.in_(batch)))


def _delete(session: Session, model: Any, ids: set[int]) -> None:
    kind = entity_of(model)
    for batch in in_batches(sorted(ids)):
        if kind.searched is not None and uses_fts(session):
            table = search_table(model)
            session.execute(delete(table).where(table.c.rowid.in_(batch)))
        session.execute(delete(Deletion).where(Deletion.kind == kind.key, Deletion.record_id.in_(batch)))
        session.execute(delete(model).where(model.id.in_(batch)))


def purge_old(session: Session, actor: Actor, limit: int = MAX_ENTRIES) -> int:
    """Purge entries whose time in the bin is over, at most `limit` of them; returns how many.

    A record that another one still refers to stays in the database, but is not shown any more.
    """
    statement = select(Deletion).where(_old(Deletion, actor)).order_by(Deletion.at, Deletion.id).limit(limit)
    entries = session.scalars(statement).all()
    for entry in entries:
        try:
            with session.begin_nested():
                _purge_entry(session, entry, actor)
        except DomainError:
            session.delete(entry)
            session.flush()
    return len(entries) or _end_merges(session, actor, limit)


def _end_merges(session: Session, actor: Actor, limit: int) -> int:
    """Make merges final that can no longer be undone: the merged records are deleted for good."""
    rows = session.scalars(select(Merge).where(_old(Merge, actor)).order_by(Merge.at, Merge.id).limit(limit)).all()
    for row in rows:
        to_purge: Ids = defaultdict(set)
        kind, ids = kind_of(row), [id_ for id_, _name, _code in row.merged]
        session.delete(row)
        session.flush()
        if kind is None:
            continue
        model = kind.model
        to_purge[model] |= set(
            session.scalars(select(model.id).where(model.id.in_(ids), model.deleted_at.is_not(None)))
        )
        try:
            with session.begin_nested():
                remove_records(session, to_purge, "", actor)
        except DomainError:
            continue  # another record still needs it; nobody finds it any more
    return len(rows)


def count_old(session: Session, actor: Actor) -> int:
    counted = (select(func.count()).select_from(model).where(_old(model, actor)) for model in (Deletion, Merge))
    return sum(session.scalar(select_of_kind) or 0 for select_of_kind in counted)


def _old(model: Any, actor: Actor) -> ColumnElement[bool]:
    old: ColumnElement[bool] = model.at <= actor.now - RESTORABLE_FOR
    return old
