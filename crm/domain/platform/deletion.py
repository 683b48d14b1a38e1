"""Deleting a record of any kind with what belongs to it, and bringing it back (A-10, C-8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.entity import BelongsTo, Entity, OnDelete
from crm.entities.record_saving import GONE, Actor, discard, lock_for_update, stamp
from crm.entities.registry import belonging_to, entity, entity_of
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer, User
from crm.models.rights import in_scope

TAKEN = N_("Another one has taken the place of %(name)s meanwhile. Delete that one first, or keep it.")


def belongings(session: Session, record: Any) -> dict[str, list[Any]]:
    """Kind → the records that go into the recycle bin together with this one, those of its own belongings too."""
    found: dict[str, list[Any]] = {}
    _collect(session, record, found)
    return found


def _collect(session: Session, record: Any, found: dict[str, list[Any]]) -> None:
    for kind, link in belonging_to(entity_of(record).key):
        if link.on_delete is not OnDelete.GOES_ALONG:
            continue
        wanted = _theirs(kind, link, record)
        wanted = wanted.where(link.deletable()) if link.deletable else wanted
        known = found.setdefault(kind.key, [])
        fresh = [part for part in session.scalars(wanted) if part not in known]
        known.extend(fresh)
        if any(on.on_delete is OnDelete.GOES_ALONG for _kind, on in belonging_to(kind.key)):
            for part in fresh:
                _collect(session, part, found)


def _theirs(kind: Entity, link: BelongsTo, record: Any) -> Select[Any]:
    model = kind.model
    return select(model).where(getattr(model, link.attribute) == record.id, model.deleted_at.is_(None))


@policy.guard(policy.EVERY_KIND, policy.DELETE)
def _forbidden_by_what_belongs_to_it(session: Session, record: Any, actor: Actor) -> DomainError | None:
    """Some belongings keep a record: a customer has orders."""
    found = [(kind, link) for kind, link in belonging_to(entity_of(record).key) if link.on_delete is OnDelete.FORBIDS]
    if not found:
        return None
    counts = (_theirs(kind, link, record).with_only_columns(func.count()).scalar_subquery() for kind, link in found)
    told = zip(session.execute(select(*counts)).one(), found, strict=True)
    return next((DomainError(link.refusal, count=count) for count, (_kind, link) in told if count), None)


def delete_record(session: Session, record: Any, actor: Actor) -> None:
    """To the recycle bin, with what belongs to it (A-10).

    Raises NotAllowed for who may not, DomainError where something that belongs to it forbids it.
    """
    lock_for_update(session, record)
    policy.check(session, actor, policy.DELETE, record)
    for part in [record, *(part for parts in belongings(session, record).values() for part in parts)]:
        discard(part, actor)
        stamp(part, actor)
    session.flush()


@policy.guard("customers", policy.DELETE)
def _each_part_deletable(session: Session, customer: Customer, actor: Actor) -> DomainError | None:
    """Other than an administrator, only who could delete each contact and record of a customer may delete it (C-8)."""
    if actor.rights.administrator:
        return None
    worst = (_least_deletable(session, model, customer, actor) for model in (Contact, ContactRecord))
    if any(part and policy.guarded(session, actor, policy.DELETE, part) is not None for part in worst):
        return NotAllowed(N_("It has contacts or records that you may not delete. Please ask an administrator."))
    return None


def _least_deletable(session: Session, model: Any, customer: Customer, actor: Actor) -> Any:
    """If this one can be deleted, all can (K-3): what somebody else made comes first, else the oldest."""
    wanted = select(model).where(model.customer_id == customer.id, model.deleted_at.is_(None))
    theirs_first = case((model.created_by_id == actor.user_id, 1), else_=0)
    return session.scalars(wanted.order_by(theirs_first, model.created_at).limit(1)).first()


def restore_record(session: Session, record: Any, actor: Actor) -> int:
    """Bring a deleted record back with all that was deleted together with it; how many records those are.

    Raises DomainError where it was not deleted, where what it belongs to is itself deleted (that comes
    back first), or where another one stands in its place (the target of a person and year).
    """
    if record.deleted_at is None:
        raise DomainError(N_("It was not deleted."))
    for link in entity_of(record).belongs_to:
        above = session.get(entity(link.entity).model, getattr(record, link.attribute) or 0)
        if above is not None and above.deleted_at is not None and link.on_delete is OnDelete.GOES_ALONG:
            raise DomainError(
                N_("It belongs to %(name)s, which is deleted too. Please bring that back first."),
                name=entity(link.entity).name_of(above),
            )
    moment = record.deleted_at
    together = [record, *_deleted_with(session, record, moment)]
    try:
        with session.begin_nested():
            for part in together:
                part.deleted_at = part.deleted_by_id = None
                stamp(part, actor)
            session.flush()
    except IntegrityError as error:
        raise DomainError(TAKEN, name=entity_of(record).name_of(record)) from error
    return len(together)


def _deleted_with(session: Session, record: Any, moment: datetime) -> list[Any]:
    found: list[Any] = []
    for kind, link in belonging_to(entity_of(record).key):
        if link.on_delete is OnDelete.GOES_ALONG:
            model = kind.model
            wanted = select(model).where(getattr(model, link.attribute) == record.id, model.deleted_at == moment)
            for part in session.scalars(wanted):
                found += [part, *_deleted_with(session, part, moment)]
    return list(dict.fromkeys(found))


def get_deleted_for(session: Session, actor: Actor, kind: Entity, record_id: int) -> Any:
    """A deleted record that the person may bring back. Raises NotFound where there is none within their reach."""
    record = session.get(kind.model, record_id)
    if record is None or record.deleted_at is None or not _could_reach(session, actor, kind, record):
        raise NotFound(GONE)
    return record


def _could_reach(session: Session, actor: Actor, kind: Entity, record: Any) -> bool:
    """Who deleted it may bring it back, and whose right to change reaches its owner."""
    permission = policy.permission_for(kind, policy.RESTORE)
    if not actor.rights.may(permission):
        return False
    if record.deleted_by_id == actor.user_id:
        return True
    owners = select(User.id).where(in_scope(User.id, actor.rights, permission))
    owner = getattr(record, kind.owner) if kind.owner else record.created_by_id
    return session.scalar(owners.where(User.id == owner)) is not None
