"""Notices to participants of a schedule item: invited, moved, cancelled (S-2, F-4). Nobody is notified of what they did
themselves, nor what is over."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE
from crm.domain.office.notices import notify
from crm.domain.platform.settings import read_settings
from crm.domain.schedule.participants import participants_of
from crm.domain.schedule.whole_days import days_of, over_at
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import ScheduleItem, User

KIND = "schedule"
INVITED = N_("%(person)s invites you to “%(title)s”, %(time)s.")
INVITED_REPEATEDLY = N_("%(person)s invites you to “%(title)s”, %(time)s, repeated until %(until)s.")
TAKEN_OUT = N_("%(person)s took you out of “%(title)s”, %(time)s.")
MOVED = N_("%(person)s moved “%(title)s” to %(time)s.")
MOVED_WITH_FOLLOWING = N_("%(person)s moved “%(title)s” and the following ones to %(time)s.")
REPEATED_OTHERWISE = N_("%(person)s changed the repetition of “%(title)s”, %(time)s.")
CANCELLED = N_("%(person)s cancelled “%(title)s”, %(time)s.")
TAKES_PLACE = N_("%(person)s restored “%(title)s”, %(time)s.")
CANCELLED_WITH_FOLLOWING = N_("%(person)s cancelled “%(title)s”, %(time)s, and the following ones.")


@dataclass(frozen=True)
class ItemSnapshot:
    """An item and its participants before a change."""

    people: frozenset[int]
    times: tuple[object, ...]
    over_at: datetime


def take_snapshot(session: Session, items: Collection[ScheduleItem], actor: Actor) -> ItemSnapshot:
    """As the first of the items is now; `people` take part in any of them."""
    taking_part = participants_of(session, [item.id for item in items])
    item = next(iter(items))
    return ItemSnapshot(frozenset().union(*taking_part.values()), _times(item), over_at(item, actor.zone))


def _times(item: ScheduleItem) -> tuple[object, ...]:
    """What has to differ for an item to have been moved."""
    return (item.first_day, item.last_day) if item.all_day else (item.starts_at, item.ends_at)


def notify_of_change(
    session: Session,
    item: ScheduleItem,
    people: set[int],
    before: ItemSnapshot | None,
    actor: Actor,
    until: date | None = None,
    otherwise: bool = False,
) -> None:
    """Notify new and removed participants, and where it was moved (or is repeated `otherwise`) those who stay.

    `until`: the last day, where this one and the following were saved; `before`: None for a new item.
    """
    former = before.people if before else frozenset()
    if _is_over(item, actor) and (before is None or before.over_at < actor.now):
        return
    invited = INVITED_REPEATEDLY if until else INVITED
    _notify(session, people - former, invited, item, actor, until=until)
    _notify(session, former - people, TAKEN_OUT, item, actor, no_longer_visible=True)
    if before is None:
        return
    staying = {*(former & people), item.owner_id}
    if before.times != _times(item):
        _notify(session, staying, MOVED_WITH_FOLLOWING if until else MOVED, item, actor)
    elif otherwise:
        _notify(session, staying, REPEATED_OTHERWISE, item, actor)


def notify_of_cancellation(session: Session, items: Collection[ScheduleItem], actor: Actor) -> None:
    """Each of the items by itself."""
    taking_part = participants_of(session, [item.id for item in items])
    for item in items:
        _notify_cancelled(session, item, taking_part[item.id], CANCELLED, actor)


def notify_of_cancellation_from(session: Session, items: Collection[ScheduleItem], actor: Actor) -> None:
    """An item with those that follow it: everybody once, of the first one that is not over."""
    items_to_come = [item for item in items if not _is_over(item, actor)]
    if items_to_come:
        people = set(take_snapshot(session, items_to_come, actor).people)
        message = CANCELLED_WITH_FOLLOWING if len(items_to_come) > 1 else CANCELLED
        _notify_cancelled(session, items_to_come[0], people, message, actor)


def tell_of_return(session: Session, item: ScheduleItem, actor: Actor) -> None:
    """It stands in the schedule again after it was cancelled."""
    if not _is_over(item, actor):
        people = participants_of(session, [item.id])[item.id]
        _notify(session, {*people, item.owner_id}, TAKES_PLACE, item, actor)


def _notify_cancelled(session: Session, item: ScheduleItem, people: set[int], message: str, actor: Actor) -> None:
    if not _is_over(item, actor):
        _notify(session, {*people, item.owner_id}, message, item, actor, no_longer_visible=True)


def _is_over(item: ScheduleItem, actor: Actor) -> bool:
    return over_at(item, actor.zone) < actor.now


def _notify(
    session: Session,
    people: Iterable[int],
    message: str,
    item: ScheduleItem,
    actor: Actor,
    until: date | None = None,
    no_longer_visible: bool = False,
) -> None:
    """`no_longer_visible`: they cannot open the item any more, so the notice links to its week."""
    receivers = set(people) - {actor.user_id}
    if not receivers:
        return
    person = session.get(User, actor.user_id)
    values = {
        "person": person.name if person else read_settings(session).firm_name,
        "title": item.title,
        "time": format_time(item, actor.zone),
        **({"until": until.isoformat()} if until else {}),
    }
    day, _last = days_of(item, actor.zone)
    url = f"/schedule/week?day={day.isoformat()}" if no_longer_visible else f"/schedule/{item.id}"
    for person_id in session.scalars(select(User.id).where(*ACTIVE, User.id.in_(receivers)).order_by(User.id)):
        notify(session, person_id, KIND, message, values, url, actor.now)


def format_time(item: Any, zone: ZoneInfo) -> str:
    """`2026-08-31 12:00–13:00`, the days alone of what takes whole days."""
    if item.all_day:
        return f"{item.first_day}" + (f" – {item.last_day}" if item.last_day != item.first_day else "")
    start = item.starts_at.astimezone(zone)
    end = (item.ends_at or item.starts_at).astimezone(zone)
    if end <= start:
        return f"{start:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M}" + (f"–{end:%H:%M}" if end.date() == start.date() else f" – {end:%Y-%m-%d %H:%M}")
