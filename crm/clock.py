"""Moments and days in the firm's zone. Verbs take `now` as an argument; this is only arithmetic."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in the zone, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after the day."""
    return start_of(day + timedelta(days=1), zone)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def at_hour(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def next_start(now: datetime, zone: ZoneInfo) -> datetime:
    """The default start of a new item: at the next full hour, but still today.

    In the day's last hour at the next quarter, in its last quarter at once.
    """
    local = now.astimezone(zone).replace(second=0, microsecond=0)
    for minutes in (60 - local.minute, 15 - local.minute % 15, 0):
        start = local.astimezone(UTC) + timedelta(minutes=minutes)
        if day_of(start, zone) == local.date():
            break
    return start


def week_of(day: date, starts_on: int = 0) -> tuple[date, date]:
    """First and last day of the day's week; `starts_on` 0 is Monday."""
    first = day - timedelta(days=(day.weekday() - starts_on) % 7)
    return first, first + timedelta(days=6)


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
