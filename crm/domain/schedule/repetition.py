"""The days of a repetition, and moments that keep their clock on another day (S-2)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.models.schedule import DAILY, MONTHLY, WEEKLY

A_DAY = timedelta(days=1)
STEPS = {DAILY: A_DAY, WEEKLY: timedelta(days=7)}


def days_of_rule(frequency: str, first: date, last: date) -> Iterator[date]:
    """Every day, week or month from the first day on. A month that is too short takes its last day:
    what begins on the 31st comes on 30 April, and on the 31st again in May."""
    day, months = first, 0
    while day <= last:
        yield day
        if frequency == MONTHLY:
            months += 1
            day = months_after(first, months)
        else:
            day += STEPS[frequency]


def months_after(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def moved_days(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same clock so many days later, whatever happened to the hour in between.

    An hour that is left out in spring is taken as if the clock had not been changed yet: 02:30 becomes 03:30.
    """
    clock = moment.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return clock.replace(tzinfo=zone).astimezone(UTC)


def moved_span(
    starts_at: datetime, ends_at: datetime | None, days: int, zone: ZoneInfo
) -> tuple[datetime, datetime | None]:
    """Start and end on another day. What lasts for hours lasts as long there, what lasts for days ends at its clock."""
    start = moved_days(starts_at, days, zone)
    if ends_at is None:
        return start, None
    length = ends_at - starts_at
    return start, start + length if length < A_DAY else max(start, moved_days(ends_at, days, zone))


def second_occurrence(moment: datetime, zone: ZoneInfo) -> datetime:
    """Of an hour that comes twice, as when the clock is put back, the second one; else the moment itself."""
    return moment.astimezone(zone).replace(fold=1).astimezone(UTC)
