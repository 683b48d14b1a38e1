"""The recycle bin: who sees which entries, bringing back, asking about places that were taken meanwhile (A-10)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, Text, and_, cast, false, func, or_, select, text, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from crm.domain.platform.deletion import delete_record, deleted_rows
from crm.entities import policy
from crm.entities.entity import Entity, OnDelete
from crm.entities.record_saving import GONE, Actor
from crm.entities.registry import entities, entity, entity_of
from crm.entities.undo import UnrevertedRow, WrittenRow, load_written_rows, model_of, take_back
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Attachment, Deletion, Merge, Permission, Rights
from crm.models.attachments import ATTACHMENTS
from crm.models.base import YIELDS
from crm.models.rights import in_scope

BELONGS_TO_DELETED = N_("It belongs to %(name)s, which has also been deleted. Please restore that first.")
TAKEN = N_("Another record has taken the place of %(name)s in the meantime. Delete that one first, or keep it.")


def entries_seen(rights: Rights) -> Select[Any]:
    """The entries that the page shows: of kinds one may view, within the reach of both rights."""
    return select(Deletion).where(_is_seen(rights))


def _is_seen(rights: Rights) -> ColumnElement[bool]:
    return or_(false(), *(_seen_of(kind, rights) for kind in entities()))


def _of_kind(kind: Entity) -> ColumnElement[bool]:
    """Entries of records of the kind, and of files that hung on such."""
    files = select(Attachment.id).where(Attachment.kind == kind.key)
    return or_(Deletion.kind == kind.key, and_(Deletion.kind == ATTACHMENTS, Deletion.record_id.in_(files)))


def _seen_of(kind: Entity, rights: Rights) -> ColumnElement[bool]:
    if not policy.may(rights, kind, policy.VIEW):
        return false()
    reach = or_(
        in_scope(Deletion.owner_id, rights, Permission.BIN_VIEW), in_scope(Deletion.by_id, rights, Permission.BIN_VIEW)
    )
    own = Deletion.by_id == rights.user_id
    return and_(_of_kind(kind), or_(own, and_(reach, _within(kind, rights, policy.VIEW))))


def _within(kind: Entity, rights: Rights, action: str) -> ColumnElement[bool]:
    """The right to the action reaches whose it was; what was nobody's is everybody's who may, or the pool's."""
    if not kind.owner and kind.parent("customers") is None:
        return true()
    owned, *pooled = policy.permissions_for(kind, action)
    reached = in_scope(Deletion.owner_id, rights, owned)
    return or_(reached, Deletion.owner_id.is_(None)) if any(map(rights.may, pooled)) else reached


def lines_seen(rights: Rights) -> Select[Any]:
    """The entries that the list shows: of those that were deleted at once the first one that is seen."""
    first = select(func.min(Deletion.id)).where(Deletion.batch.is_not(None), _is_seen(rights)).group_by(Deletion.batch)
    return entries_seen(rights).where(or_(Deletion.batch.is_(None), Deletion.id.in_(first.correlate(None))))


def with_batches(session: Session, ids: Sequence[int], rights: Rights) -> list[int]:
    """The entries of these lines: those that were deleted at once with one of them too, as far as they are seen."""
    batches = select(Deletion.batch).where(Deletion.id.in_(ids), Deletion.batch.is_not(None)).distinct()
    statement = entries_seen(rights).where(or_(Deletion.id.in_(ids), Deletion.batch.in_(batches.correlate(None))))
    return list(session.scalars(statement.with_only_columns(Deletion.id).order_by(Deletion.id)))


def batch_of(session: Session, actor: Actor, batch: str) -> list[int]:
    """The entries of a batch that the person sees, or made themselves."""
    entries = entries_seen(actor.rights) if actor.rights.may(Permission.BIN_VIEW) else _made_by(actor.rights)
    return list(
        session.scalars(entries.where(Deletion.batch == batch).with_only_columns(Deletion.id).order_by(Deletion.id))
    )


_other = aliased(Deletion)
SIZE = select(func.count()).where(_other.batch == Deletion.batch).correlate(Deletion).scalar_subquery()
"""How many entries were deleted at once with it, itself among them; 0 for one alone."""
ALL_COUNTS = (
    select(func.aggregate_strings(cast(_other.counts, Text), " "))
    .where(_other.batch == Deletion.batch)
    .correlate(Deletion)
    .scalar_subquery()
)
"""The counts of all of them, one behind the other."""


def summed_counts(counts: Sequence[Sequence[Any]], others: str | None) -> list[tuple[str, int]]:
    """(kind, how many) went along with an entry, or with all that were deleted at once."""
    totals: Counter[str] = Counter()
    for entry_counts in _several(others) if others else [counts]:
        for key, count in entry_counts:
            totals[key] += count
    return list(totals.items())


def _several(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += 1


def get_entry_for(session: Session, actor: Actor, entry_id: int) -> Deletion:
    """An entry that the person sees, or made themselves. Raises NotFound."""
    entries = entries_seen(actor.rights) if actor.rights.may(Permission.BIN_VIEW) else _made_by(actor.rights)
    entry: Deletion | None = session.scalars(entries.where(Deletion.id == entry_id)).first()
    if entry is None:
        raise NotFound(GONE)
    return entry


def _made_by(rights: Rights) -> Select[Any]:
    return select(Deletion).where(Deletion.by_id == rights.user_id)


def entry_of(session: Session, record: Any) -> Deletion:
    """The entry under the record's name. Raises DomainError where it was not deleted by itself."""
    kind = entity_of(record).key
    statement = select(Deletion).where(Deletion.kind == kind, Deletion.record_id == record.id)
    entry: Deletion | None = session.scalars(statement.order_by(Deletion.id.desc())).first()
    if entry is None:
        raise DomainError(N_("It was not deleted."))
    return entry


def why_not_restored(session: Session, entry: Deletion, actor: Actor) -> DomainError | None:
    """Whoever deleted it may bring it back, and so may people whose right to change reaches its owner."""
    kind = subject_of(session, entry)
    if kind is None or not policy.may(actor.rights, kind, policy.RESTORE):
        return NotAllowed(policy.NO_RIGHT)
    if entry.by_id == actor.user_id:
        return None
    reached = select(Deletion.id).where(Deletion.id == entry.id, _within(kind, actor.rights, policy.RESTORE))
    return None if session.scalar(reached) is not None else NotAllowed(policy.OUT_OF_REACH)


def kind_of(entry: Deletion | Merge) -> Entity | None:
    """None for a kind that was taken out of the program since."""
    return next((kind for kind in entities() if kind.key == entry.kind), None)


def file_of(session: Session, entry: Deletion) -> Attachment | None:
    """The attachment that an entry is of; None for an entry of a record, and for a file that went for good."""
    return session.get(Attachment, entry.record_id) if entry.kind == ATTACHMENTS else None


def subject_of(session: Session, entry: Deletion) -> Entity | None:
    """The kind of the deleted record, or of that on which the deleted file hung."""
    if entry.kind != ATTACHMENTS:
        return kind_of(entry)
    file = file_of(session, entry)
    return next((kind for kind in entities() if file is not None and kind.key == file.kind), None)


@dataclass(frozen=True)
class Question:
    """What must be decided before it can come back; `values` fill in the message.

    The answer stands under `key`: the word itself that it may be so.
    """

    key: str
    message: str
    values: Mapping[str, Any]


class Undecided(DomainError):
    """Something took the record's place meanwhile, and the person has not yet answered what to do about it."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__(N_("Something has taken its place in the meantime. Please decide."))
        self.questions = list(questions)


Asking = Callable[[Session, Any], Question | None]
"""A rule of the domain: what to ask before this deleted record comes back."""
Settling = Callable[[Session, Any, Deletion, Sequence[UnrevertedRow], Actor], None]
"""A rule of the domain: what follows when this record of an entry is back. The rows are those that others changed
meanwhile."""
_asking: dict[str, list[Asking]] = {}
_settling: dict[str, list[Settling]] = {}


def asked_before_restoring(kind: str) -> Callable[[Asking], Asking]:
    def declare(rule: Asking) -> Asking:
        _asking.setdefault(kind, []).append(rule)
        return rule

    return declare


def settled_after_restoring(kind: str) -> Callable[[Settling], Settling]:
    """Declare a rule of the kind, or of `policy.EVERY_KIND`."""

    def declare(rule: Settling) -> Settling:
        _settling.setdefault(kind, []).append(rule)
        return rule

    return declare


def records_of(session: Session, entry: Deletion) -> list[Any]:
    """The deleted records of an entry that are still in the bin, the one that names it first."""
    records = [session.get(model_of(row.table), row.key) for row in deleted_rows(load_written_rows(entry.changes))]
    deleted = [record for record in records if record is not None and record.deleted_at is not None]
    return sorted(deleted, key=lambda r: (entity_of(r).key, r.id) != (entry.kind, entry.record_id))


def questions_of(session: Session, entry: Deletion) -> list[Question]:
    """The questions about places that others took meanwhile, for the records of the entry."""
    return [question for record in records_of(session, entry) for question in _questions_about(session, record)]


def _questions_about(session: Session, record: Any) -> Iterator[Question]:
    for holder in _in_its_place(session, record):
        kind = entity_of(record)
        yield Question(
            f"replace-{kind.key}-{record.id}-{holder.id}",
            N_("%(what)s “%(name)s” has taken its place. Move that one to the recycle bin and restore this one."),
            {"what": kind.label, "name": kind.name_of(holder)},
        )
    questions = (rule(session, record) for rule in _asking.get(entity_of(record).key, ()))
    yield from (question for question in questions if question is not None)


def _in_its_place(session: Session, record: Any) -> list[Any]:
    """Records that hold what may be only once among those that are not deleted (the target of a person and year)."""
    return [holder for index, holder in _holders(session, record) if YIELDS not in index.info]


def _yield_to_others(session: Session, record: Any) -> None:
    """Who comes back and finds another main contact is the main one no more."""
    for index, _holder in _holders(session, record):
        if YIELDS in index.info:
            setattr(record, index.info[YIELDS], False)


def _holders(session: Session, record: Any) -> list[tuple[Index, Any]]:
    model, holders = type(record), []
    dialect = session.get_bind().dialect.name
    for index in model.__table__.indexes:
        where = index.dialect_options[dialect].get("where")
        if not index.unique or where is None:
            continue
        once_back = text(str(where).replace("deleted_at IS NULL", "deleted_at IS NOT NULL"))
        if session.scalar(select(model.id).where(model.id == record.id, once_back)) is None:
            continue
        same_values = [column == getattr(record, column.key) for column in index.columns]
        other_records = session.scalars(select(model).where(*same_values, where, model.id != record.id))
        holders += [(index, holder) for holder in other_records]
    return holders


def restore(session: Session, entry: Deletion, actor: Actor, answers: Sequence[str] = ()) -> list[UnrevertedRow]:
    """Bring back all of the entry, where it was; `answers` are the keys of the questions that were said yes to.

    Returns what others have changed since and stays so. Raises NotAllowed, Undecided, DomainError where what it belongs
    to is itself deleted.
    """
    session.refresh(entry, with_for_update=True)
    refusal = why_not_restored(session, entry, actor)
    if refusal is not None:
        raise refusal
    records = records_of(session, entry)
    if records:
        _check_above(session, records[0])
    _check_record_of_file(session, entry)
    refusals = (policy.guard_refusal(session, actor, policy.RESTORE, record) for record in records)
    for refusal in filter(None, refusals):
        raise refusal
    questions = questions_of(session, entry)
    if any(question.key not in answers for question in questions):
        raise Undecided(questions)
    written = load_written_rows(entry.changes)
    try:
        with session.begin_nested():
            for holder in [holder for record in records for holder in _in_its_place(session, record)]:
                delete_record(session, holder, actor)
            unreverted = _taken_back(session, entry, records, written, actor)
    except IntegrityError as error:
        raise DomainError(TAKEN, name=entry.name) from error
    return unreverted


def _taken_back(
    session: Session, entry: Deletion, records: Sequence[Any], written: Sequence[WrittenRow], actor: Actor
) -> list[UnrevertedRow]:
    for record in records:
        _yield_to_others(session, record)
    unreverted = take_back(session, written, actor)
    for record in records:
        rules = (rule for kind in (entity_of(record).key, policy.EVERY_KIND) for rule in _settling.get(kind, ()))
        for settle in rules:
            settle(session, record, entry, unreverted, actor)
    session.delete(entry)
    session.flush()
    return unreverted


def _check_record_of_file(session: Session, entry: Deletion) -> None:
    """A file comes back to a record that is there."""
    file = file_of(session, entry)
    if file is None:
        return
    kind = entity(file.kind)
    record = session.get(kind.model, file.record_id)
    if record is None or record.deleted_at is not None:
        name = kind.name_of(record) if record is not None else entry.customer_name
        raise DomainError(BELONGS_TO_DELETED, name=name)


def _check_above(session: Session, record: Any) -> None:
    for link in entity_of(record).belongs_to:
        above = session.get(entity(link.entity).model, getattr(record, link.attribute) or 0)
        if above is not None and above.deleted_at is not None and link.on_delete is not OnDelete.STAYS:
            raise DomainError(BELONGS_TO_DELETED, name=entity(link.entity).name_of(above))
