"""Reminders: who is reminded of what, when, and only once (S-2, R-3)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, not_, or_, select, true
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.customer_events import OWNER
from crm.domain.customers.owners import ACTIVE
from crm.domain.office.notices import mark_done, notify
from crm.domain.platform.settings import read_settings
from crm.domain.schedule.participants import participants_of
from crm.domain.schedule.whole_days import days_of
from crm.entities.batches import in_batches
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import ContactRecord, Customer, CustomerEvent, Notice, ScheduleItem, User

WHOLE_DAY_HOUR = 9
"""A whole day has no clock: its reminders count back from 09:00."""
MAX_BEFORE = timedelta(days=1)
"""The longest time before the start that the form offers."""
MADE_UP = timedelta(days=14)
"""How long the server may have been off: reminders of that time are sent once when it starts."""
KIND = "reminder"
OF_ITEM = N_("Reminder: %(title)s, %(time)s")
OF_RECORD = N_("Reminder: contact %(customer)s, %(time)s. %(plan)s")


@dataclass(frozen=True)
class Reminder:
    """`moment`: when the person is to be told of the item or contact record that begins at `starts_at`."""

    item: ScheduleItem | ContactRecord
    person: User
    moment: datetime
    starts_at: datetime

    @property
    def key(self) -> str:
        """Unique for each reminder of each person, so that it is sent once. A moved item gets another one."""
        return f"{self.item.__tablename__}-{self.item.id}-{self.moment:%Y%m%dT%H%M}"


def due_reminders(session: Session, since: datetime, until: datetime) -> Iterator[Reminder]:
    """The reminders whose moment lies after `since`, up to and including `until`; the earliest first.

    Of schedule items still to be done, the owner's and each participant's, every item of a repetition at its own
    time; of contact records with 提醒, the salesperson's, as long as that is still when the customer is to be
    contacted. Nobody who left is reminded.
    """
    reminders = [*_of_items(session, since, until), *_of_records(session, since, until)]
    people = {reminder[1] for reminder in reminders}
    active = {user.id: user for user in session.scalars(select(User).where(*ACTIVE, User.id.in_(people)))}
    for item, person_id, moment, starts_at in sorted(
        reminders, key=lambda reminder: (reminder[2], reminder[1], reminder[0].id)
    ):
        if person_id in active:
            yield Reminder(item, active[person_id], moment, starts_at)


def _of_items(session: Session, since: datetime, until: datetime) -> list[tuple[Any, int, datetime, datetime]]:
    row, zone = ScheduleItem, read_settings(session).zone
    # A whole day begins at midnight and is reminded of from 09:00 on: so a day more is looked back.
    window = row.starts_at.between(since - timedelta(days=2), until + MAX_BEFORE + timedelta(days=1))
    open_ones = (row.remind_minutes.is_not(None), row.deleted_at.is_(None), row.done_at.is_(None))
    items = {}
    for item in session.scalars(select(row).where(window, *open_ones)):
        start = item.starts_at
        if item.all_day:
            start = clock.at_hour(days_of(item, zone)[0], WHOLE_DAY_HOUR, zone)
        moment = start - timedelta(minutes=item.remind_minutes or 0)
        if since < moment <= until:
            items[item.id] = (item, moment, start)
    taking_part = participants_of(session, items)
    return [
        (item, person_id, moment, start)
        for item, moment, start in items.values()
        for person_id in sorted({item.owner_id, *taking_part[item.id]})
    ]


def _of_records(session: Session, since: datetime, until: datetime) -> list[tuple[Any, int, datetime, datetime]]:
    record = ContactRecord
    statement = (
        select(record, Customer.owner_id)
        .join(Customer, Customer.id == record.customer_id)
        .where(record.remind_by_email == true(), record.deleted_at.is_(None), Customer.deleted_at.is_(None))
        .where(record.next_contact_at > since, record.next_contact_at <= until)
        .where(Customer.next_contact_at == record.next_contact_at)
        .where(or_(Customer.owner_id.is_not(None), not_(_changed_hands_since(record))))
    )
    reminders: list[tuple[Any, int, datetime, datetime]] = []
    for row, owner_id in session.execute(statement):
        person_id = owner_id or row.created_by_id
        if person_id is not None and row.next_contact_at is not None:
            reminders.append((row, person_id, row.next_contact_at, row.next_contact_at))
    return reminders


def _changed_hands_since(record: type[ContactRecord]) -> ColumnElement[bool]:
    """Of a customer that lies in a pool by now, its former owner has nothing to do any more (C-7)."""
    event = CustomerEvent
    owner_changes = (event.customer_id == record.customer_id, event.kind == OWNER, event.at > record.created_at)
    return select(event.id).where(*owner_changes).exists()


def send_reminders(session: Session, actor: Actor, limit: int | None = None) -> int:
    """Send the due reminders that were not sent yet, as notices and by email; returns how many.

    At most so many, the earliest first: after days without the server there can be thousands.
    """
    sent = 0
    for reminder in unsent_reminders(session, actor.now)[:limit]:
        message, values, url = _words(session, reminder, actor)
        by_mail = isinstance(reminder.item, ContactRecord)
        sent += (
            notify(session, reminder.person.id, KIND, message, values, url, actor.now, reminder.key, by_mail)
            is not None
        )
    return sent


def count_sent_at(session: Session, moment: datetime) -> int:
    """How many reminders the run of that moment has sent, in all of its batches."""
    statement = select(func.count()).select_from(Notice).where(Notice.kind == KIND, Notice.at == moment)
    return session.scalar(statement) or 0


def unsent_reminders(session: Session, now: datetime) -> list[Reminder]:
    """Due reminders that were not sent yet, also those missed while the server was off."""
    due = [
        # What seems to be written later than now was written before a clock was set back: when, nobody knows.
        r
        for r in due_reminders(session, now - MADE_UP, now)
        if r.item.created_at <= r.moment or r.item.created_at > now
    ]
    keys = [r.key for r in due]
    known: set[tuple[int, str | None]] = set()
    for batch in in_batches(keys):
        statement = select(Notice.user_id, Notice.key).where(Notice.key.in_(batch))
        known.update((row.user_id, row.key) for row in session.execute(statement))
    return [r for r in due if (r.person.id, r.key) not in known]


def _words(session: Session, reminder: Reminder, actor: Actor) -> tuple[str, dict[str, str], str]:
    item, local = reminder.item, reminder.starts_at.astimezone(actor.zone)
    time = f"{local:%Y-%m-%d %H:%M}"
    if isinstance(item, ScheduleItem):
        time = f"{item.first_day}" if item.all_day else time
        return OF_ITEM, {"title": item.title, "time": time}, f"/schedule/{item.id}"
    customer = session.get_one(Customer, item.customer_id)
    values = {"customer": customer.name, "plan": item.next_plan or "", "time": time}
    return OF_RECORD, values, f"/customers/{customer.id}"


def mark_reminders_done(session: Session, people: Collection[int], now: datetime, url: str) -> None:
    """Mark the reminders that link there as done."""
    mark_done(session, people, KIND, (OF_ITEM, OF_RECORD), url, now)
