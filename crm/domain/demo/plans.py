"""When the last contact of each customer says to come again: today, too long ago, in the next weeks."""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from crm.domain.demo.office_days import working_day, working_moment

LAST_PLANS = {"today": 9, "overdue": 11, "soon": 42, "weeks": 32, "level": 6}
"""Kind and its share among a hundred customers; `level` leaves the date to the level's days."""
_DAYS = {"soon": (1, 7), "weeks": (8, 30), "far": (60, 150)}


def last_plan(random: Random, kind: str, at: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The next contact after the one at `at`; None where the level decides."""
    today = now.astimezone(zone).date()
    if kind == "level":
        return None
    if kind == "today":
        planned = working_moment(random, today, zone)
        if planned > at:
            return planned
        kind = "soon"  # they have been there today already
    if kind == "overdue":
        room = (now - at).days - 1
        if room >= 1:
            return working_moment(random, today - timedelta(days=random.randint(1, min(room, 20))), zone)
        kind = "soon"
    return working_moment(random, working_day(today + timedelta(days=random.randint(*_DAYS[kind]))), zone)
