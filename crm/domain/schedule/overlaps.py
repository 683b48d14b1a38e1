"""Items of the same person at the same time: marked and mentioned, never refused (S-1)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.schedule.items import MAX_DURATION
from crm.domain.schedule.participants import participants_of
from crm.entities.record_saving import Actor
from crm.models import ScheduleItem, ScheduleParticipant

A_MOMENT = timedelta(seconds=1)
"""The duration of an item without an end: it overlaps whatever is under way when it begins."""


class Timed(Protocol):
    """What of an item counts here."""

    id: Any
    starts_at: Any
    ends_at: Any
    all_day: Any
    first_day: Any
    last_day: Any
    record_id: Any
    done_at: Any


@dataclass(frozen=True)
class Overlap:
    """Somebody is in two places: the item, and the other one, which may be another person's secret."""

    person_id: int
    item: ScheduleItem
    other: Timed

    @property
    def other_id(self) -> int:
        return int(self.other.id)


def span_of(item: Timed, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """From when to when the item takes its people; None for what does not: completed ones, and what a contact
    record plans without an end, which is to be done some time that day (R-3)."""
    if item.done_at is not None or (item.record_id is not None and item.ends_at is None):
        return None
    if item.all_day:
        return clock.start_of(item.first_day, zone), clock.end_of(item.last_day, zone)
    return item.starts_at, max(item.ends_at or item.starts_at, item.starts_at + A_MOMENT)


def overlapping(items: Iterable[Timed], zone: ZoneInfo) -> Iterator[tuple[Timed, Timed]]:
    """Every pair that takes place at the same time; each once, the earlier first."""
    spans = [(span, item) for item in items if (span := span_of(item, zone)) is not None]
    under_way: list[tuple[datetime, Timed]] = []
    for (start, end), item in sorted(spans, key=lambda entry: (entry[0], entry[1].id)):
        under_way = [(until, other) for until, other in under_way if until > start]
        yield from ((other, item) for _, other in under_way)
        under_way.append((end, item))


def in_conflict(items: Iterable[Timed], zone: ZoneInfo) -> frozenset[int]:
    """The ids of one person's items that overlap another one."""
    return frozenset(item.id for pair in overlapping(items, zone) for item in pair)


def overlaps_of(session: Session, items: Sequence[ScheduleItem], actor: Actor) -> list[Overlap]:
    """Where the owner or a participant of the items (one, or those of a repetition) has something else."""
    if not items:
        return []
    taking_part = participants_of(session, [item.id for item in items])
    people = {item.owner_id for item in items}.union(*taking_part.values())
    items_by_id = {item.id: item for item in items}
    other_rows = [row for row in _other_items(session, items, people) if row.id not in items_by_id]
    invited = participants_of(session, [row.id for row in other_rows])
    overlaps = []
    for person_id in sorted(people):
        own = [item for item in items if person_id == item.owner_id or person_id in taking_part[item.id]]
        rows_of_person = [row for row in other_rows if person_id == row.owner_id or person_id in invited[row.id]]
        for pair in overlapping([*own, *rows_of_person], actor.zone):
            overlaps += _as_overlap(person_id, items_by_id, pair)
    return overlaps


def _as_overlap(person_id: int, items_by_id: dict[int, ScheduleItem], pair: tuple[Timed, Timed]) -> list[Overlap]:
    inside = [item for item in pair if item.id in items_by_id]
    if len(inside) != 1:
        return []
    other = pair[1] if inside[0] is pair[0] else pair[0]
    return [Overlap(person_id, items_by_id[inside[0].id], other)]


def _other_items(session: Session, items: Sequence[ScheduleItem], people: Collection[int]) -> Sequence[Any]:
    """What these people have between the first and the last of the items; only the columns that count."""
    row = ScheduleItem
    first = min(item.starts_at for item in items) - MAX_DURATION - timedelta(days=1)
    last = max(item.ends_at or item.starts_at for item in items) + timedelta(days=2)
    in_time = and_(row.starts_at.between(first, last), row.deleted_at.is_(None), row.done_at.is_(None))
    own = select(row.id).where(row.owner_id.in_(people), in_time).correlate(None)
    invited = select(ScheduleParticipant.item_id).where(ScheduleParticipant.user_id.in_(people))
    keys = "id owner_id starts_at ends_at all_day first_day last_day record_id done_at".split()
    columns = (getattr(row, key) for key in keys)
    return session.execute(select(*columns).where(row.id.in_(own.union_all(invited)), in_time)).all()
