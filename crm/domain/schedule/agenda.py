"""What stands in a schedule: days, what is overdue, weeks and months as grids (S-1)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.schedule.items import MAX_DURATION
from crm.domain.schedule.overlaps import in_conflict
from crm.domain.schedule.whole_days import days_of
from crm.entities import policy
from crm.entities.contacts import RECORD
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import Actor
from crm.models import Customer, Rights, ScheduleItem

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """An item with its customer's name; None where there is none, or it is not the reader's to see.

    `in_conflict`: it overlaps another item of the same schedule.
    """

    item: ScheduleItem
    customer: str | None
    may_record: bool | None = True
    """Whether the reader may write a contact record for the customer."""
    in_conflict: bool = False

    @property
    def is_named_by_customer(self) -> bool:
        """A plan without words is called by its customer, who stands beside it anyway."""
        return self.customer is not None and self.item.title == self.customer[: len(self.item.title)]


@dataclass
class GridDay:
    day: date
    entries: list[Entry] = field(default_factory=list)

    def most_relevant(self, limit: int) -> list[Entry]:
        """At most `limit` of them, open ones before done ones; in the order of the day."""
        first = sorted(self.entries, key=lambda entry: entry.item.done_at is not None)[:limit]
        shown_ids = {entry.item.id for entry in first}
        return [entry for entry in self.entries if entry.item.id in shown_ids]


def entries(session: Session, rights: Rights, *conditions: ColumnElement[bool], limit: int = 500) -> list[Entry]:
    """The visible items under the conditions, in the order of the day: whole days first."""
    rows = session.execute(_entries_select(rights).where(*conditions).limit(limit))
    return [Entry(*row) for row in rows]


def with_conflicts(entries_of_person: Iterable[Entry], actor: Actor) -> list[Entry]:
    """The entries of one person's schedule, those marked that take place at the same time (S-1)."""
    entries_of_person = list(entries_of_person)
    marked = in_conflict((entry.item for entry in entries_of_person), actor.zone)
    return [replace(entry, in_conflict=True) if entry.item.id in marked else entry for entry in entries_of_person]


def latest_overdue(session: Session, rights: Rights, today: date, actor: Actor, limit: int) -> list[Entry]:
    """The person's own items of earlier days that are still to be done: the newest, in order."""
    statement = _entries_select(rights).where(owned_by(rights.user_id), overdue(today, actor)).order_by(None)
    newest = statement.order_by(ScheduleItem.starts_at.desc(), ScheduleItem.id.desc()).limit(limit)
    return [Entry(*row) for row in reversed(session.execute(newest).all())]


def of_customer(session: Session, rights: Rights, customer_id: int, limit: int) -> list[Entry]:
    """The visible items about a customer, of all people, the latest first."""
    statement = _entries_select(rights).where(ScheduleItem.customer_id == customer_id).order_by(None)
    latest = statement.order_by(ScheduleItem.starts_at.desc(), ScheduleItem.id.desc()).limit(limit)
    return [Entry(*row) for row in session.execute(latest)]


def _entries_select(rights: Rights) -> Select[ScheduleItem, str, bool]:
    statement: Select[ScheduleItem, str, bool] = rights.make_once("agenda", lambda: _visible_entries(rights))
    return statement


def _visible_entries(rights: Rights) -> Select[ScheduleItem, str, bool]:
    visible = and_(Customer.id == ScheduleItem.customer_id, Customer.seen_by(rights))
    recordable = policy.accepting_parents(RECORD, CUSTOMER, rights)
    return (
        select(ScheduleItem, Customer.name, recordable.label("may_record"))
        .outerjoin(Customer, visible)
        .where(ScheduleItem.seen_by(rights))
        .order_by(ScheduleItem.starts_at, ScheduleItem.all_day.desc(), ScheduleItem.id)
    )


def of_person_on(user_id: int, first: date, last: date, actor: Actor) -> ColumnElement[bool]:
    """What stands in somebody's schedule on some of the days, both included."""
    return and_(ScheduleItem.of_person(user_id, _begins(first, last, actor)), covering(first, last, actor))


def _begins(first: date, last: date, actor: Actor) -> ColumnElement[bool]:
    """An index finds by this what may reach into the days: nothing lasts longer."""
    start, end = clock.start_of(first, actor.zone), clock.end_of(last, actor.zone)
    return and_(ScheduleItem.starts_at < end + DAY, ScheduleItem.starts_at >= start - MAX_DURATION - DAY)


def covering(first: date, last: date, actor: Actor) -> ColumnElement[bool]:
    """Items that take place on some of the days, both included."""
    start, end = clock.start_of(first, actor.zone), clock.end_of(last, actor.zone)
    item = ScheduleItem
    timed = and_(item.first_day.is_(None), item.starts_at < end, or_(item.starts_at >= start, item.ends_at > start))
    whole_days = and_(item.first_day <= last, item.last_day >= first)
    return and_(_begins(first, last, actor), or_(timed, whole_days))


def overdue(today: date, actor: Actor) -> ColumnElement[bool]:
    """Items of earlier days that are still to be done."""
    start = clock.start_of(today, actor.zone)
    item = ScheduleItem
    timed = and_(item.first_day.is_(None), item.starts_at < start, or_(item.ends_at.is_(None), item.ends_at <= start))
    return and_(item.done_at.is_(None), item.starts_at < start + DAY, or_(timed, item.last_day < today))


def owned_by(user_id: int) -> ColumnElement[bool]:
    return ScheduleItem.owner_id == user_id


def month_of(day: date, starts_on: int = 0) -> tuple[date, date]:
    """The whole weeks that hold the month; `starts_on` 0 is Monday."""
    first, last = clock.month_of(day)
    return clock.week_of(first, starts_on)[0], clock.week_of(last, starts_on)[1]


def grid(session: Session, user_id: int, first: date, last: date, actor: Actor) -> list[list[GridDay]]:
    """Weeks of days with what stands in somebody's schedule; an item of several days stands on each of them."""
    days = [GridDay(first + n * DAY) for n in range((last - first).days + 1)]
    all_entries = entries(session, actor.rights, of_person_on(user_id, first, last, actor))
    for entry in with_conflicts(all_entries, actor):
        first_on, last_on = days_of(entry.item, actor.zone)
        for grid_day in days[max(0, (first_on - first).days) : max(0, (last_on - first).days + 1)]:
            grid_day.entries.append(entry)
    return [days[n : n + 7] for n in range(0, len(days), 7)]
