"""The days of a period, and of the one that it is compared with."""

from collections.abc import Mapping
from datetime import date, timedelta

Span = tuple[date | None, date | None]


def month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def whole_of(day: date, unit: str) -> tuple[date, date]:
    """The day, week (from Monday), month, quarter or year that holds it."""
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "month":
        return day.replace(day=1), month_end(day)
    if unit == "quarter":
        first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        return first, month_end(first.replace(month=first.month + 2))
    if unit == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return day, day


UNITS = {"today": "day", "last_month": "month", "last_year": "year"}


def days_of(period: str, today: date, typed: Mapping[str, str]) -> Span:
    if period == "always":
        return None, None
    if period == "custom":
        first, last = typed.get("from"), typed.get("to")
        return date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
    unit = UNITS.get(period, period)
    found = whole_of(today, unit)
    return whole_of(found[0] - timedelta(days=1), unit) if period.startswith("last_") else found


def within(day: date | None, span: Span) -> bool:
    if day is None:
        return True
    return (span[0] is None or span[0] <= day) and (span[1] is None or day <= span[1])


def year_back(day: date) -> date:
    """The same day; of 29 February the 28th."""
    first = day.replace(year=day.year - 1, day=1)
    return first.replace(day=min(day.day, month_end(first).day))
