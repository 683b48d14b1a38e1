"""Items that repeat: making them, changing or deleting this one and the following (S-2).

All items of a rule stand in the schedule as rows from the beginning. What was completed, deleted or changed alone
keeps its place: the rule makes no second item for its day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.schedule.participants import set_participants
from crm.domain.schedule.repetition import days_of_rule, moved_span
from crm.domain.schedule.whole_days import days_of, settle_days
from crm.entities.record_saving import Actor, discard, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import ScheduleItem, ScheduleSeries

MAX_ITEMS = 366
"""So many items one repetition makes: every day of a year."""
SHARED_KEYS = tuple("title content all_day customer_id remind_minutes".split())
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    frequency: str
    last_day: date


def requested_rule(values: Mapping[str, Any]) -> Rule | None:
    """The repetition that a form asks for. Raises FieldError where only half of it is given."""
    frequency, last_day = values.get("repeat"), values.get("repeat_until")
    if frequency and last_day:
        return Rule(frequency, last_day)
    if frequency:
        raise FieldError("repeat_until", N_("Please enter the last day of the repetition."))
    if last_day:
        raise FieldError("repeat", N_("Please choose how often it repeats, or leave its last day empty."))
    return None


def rule_of(session: Session, item: ScheduleItem | None) -> Rule | None:
    """How the item repeats now."""
    series = session.get(ScheduleSeries, item.series_id) if item and item.series_id else None
    return Rule(series.frequency, series.last_day) if series else None


def repeat_from(session: Session, item: ScheduleItem, rule: Rule | None, people: set[int], actor: Actor) -> int:
    """Let the item and what follows it in its series be as the item is now, by this rule. Returns how many there are.

    Without a rule the item stands alone, and what followed is deleted. Raises FieldError for a last day before the
    item, and for more than MAX_ITEMS items.
    """
    old = session.get(ScheduleSeries, item.series_id) if item.series_id else None
    following = _following(session, item) if old else []
    if rule is None:
        _end_before(session, old, item)
        item.series_id = item.series_day = None
        _discard_all([row for row in following if _is_plain(row)], actor)
        set_participants(session, [item], people)
        return 1
    first, _last = days_of(item, actor.zone)
    same_days = old is not None and item.series_day == first and old.frequency == rule.frequency
    # The 31st stays the 31st, also where the change begins in a shorter month.
    counted_from = old.first_day if old is not None and same_days else first
    days = _days(rule, counted_from, first)
    places = _places(old, item, rule, days) if old else {}
    series = _series_for(session, old, item, rule, counted_from)
    item.series_id, item.series_day, item.on_its_own = series.id, first, False
    taken = _give_places(following, places, series.id, rule, actor)
    remaining = [_placed(row, item, day, actor) for day, row in taken.items() if _is_plain(row)]
    missing = [day for day in days if day != first and day not in taken]
    new_items = [_placed(ScheduleItem(owner_id=item.owner_id), item, day, actor) for day in missing]
    session.add_all(new_items)
    session.flush()
    set_participants(session, [item, *remaining, *new_items], people)
    return 1 + len(remaining) + len(new_items)


def _give_places(
    following: list[ScheduleItem], places: Mapping[date | None, date], series_id: int, rule: Rule, actor: Actor
) -> dict[date, ScheduleItem]:
    """Day → the item that has its place there. What has none is deleted, or stands alone from now on."""
    taken: dict[date, ScheduleItem] = {}
    for row in following:
        day = places.get(row.series_day)
        if day is not None:
            row.series_id, row.series_day = series_id, day
            taken[day] = row
        elif _is_plain(row) or (row.deleted_at is None and row.done_at is None and _is_after(row, rule)):
            discard(row, actor)
        else:
            row.series_id = row.series_day = None
    return taken


def delete_from(session: Session, item: ScheduleItem, actor: Actor) -> int:
    """Delete the item and what follows it; what is completed stays (S-3). Returns how many were deleted."""
    series = session.get(ScheduleSeries, item.series_id) if item.series_id else None
    following = _following(session, item) if series else []
    deletable = [row for row in [item, *following] if row.done_at is None and row.deleted_at is None]
    _end_before(session, series, item)
    _discard_all(deletable, actor)
    return len(deletable)


def _discard_all(items: list[ScheduleItem], actor: Actor) -> None:
    for item in items:
        discard(item, actor)


def _following(session: Session, item: ScheduleItem) -> list[ScheduleItem]:
    """What the rule made for later days, the deleted ones too: their places are taken."""
    statement = select(ScheduleItem).where(
        ScheduleItem.series_id == item.series_id, ScheduleItem.series_day > item.series_day, ScheduleItem.id != item.id
    )
    return list(session.scalars(statement.order_by(ScheduleItem.series_day, ScheduleItem.id)))


def _is_plain(row: ScheduleItem) -> bool:
    """As the rule made it, and still to be done."""
    return row.deleted_at is None and row.done_at is None and not row.on_its_own


def _is_after(row: ScheduleItem, rule: Rule) -> bool:
    return row.series_day is not None and row.series_day > rule.last_day


def _days(rule: Rule, counted_from: date, first: date) -> list[date]:
    if rule.last_day < first:
        raise FieldError("repeat_until", N_("The last day is before the start. Please check the days."))
    all_days = (day for day in days_of_rule(rule.frequency, counted_from, rule.last_day) if day >= first)
    days = list(islice(all_days, MAX_ITEMS + 1))
    if len(days) > MAX_ITEMS:
        raise FieldError(
            "repeat_until",
            N_("This would create more than %(most)s items. Please choose an earlier last day."),
            most=MAX_ITEMS,
        )
    return days


def _places(old: ScheduleSeries, item: ScheduleItem, rule: Rule, days: list[date]) -> dict[date | None, date]:
    """Former day → new day: the second stays the second where only the day moves, else by the date."""
    if old.frequency != rule.frequency:
        return {day: day for day in days}
    all_days = days_of_rule(old.frequency, old.first_day, old.last_day)
    former = [day for day in all_days if item.series_day is not None and day >= item.series_day]
    return dict(zip(former, days, strict=False))


def _series_for(
    session: Session, old: ScheduleSeries | None, item: ScheduleItem, rule: Rule, counted_from: date
) -> ScheduleSeries:
    """The first item's series is changed itself; from a later one on it becomes another."""
    if old is None or _has_earlier(session, item):
        _end_before(session, old, item)
        series = ScheduleSeries()
        session.add(series)
    else:
        series = old
    series.frequency, series.first_day, series.last_day = rule.frequency, counted_from, rule.last_day
    session.flush()
    return series


def _has_earlier(session: Session, item: ScheduleItem) -> bool:
    statement = select(ScheduleItem.id).where(
        ScheduleItem.series_id == item.series_id, ScheduleItem.series_day < item.series_day
    )
    return session.scalar(statement.limit(1)) is not None


def _end_before(session: Session, series: ScheduleSeries | None, item: ScheduleItem) -> None:
    if series is not None and item.series_day is not None:
        series.last_day = item.series_day - DAY


def _placed(row: ScheduleItem, model_item: ScheduleItem, day: date, actor: Actor) -> ScheduleItem:
    """The row as the item is, on another day at the same clock."""
    for key in SHARED_KEYS:
        setattr(row, key, getattr(model_item, key))
    days = (day - days_of(model_item, actor.zone)[0]).days
    row.starts_at, row.ends_at = moved_span(model_item.starts_at, model_item.ends_at, days, actor.zone)
    settle_days(row, actor.zone)
    row.series_id, row.series_day = model_item.series_id, day
    stamp(row, actor)
    return row


def items_saved_with(session: Session, item: ScheduleItem) -> list[ScheduleItem]:
    """The item, and those that its repetition makes for later days, still to be done."""
    if item.series_id is None or item.on_its_own:
        return [item]
    return [item, *(row for row in _following(session, item) if _is_plain(row))]
