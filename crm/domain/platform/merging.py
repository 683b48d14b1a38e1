"""Making two or three records of a kind one, and taking that back (C-4).

What belongs to the others moves, whatever it is: everything that names them by a key (`crm.entities.references`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, func, inspect, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.change_log import CHANGED, log_action, log_many
from crm.entities.custom_fields import custom_fields
from crm.entities.entity import Entity, Field
from crm.entities.names_and_codes import set_name
from crm.entities.record_saving import GONE, NOT_SEEN, Actor, check_version, discard, lock_for_update, stamp
from crm.entities.references import parts_of_any_kind, references_to
from crm.entities.registry import entities, entity_of, is_entity
from crm.entities.undo import (
    RecordedWork,
    UnrevertedRow,
    among,
    load_written_rows,
    model_of,
    recorded,
    take_back,
    unrevertable_rows,
)
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Attachment, FormerNumber, Merge
from crm.models.base import YIELDS
from crm.models.custom_values import is_custom, value_of, with_values
from crm.models.deletions import RESTORABLE_FOR
from crm.models.table_versions import invalidate

MAX_RECORDS, MAX_LISTED = 3, 100
MERGED, UNDONE = "merged", "unmerged"
EMPTY = (None, "")
STAYS = frozenset({"no_duplicates"})
"""Tables that say something of two records as they were."""
WRONG_NUMBER = N_("Please tick two or three to merge.")
OTHER_PARENTS = N_("They belong to different %(what)s. Please merge those first.")

Moved = list[tuple[Table, Column[Any], list[tuple[Any, ...]]]]
Before = Mapping[str, Any]
Settling = Callable[[Session, Any, Sequence[Any], Before, Actor], None]
"""A rule of the domain: what follows for the record that stays, and those that went into it; `Before` are its values
before."""
_settling: dict[str, list[Settling]] = {}
_settling_back: dict[str, list[Callable[[Session, Sequence[Any], Sequence[UnrevertedRow], Actor], None]]] = {}


def settled_after_merging(kind: str) -> Callable[[Settling], Settling]:
    def declare(rule: Settling) -> Settling:
        _settling.setdefault(kind, []).append(rule)
        return rule

    return declare


def settled_after_unmerging(kind: str) -> Callable[[Any], Any]:
    """Declare what follows for the records that are apart again, with what others changed meanwhile."""

    def declare(rule: Any) -> Any:
        _settling_back.setdefault(kind, []).append(rule)
        return rule

    return declare


def merged_fields(session: Session, kind: Entity) -> list[Field]:
    """The fields of which one value stays, the firm's own too; code, owner and what it belongs to are those of the
    record that stays."""
    columns = inspect(kind.model).column_attrs
    fixed = {"code", "pinyin", kind.owner, *(link.attribute for link in kind.belongs_to)}
    yielding = {index.info.get(YIELDS) for index in kind.model.__table__.indexes}
    declared = [f for f in kind if f.editable and f.attr in columns and f.attr not in fixed | yielding]
    return [*declared, *custom_fields(session, kind)]


def check_mergeable(session: Session, records: Sequence[Any], actor: Actor) -> Entity:
    """Whether these can be merged by this person. Raises DomainError, NotAllowed."""
    kind = entity_of(records[0])
    if not kind.mergeable:
        raise NotAllowed(policy.NO_RIGHT)
    if not 2 <= len(records) <= MAX_RECORDS:
        raise DomainError(WRONG_NUMBER)
    for record in records:
        policy.check(session, actor, policy.MERGE, record)
    columns = kind.model.__table__.columns
    for link in kind.belongs_to:
        if not columns[link.attribute].nullable and len({getattr(r, link.attribute) for r in records}) > 1:
            raise DomainError(OTHER_PARENTS, what=_plural(link.entity))
    return kind


def _plural(key: str) -> str:
    return next(kind.plural for kind in entities() if kind.key == key)


def moves_of(session: Session, kind: Entity, ids: Sequence[int]) -> Moved:
    """The rows that name the records, table by table."""
    moves: Moved = []
    for table, column in references_to(kind.model.__table__):
        if table.name not in STAYS:
            keys = session.execute(select(*table.primary_key.columns).where(column.in_(ids))).all()
            moves.append((table, column, [tuple(key) for key in keys]))
    for part in parts_of_any_kind():
        if part is not Merge:
            named = select(*part.__table__.primary_key.columns).where(part.kind == kind.key, part.record_id.in_(ids))
            keys = session.execute(named).all()
            moves.append((part.__table__, part.__table__.c.record_id, [tuple(key) for key in keys]))
    return [move for move in moves if move[2]]


def counts_of(session: Session, moves: Moved) -> list[list[Any]]:
    """(kind, how many) of the records and files among what moves, deleted ones aside."""
    counts: Counter[str] = Counter()
    for table, _column, keys in moves:
        model = model_of(table.name)
        if is_entity(model):
            alive = select(func.count()).where(model.id.in_([k[0] for k in keys]), model.deleted_at.is_(None))
            counts[entity_of(model).key] += session.scalar(alive) or 0
        elif model is Attachment:
            counts[table.name] += len(keys)
    return [[key, count] for key, count in counts.items() if count]


def merge(
    session: Session,
    survivor: Any,
    merged_records: Sequence[Any],
    chosen: Mapping[str, int],
    actor: Actor,
    opened_versions: Mapping[int, int],
) -> Merge:
    """Make them one. `chosen` maps fields to the record whose value stays, `opened_versions` records to the versions
    that the person saw.

    Raises NotAllowed out of reach, StaleRecord where somebody saved one of them first, DomainError, FieldError.
    """
    records = [survivor, *merged_records]
    for record in sorted(records, key=lambda r: int(r.id)):
        lock_for_update(session, record)
    kind = check_mergeable(session, records, actor)
    for record in records:
        check_version(record, opened_versions.get(record.id, NOT_SEEN))
    ids = [record.id for record in merged_records]
    by_id = {record.id: record for record in records}
    before = {f.attr: value_of(survivor, f.attr) for f in merged_fields(session, kind)}
    moves = moves_of(session, kind, ids)
    counts = counts_of(session, moves)
    with recorded(session) as work:
        for record in merged_records:
            discard(record, actor)
            stamp(record, actor)
        session.flush()
        _choose(session, survivor, merged_records, {key: by_id[id_] for key, id_ in chosen.items() if id_ in by_id})
        session.flush()
        _move(session, survivor, ids, moves, work, actor)
        stamp(survivor, actor)
        for id_ in ids:
            session.merge(FormerNumber(kind=kind.key, former_id=id_, record_id=survivor.id))
        for settle in _settling.get(kind.key, ()):
            settle(session, survivor, merged_records, before, actor)
        session.flush()
    merged = [[r.id, kind.name_of(r), getattr(r, "code", None)] for r in merged_records]
    row = Merge(at=actor.now, by_id=actor.user_id or None, kind=kind.key, record_id=survivor.id, merged=merged)
    row.counts, row.changes = counts, [change.to_json() for change in work.written()]
    session.add(row)
    names = ", ".join(name for _id, name, _code in merged)
    log_action(
        session, actor, MERGED, kind.key, survivor.id, kind.name_of(survivor), {MERGED: [names, kind.name_of(survivor)]}
    )
    session.flush()
    return row


def _choose(session: Session, survivor: Any, merged_records: Sequence[Any], chosen: Mapping[str, Any]) -> None:
    """Set the chosen values. Fields that the person did not choose (hidden from them, or without a difference) are
    filled where they are empty."""
    kind = entity_of(survivor)
    values = {}
    for field in merged_fields(session, kind):
        filled = (record for record in (survivor, *merged_records) if value_of(record, field.attr) not in EMPTY)
        values[field.attr] = value_of(chosen.get(field.key) or next(filled, survivor), field.attr)
    if hasattr(survivor, "pinyin") and kind.named in values:
        set_name(survivor, {kind.named: values.pop(kind.named)}, person=kind.person, key=kind.named)
    for attribute, value in values.items():
        if not is_custom(attribute) and getattr(survivor, attribute) != value:
            setattr(survivor, attribute, value)
    own = {attribute: value for attribute, value in values.items() if is_custom(attribute)}
    if own:
        survivor.custom = with_values(survivor.custom, own)


def _move(session: Session, survivor: Any, ids: Sequence[int], moves: Moved, work: RecordedWork, actor: Actor) -> None:
    for table, column, keys in moves:
        work.watch(table, keys)
        _yield(session, table, column, [survivor.id, *ids], work)
        _log(session, table, column, keys, survivor, actor)
        chosen = update(table).values({column.name: survivor.id})
        try:
            with session.begin_nested():
                for batch in in_batches(keys, 400):
                    session.execute(chosen.where(among(table, batch)))
        except IntegrityError:
            _move_one_by_one(session, table, chosen, keys)
        invalidate(session, table.name)
    session.expire_all()


def _move_one_by_one(session: Session, table: Table, chosen: Any, keys: Iterable[tuple[Any, ...]]) -> None:
    """What there may be only once stays with the record that goes, where the one that stays has its own."""
    for key in keys:
        try:
            with session.begin_nested():
                session.execute(chosen.where(among(table, [key])))
        except IntegrityError:
            continue


def _yield(session: Session, table: Table, column: Column[Any], ids: Sequence[int], work: RecordedWork) -> None:
    """Of several main contacts one is it afterwards: that of the record that stays, else the first."""
    for index in table.indexes:
        attribute = index.info.get(YIELDS)
        if attribute is None or column.name not in index.columns:
            continue
        order = {id_: number for number, id_ in enumerate(ids)}
        is_it = (column.in_(ids), table.c[attribute].is_(True), table.c.deleted_at.is_(None))
        rows = sorted(session.execute(select(table.c.id, column).where(*is_it)), key=lambda row: order[row[1]])
        other_keys = [(row[0],) for row in rows[1:]]
        work.watch(table, other_keys)
        session.execute(update(table).where(among(table, other_keys)).values({attribute: False}))


def _log(
    session: Session, table: Table, column: Column[Any], keys: Sequence[tuple[Any, ...]], survivor: Any, actor: Actor
) -> None:
    model = model_of(table.name)
    if not is_entity(model):
        return
    kind, attribute = entity_of(model), column.name
    records = session.scalars(select(model).where(model.id.in_([key[0] for key in keys])))
    rows = [(r.id, kind.name_of(r), {attribute: [getattr(r, attribute), survivor.id]}) for r in records]
    log_many(session, actor, CHANGED, kind.key, rows)


def merges_of(session: Session, record: Any, actor: Actor) -> list[Merge]:
    """What went into the record and can still be taken back, the last first."""
    statement = select(Merge).where(Merge.kind == entity_of(record).key, Merge.record_id == record.id)
    statement = statement.where(Merge.at > actor.now - RESTORABLE_FOR).order_by(Merge.at.desc(), Merge.id.desc())
    return list(session.scalars(statement))


def merges_seen(session: Session, kind: Entity, actor: Actor) -> list[tuple[Merge, Any]]:
    """The latest merges of the kind that the person can take back, each with the record that stayed."""
    reached = policy.reachable(kind, actor.rights, policy.MERGE).with_only_columns(kind.model.id)
    statement = select(Merge, kind.model).join(kind.model, kind.model.id == Merge.record_id)
    statement = statement.where(
        Merge.kind == kind.key, Merge.at > actor.now - RESTORABLE_FOR, Merge.record_id.in_(reached)
    )
    rows = session.execute(statement.order_by(Merge.at.desc(), Merge.id.desc()).limit(MAX_LISTED))
    return [(row[0], row[1]) for row in rows]


def get_merge_for(session: Session, actor: Actor, merge_id: int) -> tuple[Merge, Any]:
    """A merge with the record that stayed, where the person may see that. Raises NotFound."""
    row = session.get(Merge, merge_id)
    if row is None or row.at <= actor.now - RESTORABLE_FOR or row.kind not in {kind.key for kind in entities()}:
        raise NotFound(GONE)
    return row, policy.get_for(session, actor, row.kind, row.record_id)


def remaining_for(session: Session, actor: Actor, kind: str, former_id: int) -> int | None:
    """The number of the record into which the one of that number went, if the person may see it."""
    former = session.get(FormerNumber, (kind, former_id))
    if former is None or kind not in {kind_known.key for kind_known in entities()}:
        return None
    record_id = former.record_id
    try:
        policy.get_for(session, actor, kind, record_id)
    except NotFound:
        return None
    return record_id


def what_stays(session: Session, row: Merge) -> list[UnrevertedRow]:
    """What taking it back would leave, because somebody has changed it since."""
    return unrevertable_rows(session, load_written_rows(row.changes))


def undo_merge(session: Session, row: Merge, actor: Actor, opened_version: int | None) -> list[UnrevertedRow]:
    """Take it apart again, as far as nothing else has touched it since; what stays is returned.

    Raises NotAllowed out of reach, StaleRecord where it was saved after the person looked, DomainError where a later
    merge stands in the way.
    """
    session.refresh(row, with_for_update=True)
    survivor = policy.get_for(session, actor, row.kind, row.record_id)
    lock_for_update(session, survivor)
    policy.check(session, actor, policy.MERGE, survivor)
    check_version(survivor, opened_version)
    kind = entity_of(survivor)
    latest = merges_of(session, survivor, actor)
    if latest and latest[0].id != row.id:
        raise DomainError(N_("Something was merged into it later. Please undo that first."))
    unreverted = take_back(session, load_written_rows(row.changes), actor)
    records = [survivor, *(session.get(kind.model, id_) for id_, _name, _code in row.merged)]
    for settle in _settling_back.get(kind.key, ()):
        settle(session, [record for record in records if record is not None], unreverted, actor)
    names = ", ".join(name for _id, name, _code in row.merged)
    log_action(
        session, actor, UNDONE, kind.key, survivor.id, kind.name_of(survivor), {MERGED: [kind.name_of(survivor), names]}
    )
    session.delete(row)
    session.flush()
    return unreverted
