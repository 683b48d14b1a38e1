"""Deleting a record of any kind with what belongs to it: one entry of the recycle bin (A-10, C-8)."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.entity import BelongsTo, Entity, OnDelete
from crm.entities.record_saving import Actor, discard, lock_for_update, stamp
from crm.entities.registry import belonging_to, entity_of, is_entity
from crm.entities.undo import CHANGED, WrittenRow, is_recorded, model_of, recorded
from crm.errors import DomainError, NotAllowed
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer, Deletion

_ENTRIES = "crm_deletions"
_BATCH = "crm_deletion_batch"


def dependent_records(session: Session, record: Any) -> dict[str, list[Any]]:
    """Kind → the records that go into the recycle bin together with this one, those of its own belongings too."""
    dependents: dict[str, list[Any]] = {}
    _collect(session, record, dependents)
    return dependents


def _collect(session: Session, record: Any, dependents: dict[str, list[Any]]) -> None:
    for kind, link in belonging_to(entity_of(record).key):
        if link.on_delete is not OnDelete.GOES_ALONG:
            continue
        statement = _dependents(kind, link, record)
        statement = statement.where(link.deletable()) if link.deletable else statement
        known = dependents.setdefault(kind.key, [])
        new_parts = [part for part in session.scalars(statement) if part not in known]
        known.extend(new_parts)
        if any(on.on_delete is OnDelete.GOES_ALONG for _kind, on in belonging_to(kind.key)):
            for part in new_parts:
                _collect(session, part, dependents)


def _dependents(kind: Entity, link: BelongsTo, record: Any) -> Select[Any]:
    model = kind.model
    return select(model).where(getattr(model, link.attribute) == record.id, model.deleted_at.is_(None))


@policy.guard(policy.EVERY_KIND, policy.DELETE)
def _forbidden_by_what_belongs_to_it(session: Session, record: Any, actor: Actor) -> DomainError | None:
    """Some dependents prevent deleting: a customer with orders stays."""
    links = [(kind, link) for kind, link in belonging_to(entity_of(record).key) if link.on_delete is OnDelete.FORBIDS]
    if not links:
        return None
    counts = (_dependents(kind, link, record).with_only_columns(func.count()).scalar_subquery() for kind, link in links)
    counted_links = zip(session.execute(select(*counts)).one(), links, strict=True)
    return next((DomainError(link.refusal, count=count) for count, (_kind, link) in counted_links if count), None)


def delete_record(session: Session, record: Any, actor: Actor) -> None:
    """To the recycle bin, with what belongs to it (A-10).

    Raises NotAllowed for who may not, DomainError where something that belongs to it forbids it.
    """
    lock_for_update(session, record)
    policy.check(session, actor, policy.DELETE, record)
    with one_entry(session, record, actor):
        for part in [record, *(part for parts in dependent_records(session, record).values() for part in parts)]:
            discard(part, actor)
            stamp(part, actor)
        session.flush()


@contextmanager
def one_entry(session: Session, record: Any, actor: Actor, offered: bool = True) -> Iterator[None]:
    """All that is deleted within is one entry of the recycle bin, under the name of this record.

    Whatever else is written within goes back with it. `offered`: whether the message of this request offers that; not
    where somebody did something else, and the deletion follows from it.
    """
    if is_recorded(session):
        yield
        return
    kind = entity_of(record)
    customer = customer_of(session, record)
    with recorded(session) as work:
        yield
    written = work.written()
    counts = Counter(_kind_key(row) for row in deleted_rows(written))
    if not counts:
        return
    counts[kind.key] -= 1
    entry = Deletion(kind=kind.key, record_id=record.id, counts=[[key, n] for key, n in counts.items() if n > 0])
    entry.name = (kind.name_of(record) or getattr(record, "code", ""))[:200]
    entry.customer_name = customer.name if customer is not None else None
    entry.owner_id = owner_id_of(record, customer)
    add_entry(session, entry, written, actor, offered)


def add_entry(
    session: Session, entry: Deletion, written: Sequence[WrittenRow], actor: Actor, offered: bool = True
) -> None:
    """Put an entry into the recycle bin, with all that the deletion wrote."""
    entry.at, entry.by_id = actor.now, actor.user_id or None
    entry.batch = session.info.get(_BATCH)
    entry.changes = [change.to_json() for change in written]
    session.add(entry)
    session.flush()
    if offered:
        session.info.setdefault(_ENTRIES, []).append(entry.id)


@contextmanager
def deleted_together(session: Session, batch: str) -> Iterator[None]:
    """What is deleted within is one line of the recycle bin's list, by this name; in whichever transaction."""
    session.info[_BATCH] = batch
    try:
        yield
    finally:
        session.info.pop(_BATCH, None)


def new_batch() -> str:
    return secrets.token_hex(16)


def entries_made(session: Session) -> list[int]:
    """The entries that this request has made, which its message offers to bring back. Asking clears them."""
    return list(session.info.pop(_ENTRIES, ()))


def deleted_rows(written: Sequence[WrittenRow]) -> list[WrittenRow]:
    """The rows that a deletion marked as deleted, of all that it wrote."""
    return [
        row
        for row in written
        if row.operation == CHANGED and row.values.get("deleted_at", (1,))[0] is None and is_entity(model_of(row.table))
    ]


def _kind_key(row: WrittenRow) -> str:
    return entity_of(model_of(row.table)).key


def customer_of(session: Session, record: Any) -> Customer | None:
    """The customer that a record belongs to, if it does."""
    link = entity_of(record).parent("customers")
    return session.get(Customer, getattr(record, link.attribute) or 0) if link is not None else None


def owner_id_of(record: Any, customer: Customer | None) -> int | None:
    """Whose the record is: its owner's, or its customer's owner's."""
    owner = entity_of(record).owner
    owner_id: int | None = getattr(record, owner) if owner else customer.owner_id if customer is not None else None
    return owner_id


@policy.guard("customers", policy.DELETE)
def _each_part_deletable(session: Session, customer: Customer, actor: Actor) -> DomainError | None:
    """Other than an administrator, only who could delete each contact and record of a customer may delete it (C-8)."""
    if actor.rights.administrator:
        return None
    worst = (_least_deletable(session, model, customer, actor) for model in (Contact, ContactRecord))
    if any(part and policy.guard_refusal(session, actor, policy.DELETE, part) is not None for part in worst):
        return NotAllowed(N_("It has contacts or records that you may not delete. Please ask an administrator."))
    return None


def _least_deletable(session: Session, model: Any, customer: Customer, actor: Actor) -> Any:
    """If this one can be deleted, all can (K-3): what somebody else made comes first, else the oldest."""
    statement = select(model).where(model.customer_id == customer.id, model.deleted_at.is_(None))
    theirs_first = case((model.created_by_id == actor.user_id, 1), else_=0)
    return session.scalars(statement.order_by(theirs_first, model.created_at).limit(1)).first()
