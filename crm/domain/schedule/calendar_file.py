"""A person's schedule as an iCalendar file, for telephones and Outlook (S-6).

Every item is an event of its own, also those of a repetition: what was changed or deleted alone is then right
everywhere. Times are written in UTC, so that no reader has to know the firm's zone; whole days are plain days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from crm import clock
from crm.domain.schedule import agenda
from crm.domain.schedule.agenda import Entry
from crm.domain.schedule.participants import participants_of
from crm.domain.schedule.reminders import WHOLE_DAY_HOUR
from crm.domain.schedule.whole_days import days_of
from crm.entities.record_saving import Actor
from crm.models import ScheduleItem

if TYPE_CHECKING:
    from icalendar import Alarm, Event

# icalendar is imported when first needed: it takes a tenth of the start.
DAYS_BACK, DAYS_AHEAD = 90, 366
MAX_ITEMS = 5000


@dataclass(frozen=True)
class CalendarTexts:
    """The reader's language: what stands in the file besides the items' own texts."""

    calendar: str
    done: str
    customer: str
    participants: str
    made_by: str
    colon: str
    name_of: Callable[[int], str]
    address_of: Callable[[int], str]


def calendar_of(session: Session, actor: Actor, words: CalendarTexts) -> bytes:
    """What stands in the person's schedule, from three months ago to a year ahead."""
    from icalendar import Calendar

    today = clock.day_of(actor.now, actor.zone)
    first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    of_person = agenda.of_person_on(actor.user_id, first, last, actor)
    entries = agenda.entries(session, actor.rights, of_person, limit=MAX_ITEMS)
    taking_part = participants_of(session, [entry.item.id for entry in entries])
    calendar = Calendar()
    calendar.add("prodid", "-//Shuke CRM//Schedule//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", words.calendar)
    calendar.add("x-wr-timezone", actor.zone.key)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, taking_part[entry.item.id], actor, words))
    return bytes(calendar.to_ical())


def _event(entry: Entry, people: set[int], actor: Actor, words: CalendarTexts) -> Event:
    from icalendar import Event

    item, event = entry.item, Event()
    event.add("uid", f"schedule-{item.id}-{item.created_at:%Y%m%dT%H%M%S}@shuke-crm")
    event.add("dtstamp", item.updated_at)
    event.add("last-modified", item.updated_at)
    event.add("sequence", item.version - 1)
    event.add("summary", f"✓ {item.title}" if item.done_at else item.title)
    event.add("description", _description(entry, people, actor, words))
    event.add("url", words.address_of(item.id))
    for name, value in _times(item, actor).items():
        event.add(name, value)
    if item.remind_minutes is not None and item.done_at is None:
        event.add_component(_alarm(item, item.remind_minutes))
    return event


def _times(item: ScheduleItem, actor: Actor) -> dict[str, object]:
    """The end of a whole day is the day after it; without an end there is only a beginning."""
    if item.all_day:
        first, last = days_of(item, actor.zone)
        return {"dtstart": first, "dtend": last + timedelta(days=1)}
    end = {"dtend": item.ends_at} if item.ends_at and item.ends_at > item.starts_at else {}
    return {"dtstart": item.starts_at, **end}


def _description(entry: Entry, people: set[int], actor: Actor, words: CalendarTexts) -> str:
    item = entry.item
    lines = [item.content or ""]
    if entry.customer:
        lines.append(words.customer + words.colon + entry.customer)
    if item.owner_id != actor.user_id:
        lines.append(words.made_by + words.colon + words.name_of(item.owner_id))
    if people:
        lines.append(words.participants + words.colon + ", ".join(sorted(map(words.name_of, people))))
    if item.done_at:
        lines.append(f"{words.done} {item.done_note or ''}".strip())
    return "\n".join(line for line in lines if line)


def _alarm(item: ScheduleItem, minutes: int) -> Alarm:
    """A whole day begins at midnight here, and is reminded of from 09:00 on as everywhere."""
    from icalendar import Alarm

    start = timedelta(hours=WHOLE_DAY_HOUR) if item.all_day else timedelta()
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", item.title)
    alarm.add("trigger", start - timedelta(minutes=minutes))
    return alarm
