"""Verbs of contact records (R-1 to R-5): what is written follows into customer and schedule."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.contacts import check_contact
from crm.domain.customers.customers import change_level, refresh_idle
from crm.domain.platform.deletion import one_entry
from crm.domain.platform.recycle_bin import settled_after_restoring
from crm.domain.schedule.items import complete_plans, delete_item_of_record, put_record_into_schedule, reopen_plans
from crm.entities import policy
from crm.entities.lookups import Lookups
from crm.entities.record_saving import Actor, assign, check_version, discard, lock_for_update, stamp
from crm.entities.undo import UnrevertedRow
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import ContactRecord, Customer, Deletion, Permission, Rights
from crm.models.rights import BY_MAKER, Way, in_scope

PLAIN_KEYS = tuple(
    "contact_id contacted_at method_id content level_id"
    " next_contact_at next_plan add_to_schedule remind_by_email".split()
)
CONTACT_HOUR = 9
CLOCKS_DIFFER = timedelta(minutes=10)


def _corrected_by(rights: Rights) -> ColumnElement[bool]:
    """The maker corrects a record, or whoever's scope holds the maker, on a customer they may work with."""
    by_scope = in_scope(ContactRecord.created_by_id, rights, Permission.RECORDS_SAVE)
    return and_(ContactRecord.seen_by(rights, Permission.RECORDS_SAVE), by_scope)


def _ways_to_correct(rights: Rights) -> tuple[Way, ...]:
    return (Way(BY_MAKER, _corrected_by(rights)),)


policy.declare_action("records", policy.CHANGE, Permission.RECORDS_SAVE, reached=_corrected_by, ways=_ways_to_correct)


def next_contact_by_level(days: int | None, contacted_at: datetime, actor: Actor) -> datetime | None:
    """The contact's day plus the level's days, at 09:00; None for a level without days (R-2).

    A level of no days means the next 09:00: the same day's may lie before the contact already.
    """
    if days is None:
        return None
    day = clock.day_of(contacted_at, actor.zone) + timedelta(days=days)
    planned = clock.at_hour(day, CONTACT_HOUR, actor.zone)
    return planned if planned >= contacted_at else clock.at_hour(day + timedelta(days=1), CONTACT_HOUR, actor.zone)


def next_contact_of_level(
    session: Session, level_id: int | None, customer: Customer | None, contacted_at: datetime, actor: Actor
) -> datetime | None:
    """The next contact by the record's level; one left empty is the customer's."""
    level_id = level_id or (customer.level_id if customer is not None else None)
    if level_id is None:
        return None
    level = Lookups(session).levels.by_id.get(level_id)
    return next_contact_by_level(level.days, contacted_at, actor) if level is not None else None


def save_contact_record(
    session: Session,
    record: ContactRecord | None,
    customer: Customer,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> ContactRecord:
    """Make or change a record; customer and schedule follow (R-2 to R-4, R-6).

    `values` hold, besides the record's own, the numbers of the schedule items that were `offered` to be completed by
    it and of those that it `completes`.

    Raises NotAllowed out of reach, FieldError for a contact of another customer, a time in the
    future, or a next contact that lies before this one.
    """
    policy.check_save(session, actor, "records", record, customer)
    is_new = record is None
    record = record or ContactRecord(customer_id=customer.id)
    check_version(record, opened_version)
    level_before = customer.level_id
    if not is_new:
        _revert_customer_values(session, customer, record)
    assign(record, values, PLAIN_KEYS)
    _check(session, customer, record, actor)
    if record.next_contact_at is None:
        record.next_contact_at = next_contact_of_level(session, record.level_id, customer, record.contacted_at, actor)
    stamp(record, actor)
    if is_new:
        session.add(record)
    session.flush()
    if is_new:
        complete_plans(session, record, actor, values.get("offered") or (), values.get("completes") or ())
    apply_newest_record(session, customer, actor)
    _note_level(session, customer, level_before, actor)
    put_record_into_schedule(session, record, customer, actor, is_new)
    session.flush()
    return record


def delete_contact_record(session: Session, record: ContactRecord, actor: Actor) -> None:
    """Delete under K-3's rule and put the customer back to what the other records say (R-4).

    Raises NotAllowed with the reason, also out of reach.
    """
    lock_for_update(session, record)
    policy.check(session, actor, policy.DELETE, record)
    customer = session.get_one(Customer, record.customer_id)
    level_before = customer.level_id
    with one_entry(session, record, actor):
        _revert_customer_values(session, customer, record)
        discard(record, actor)
        delete_item_of_record(session, record, actor)
        reopen_plans(session, record, actor)
        session.flush()
        apply_newest_record(session, customer, actor)
        _note_level(session, customer, level_before, actor)
        session.flush()


@settled_after_restoring("records")
def _count_again(
    session: Session, record: ContactRecord, entry: Deletion, unreverted: Sequence[UnrevertedRow], actor: Actor
) -> None:
    """Where others wrote records meanwhile, the customer shows what the newest of all says (R-4)."""
    if unreverted:
        customer = session.get_one(Customer, record.customer_id)
        level_before = customer.level_id
        apply_newest_record(session, customer, actor)
        _note_level(session, customer, level_before, actor)


def last_method(session: Session, actor: Actor) -> int | None:
    """The way of contact that the person used last (R-6)."""
    record = ContactRecord
    own_records = select(record.method_id).where(record.created_by_id == actor.user_id, record.deleted_at.is_(None))
    return session.scalar(own_records.order_by(record.contacted_at.desc(), record.id.desc()).limit(1))


def newest_record(session: Session, customer: Customer, other_than: int | None = None) -> ContactRecord | None:
    return session.scalars(_NEWEST, {"customer": customer.id, "other": other_than or 0}).first()


_NEWEST = (
    select(ContactRecord)
    .where(ContactRecord.customer_id == bindparam("customer"), ContactRecord.deleted_at.is_(None))
    .where(ContactRecord.id != bindparam("other"))
    .order_by(ContactRecord.contacted_at.desc(), ContactRecord.id.desc())
    .limit(1)
)
"""Made once: each saved record asks it."""


def _note_level(session: Session, customer: Customer, before: int | None, actor: Actor) -> None:
    """One line in the ledger for what a record changed in the end, however it came about (C-9)."""
    after, customer.level_id = customer.level_id, before
    change_level(session, customer, after, actor)


def _revert_customer_values(session: Session, customer: Customer, record: ContactRecord) -> None:
    """Undo what the record changed in the customer, unless somebody changed it by hand since (R-4)."""
    after = _successor(session, customer, record)
    if after is not None:
        _hand_replaced_values_to(record, after)
        return
    planned = record.next_contact_at is not None or record.next_contact_before is not None
    if planned and customer.next_contact_at == record.next_contact_at:
        customer.next_contact_at = record.next_contact_before
    if record.level_id is not None and customer.level_id == record.level_id:
        customer.level_id = record.level_before_id
    newest = newest_record(session, customer, other_than=record.id)
    customer.last_contact_at = newest.contacted_at if newest else None
    record.level_before_id = record.next_contact_before = None


def apply_newest_record(session: Session, customer: Customer, actor: Actor) -> None:
    """Apply the newest record's level and next contact to the customer (R-4).

    One that plans no next contact leaves a date to come as it is (R-2); what was planned for its own day, or before,
    has taken place by it.
    """
    newest = newest_record(session, customer)
    customer.last_contact_at = newest.contacted_at if newest else None
    if newest is not None:
        if _changes_plan(customer, newest, actor):
            newest.next_contact_before = customer.next_contact_at
            customer.next_contact_at = newest.next_contact_at
        if newest.level_id is not None and customer.level_id != newest.level_id:
            newest.level_before_id = customer.level_id
            customer.level_id = newest.level_id
    refresh_idle(customer)


def _changes_plan(customer: Customer, newest: ContactRecord, actor: Actor) -> bool:
    """Whether the next contact is another one by the record than the customer's is now."""
    planned = customer.next_contact_at
    if newest.next_contact_at is not None or planned is None:
        return newest.next_contact_at != planned
    return clock.day_of(planned, actor.zone) <= clock.day_of(newest.contacted_at, actor.zone)


def _successor(session: Session, customer: Customer, record: ContactRecord) -> ContactRecord | None:
    """The record that came next after this one, by contact time."""
    later = select(ContactRecord).where(
        ContactRecord.customer_id == customer.id,
        ContactRecord.deleted_at.is_(None),
        ContactRecord.id != record.id,
        ContactRecord.contacted_at >= record.contacted_at,
    )
    oldest_first = (ContactRecord.contacted_at, ContactRecord.id)
    return session.scalars(later.order_by(*oldest_first).limit(1)).first()


def _hand_replaced_values_to(record: ContactRecord, after: ContactRecord) -> None:
    """A record in the middle is deleted: the one after it takes over the values that it had replaced."""
    if after.next_contact_before == record.next_contact_at:
        after.next_contact_before = record.next_contact_before
    if after.level_before_id == record.level_id:
        after.level_before_id = record.level_before_id


def _check(session: Session, customer: Customer, record: ContactRecord, actor: Actor) -> None:
    check_contact(session, record.contact_id, customer.id)
    check_contacted(record.contacted_at, actor.now)
    check_next(record.contacted_at, record.next_contact_at)


def check_contacted(contacted_at: datetime, now: datetime) -> None:
    if contacted_at > now + CLOCKS_DIFFER:
        raise FieldError("contacted_at", N_("The contact time is in the future. Plan it as the next contact instead."))


def check_next(contacted_at: datetime, next_contact_at: datetime | None) -> None:
    if next_contact_at is not None and next_contact_at < contacted_at:
        raise FieldError("next_contact_at", N_("The next contact is before this one. Please check the date."))
