"""Periods and steps in time (X-2): named ones stay relative, so that a kept 上月 is next month's last month.

Days are the firm's zone's; weeks begin as the settings say; quarters are those of the year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crm.clock import month_of, week_of
from crm.i18n import N_

TODAY, WEEK, MONTH, QUARTER, YEAR = "today", "week", "month", "quarter", "year"
LAST_MONTH, LAST_YEAR, ALWAYS, CUSTOM = "last_month", "last_year", "always", "custom"
PERIODS = (
    (TODAY, N_("Today")),
    (WEEK, N_("This week")),
    (MONTH, N_("This month")),
    (QUARTER, N_("This quarter")),
    (YEAR, N_("This year")),
    (LAST_MONTH, N_("Last month")),
    (LAST_YEAR, N_("Last year")),
    (ALWAYS, N_("All time")),
    (CUSTOM, N_("Custom")),
)

OTHER_PERIODS = tuple(period for period in PERIODS if period[0] != CUSTOM)
"""Those of a second period: it has no days of its own beside it."""

STAGES = (
    ("day", N_("By day")),
    (WEEK, N_("By week")),
    (MONTH, N_("By month")),
    (QUARTER, N_("By quarter")),
    (YEAR, N_("By year")),
)

NO, BEFORE, YEAR_BEFORE = "", "before", "year_before"
COMPARISONS = ((NO, N_("Do not compare")), (BEFORE, N_("Previous period")), (YEAR_BEFORE, N_("Same period last year")))

LONG = timedelta(days=180)
EARLIEST, LATEST = date(1900, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class Span:
    """From one day to another, both included; without one it is open on that side."""

    first: date | None
    last: date | None

    @property
    def closed(self) -> bool:
        return self.first is not None and self.last is not None

    def is_long(self, today: date) -> bool:
        """Whether it holds a good part of all there is: such records are read in another order than a few of them."""
        return self.first is None or (self.last or today) - self.first >= LONG


def quarter_of(day: date) -> tuple[date, date]:
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, month_of(first + timedelta(days=80))[1]


def year_of(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


def step_of(day: date, stage: str, week_starts_on: int) -> tuple[date, date]:
    """First and last day of the step that holds the day."""
    if stage == WEEK:
        return week_of(day, week_starts_on)
    step_of_stage = {MONTH: month_of, QUARTER: quarter_of, YEAR: year_of}.get(stage)
    return step_of_stage(day) if step_of_stage else (day, day)


def steps(span: Span, stage: str, week_starts_on: int) -> Iterator[date]:
    """The first day of each step that the span touches, in order."""
    if span.first is None or span.last is None:
        return
    day = span.first
    while day <= span.last:
        first, last = step_of(day, stage, week_starts_on)
        yield first
        if last >= LATEST:
            return
        day = last + timedelta(days=1)


def named_span(period: str, today: date, week_starts_on: int) -> Span:
    """The days of a named period as they are today."""
    if period == ALWAYS:
        return Span(None, None)
    if period == LAST_MONTH:
        return Span(*month_of(today.replace(day=1) - timedelta(days=1)))
    if period == LAST_YEAR:
        return Span(*year_of(date(today.year - 1, 1, 1)))
    return Span(*step_of(today, period, week_starts_on))


UNIT_OF = {LAST_MONTH: MONTH, LAST_YEAR: YEAR}


def span_before(period: str, span: Span, week_starts_on: int) -> Span | None:
    """The period before (上期): the whole month before a month, as many days before two dates; None of an open one."""
    if span.first is None or span.last is None or span.first <= EARLIEST:
        return None
    day_before = span.first - timedelta(days=1)
    if period == CUSTOM:
        return Span(day_before - (span.last - span.first), day_before)
    return Span(*step_of(day_before, UNIT_OF.get(period, period), week_starts_on))


def span_year_before(span: Span) -> Span | None:
    """The same days a year earlier (去年同期); a month's end stays one."""
    if span.first is None or span.last is None or span.first <= EARLIEST:
        return None
    return Span(year_earlier(span.first), _end_year_earlier(span.last))


def year_earlier(day: date) -> date:
    """29 February is the 28th then."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _end_year_earlier(day: date) -> date:
    earlier = year_earlier(day)
    return month_of(earlier)[1] if day == month_of(day)[1] else earlier
