"""Verbs of the schedule (S-2 to S-4, R-3): only whom an item belongs to, or who made it, may change it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, or_, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.platform.deletion import one_entry
from crm.domain.platform.recycle_bin import settled_after_restoring
from crm.domain.schedule import invitations, series
from crm.domain.schedule.participants import check_participants, participants, set_participants
from crm.domain.schedule.reminders import mark_reminders_done
from crm.domain.schedule.repetition import second_occurrence
from crm.domain.schedule.whole_days import settle_days
from crm.entities import policy
from crm.entities.record_saving import Actor, assign, check_version, discard, stamp
from crm.entities.undo import UnrevertedRow
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import ContactRecord, Customer, Deletion, Permission, Rights, ScheduleItem
from crm.models.schedule import FOLLOWING

COMPLETE = "complete"
TOLD_OF_CANCELLING = ("schedule", "records")
PLAIN_KEYS = tuple("title content starts_at ends_at all_day customer_id remind_minutes".split())
COMPLETED = "completed"
"""In a record's `info`: the plans that it completed."""
MAX_OFFERED = 10
"""So many due items a record offers to complete."""
MAX_DURATION = timedelta(days=92)
"""How long one item may last; a list of some days then needs to look back no further."""


def _is_ones_own(rights: Rights, item: ScheduleItem) -> bool:
    """Colleagues in one's scope are seen, but their schedule is theirs."""
    return rights.user_id in (item.owner_id, item.created_by_id)


def _is_own(rights: Rights) -> ColumnElement[bool]:
    is_own = or_(ScheduleItem.owner_id == rights.user_id, ScheduleItem.created_by_id == rights.user_id)
    return and_(ScheduleItem.deleted_at.is_(None), is_own)


def _done(refusal: str) -> policy.Guard:
    """A completed item cannot be changed (S-3, S-4)."""

    def guard(session: Session, item: ScheduleItem, actor: Actor) -> DomainError | None:
        return NotAllowed(refusal) if item.done_at is not None else None

    return guard


_REFUSALS = {
    policy.CHANGE: N_("This item is already completed and cannot be changed."),
    COMPLETE: N_("This item is already completed."),
    policy.DELETE: N_("A completed item cannot be deleted."),
}
policy.declare_action(
    "schedule", policy.VIEW, Permission.SCHEDULE_VIEW, reached=ScheduleItem.seen_by, ways=ScheduleItem.ways
)
for _action, _refusal in _REFUSALS.items():
    policy.declare_action(
        "schedule",
        _action,
        Permission.SCHEDULE_SAVE,
        reached=_is_own,
        known=_is_ones_own,
        refusal=N_("This item is in someone else's schedule. Only they can change it."),
    )
    policy.guard("schedule", _action)(_done(_refusal))


def save_item(
    session: Session,
    item: ScheduleItem | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> ScheduleItem:
    """Make or change an item in the person's own schedule; a done one stays as it is.

    `values` hold, besides the item's own, `participants` (ids), `repeat` and `repeat_until` (the rule), and
    `applies_to` for one that repeats: THIS_ONE or FOLLOWING. Absent keys leave everything as it is.
    """
    is_new = item is None
    policy.check_save(session, actor, "schedule", item)
    item = item or ScheduleItem(owner_id=actor.user_id)
    check_version(item, opened_version)
    alone = item.series_id is not None and values.get("applies_to") != FOLLOWING
    present, rule = series.rule_of(session, item), _new_rule(session, item, values, alone)
    snapshot = (
        None
        if is_new
        else invitations.take_snapshot(session, [item] if alone else series.items_saved_with(session, item), actor)
    )
    people = check_participants(session, item, values["participants"]) if "participants" in values else None
    assign(item, values, PLAIN_KEYS)
    _settle_times(item, actor)
    stamp(item, actor)
    if is_new:
        session.add(item)
    if alone:
        item.on_its_own = True
    session.flush()
    people = participants(session, item.id) if people is None else people
    if alone or (rule is None and item.series_id is None):
        set_participants(session, [item], people)
    else:
        series.repeat_from(session, item, rule, people, actor)
    session.flush()
    until = rule.last_day if rule and not alone else None
    invitations.notify_of_change(session, item, people, snapshot, actor, until, otherwise=rule != present)
    return item


def move_item(
    session: Session, item: ScheduleItem, by: timedelta, actor: Actor, opened_version: int | None = None
) -> ScheduleItem:
    """Move it by days or hours as the clock on the wall shows them, and its end along (S-1); one of a repetition moves
    alone. A whole day has no hour to move by. Raises what `save_item` does."""
    policy.check(session, actor, policy.CHANGE, item)
    if item.all_day and by.seconds:
        raise DomainError(N_("This item takes the whole day, so it has no hour to change."))
    new_times = {"starts_at": _on_the_clock(item.starts_at, by, actor)}
    if item.ends_at is not None:
        new_times["ends_at"] = _on_the_clock(item.ends_at, by, actor)
    return save_item(session, item, new_times, actor, opened_version)


def _on_the_clock(moment: datetime, by: timedelta, actor: Actor) -> datetime:
    local = moment.astimezone(actor.zone).replace(tzinfo=None) + by
    return local.replace(tzinfo=actor.zone).astimezone(UTC)


def _new_rule(session: Session, item: ScheduleItem, values: Mapping[str, Any], alone: bool) -> series.Rule | None:
    """How it is to repeat. Raises FieldError where this one alone is changed, and the rule with it."""
    present = series.rule_of(session, item)
    rule = series.requested_rule(values) if values.keys() & {"repeat", "repeat_until"} else present
    if alone and rule != present:
        field = "repeat" if rule is None or present is None or rule.frequency != present.frequency else "repeat_until"
        raise FieldError(field, N_("To change the repetition, choose “This one and the following”."))
    return rule


def check_times(starts_at: datetime | None, ends_at: datetime | None, all_day: bool, actor: Actor) -> None:
    """The rule alone, for a form: the same as saving asks."""
    if starts_at is not None:
        _settle_times(ScheduleItem(starts_at=starts_at, ends_at=ends_at, all_day=bool(all_day)), actor)


def _settle_times(item: ScheduleItem, actor: Actor) -> None:
    """A whole day begins with the day; the end is not before the start, nor months after it."""
    if item.ends_at is not None and item.ends_at < item.starts_at:
        item.ends_at = second_occurrence(item.ends_at, actor.zone)
    settle_days(item, actor.zone)
    if item.ends_at is None:
        return
    if item.ends_at < item.starts_at:
        raise FieldError("ends_at", N_("The end is before the start. Please check the times."))
    if item.ends_at - item.starts_at > MAX_DURATION:
        raise FieldError("ends_at", N_("An item can last at most %(days)s days."), days=MAX_DURATION.days)


def complete_item(session: Session, item: ScheduleItem, note: str | None, actor: Actor) -> ScheduleItem:
    """Mark done with the words, the time and the person (S-4). Done twice stays done once."""
    policy.check(session, actor, COMPLETE, item)
    _mark_done(session, item, note, actor)
    session.flush()
    return item


def _mark_done(session: Session, item: ScheduleItem, note: str | None, actor: Actor) -> None:
    item.done_at, item.done_by_id, item.done_note = actor.now, actor.user_id, note
    stamp(item, actor)
    mark_reminders_done(session, {item.owner_id, *participants(session, item.id)}, actor.now, f"/schedule/{item.id}")


def delete_item(session: Session, item: ScheduleItem, actor: Actor, following: bool = False) -> int:
    """Delete it, or with what follows in its repetition; a completed one is refused (S-3). Returns how many."""
    policy.check(session, actor, policy.DELETE, item)
    count = 1
    with one_entry(session, item, actor):
        if following and item.series_id is not None:
            invitations.notify_of_cancellation_from(session, series.items_saved_with(session, item), actor)
            count = series.delete_from(session, item, actor)
        else:
            invitations.notify_of_cancellation(session, [item], actor)
            discard(item, actor)
        session.flush()
    return count


@settled_after_restoring("schedule")
def _tell_of_return(
    session: Session, item: ScheduleItem, entry: Deletion, unreverted: Sequence[UnrevertedRow], actor: Actor
) -> None:
    """Notify those who had heard that it was called off; where it was deleted along with its customer, nobody had."""
    if entry.kind in TOLD_OF_CANCELLING:
        invitations.tell_of_return(session, item, actor)


def put_record_into_schedule(
    session: Session, record: ContactRecord, customer: Customer, actor: Actor, is_new: bool = False
) -> None:
    """加入日程: what is planned stands in the schedule at the next contact's time (R-3); without words of a plan
    nothing does (R-6).

    A `is_new` record has put nothing there yet.
    """
    item = _item_of_record(session, record) if not is_new else None
    if not record.add_to_schedule or record.next_contact_at is None or not record.next_plan:
        if item is not None:
            _take_out(session, item, actor)
        return
    snapshot = None
    if item is not None and item.starts_at != record.next_contact_at:
        snapshot = invitations.take_snapshot(session, [item], actor)
    if item is None:
        item = ScheduleItem(owner_id=_planner(record, customer, actor), record_id=record.id)
        session.add(item)
    item.title = record.next_plan[:200]
    item.content = record.next_plan
    if item.ends_at is not None:
        # How long it takes was entered by hand, and stays.
        item.ends_at += record.next_contact_at - item.starts_at
    item.starts_at = record.next_contact_at
    settle_days(item, actor.zone)
    item.customer_id = customer.id
    stamp(item, actor)
    if snapshot is not None:
        invitations.notify_of_change(session, item, set(snapshot.people), snapshot, actor)


def due_items(
    session: Session, customer_id: int, actor: Actor, at: datetime, also: int | None = None
) -> list[ScheduleItem]:
    """What the person has to do for the customer on the contact's day or before it: a record offers to complete it
    (R-6). `also` is the number of an item that is offered whatever its day."""
    item = ScheduleItem
    due = or_(item.starts_at < _end_of_day(at, actor), item.id == (also or 0))
    statement = select(item).where(*_open_for(customer_id, actor), due).order_by(item.starts_at, item.id)
    return list(session.scalars(statement.limit(MAX_OFFERED)))


def complete_plans(
    session: Session,
    record: ContactRecord,
    actor: Actor,
    offered: Collection[int] = (),
    chosen: Collection[int] = (),
) -> None:
    """What the person planned for this contact's day, or before it, is done by the contact (R-4, R-6).

    Of the items that were `offered` those that were `chosen`; of the others what earlier records planned. What they
    entered by hand and what is planned for later stays, unless it was chosen.
    """
    item = ScheduleItem
    planned = and_(item.record_id.is_not(None), item.record_id != record.id)
    silently = and_(planned, item.starts_at < _end_of_day(record.contacted_at, actor), item.id.not_in(offered))
    statement = select(item).where(*_open_for(record.customer_id, actor), or_(silently, item.id.in_(chosen)))
    plans = session.scalars(statement.order_by(item.starts_at, item.id)).all()
    for plan in plans:
        _mark_done(session, plan, record.content, actor)
    inspect(record).info[COMPLETED] = plans
    mark_reminders_done(session, {actor.user_id}, actor.now, f"/customers/{record.customer_id}")


def _open_for(customer_id: int, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    item = ScheduleItem
    of_person = (item.customer_id == customer_id, item.owner_id == actor.user_id)
    return (*of_person, item.done_at.is_(None), item.deleted_at.is_(None))


def _end_of_day(at: datetime, actor: Actor) -> datetime:
    return clock.end_of(clock.day_of(at, actor.zone), actor.zone)


def just_completed(record: ContactRecord) -> Sequence[ScheduleItem]:
    """The plans that were done by the record that was written just now."""
    completed: Sequence[ScheduleItem] = inspect(record).info.get(COMPLETED, ())
    return completed


def completed_with(session: Session, record: ContactRecord) -> list[ScheduleItem]:
    """The plans that were done by the record, in the moment when it was written."""
    item = ScheduleItem
    done_with_record = (
        item.done_at == record.created_at,
        item.done_by_id == record.created_by_id,
        item.deleted_at.is_(None),
    )
    of_other_records = (item.customer_id == record.customer_id, item.record_id.is_distinct_from(record.id))
    return list(
        session.scalars(select(item).where(*of_other_records, *done_with_record).order_by(item.starts_at, item.id))
    )


def reopen_plans(session: Session, record: ContactRecord, actor: Actor) -> None:
    """The record is gone: what it had done is still to be done."""
    for plan in completed_with(session, record):
        plan.done_at = plan.done_by_id = plan.done_note = None
        stamp(plan, actor)


def _take_out(session: Session, item: ScheduleItem, actor: Actor) -> None:
    invitations.notify_of_cancellation(session, [item], actor)
    discard(item, actor)


def _planner(record: ContactRecord, customer: Customer, actor: Actor) -> int:
    """Who is to do it: the record's maker; after the customer changed hands its owner, in the pool who plans it."""
    if customer.owned_since is not None and record.created_at >= customer.owned_since:
        return record.created_by_id or actor.user_id
    return customer.owner_id or actor.user_id


def transfer_plans(session: Session, customer_id: int, former_id: int, owner_id: int | None, actor: Actor) -> int:
    """What the former owner planned in contact records goes to the new owner, or out of the schedule (C-7, Q-4).

    Returns how many items. Completed ones stay, and so does what anybody entered in their own schedule by hand;
    what is taken out lies in the recycle bin.
    """
    statement = select(ScheduleItem).where(
        ScheduleItem.customer_id == customer_id,
        ScheduleItem.record_id.is_not(None),
        ScheduleItem.owner_id == former_id,
        ScheduleItem.done_at.is_(None),
        ScheduleItem.deleted_at.is_(None),
    )
    items = list(session.scalars(statement))
    if owner_id is None:
        _take_all_out(session, items, actor)
        return len(items)
    for item in items:
        item.owner_id = owner_id
        stamp(item, actor)
    return len(items)


def _take_all_out(session: Session, items: Sequence[ScheduleItem], actor: Actor) -> None:
    if not items:
        return
    with one_entry(session, items[0], actor, offered=False):
        invitations.notify_of_cancellation(session, items, actor)
        for item in items:
            discard(item, actor)
            stamp(item, actor)


def delete_item_of_record(session: Session, record: ContactRecord, actor: Actor) -> None:
    item = _item_of_record(session, record)
    if item is not None:
        _take_out(session, item, actor)


def _item_of_record(session: Session, record: ContactRecord) -> ScheduleItem | None:
    """The item this record put there, if it is still to be done."""
    statement = select(ScheduleItem).where(
        ScheduleItem.record_id == record.id, ScheduleItem.deleted_at.is_(None), ScheduleItem.done_at.is_(None)
    )
    return session.scalars(statement).first()
