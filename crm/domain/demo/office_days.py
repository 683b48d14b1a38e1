"""When things happen in an office: on working days, in working hours, and never after now."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

FRIDAY = 4


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day if day.weekday() <= FRIDAY else day + timedelta(days=7 - day.weekday())


def working_moment(random: Random, day: date, zone: ZoneInfo) -> datetime:
    """Some time between 09:00 and 17:55 of the day, in steps of five minutes."""
    at = time(random.randrange(9, 18), random.randrange(0, 60, 5))
    return datetime.combine(day, at, zone).astimezone(UTC)


def moments_between(
    random: Random, count: int, first: datetime, last: datetime, now: datetime, zone: ZoneInfo
) -> list[datetime]:
    """`count` times on different working days between the two, in order; fewer where there is no room."""
    span = (last - first).days
    days = sorted(random.sample(range(1, span + 1), min(count, span))) if span > 0 else []
    return _moments(random, days, first, now, zone)


def moments_up_to(
    random: Random, count: int, first: datetime, last: datetime, now: datetime, zone: ZoneInfo
) -> list[datetime]:
    """The same, and the last one of them on the last day, or the working day after it."""
    span = (last - first).days
    days = sorted(random.sample(range(1, span), min(count, span) - 1)) if span > 1 else []
    return _moments(random, [*days, span] if span > 0 else [], first, now, zone)


def _moments(random: Random, days: list[int], first: datetime, now: datetime, zone: ZoneInfo) -> list[datetime]:
    dates = dict.fromkeys(working_day((first + timedelta(days=day)).astimezone(zone).date()) for day in days)
    moments = [working_moment(random, day, zone) for day in dates]
    return [moment for moment in moments if moment < now - timedelta(minutes=30)]
