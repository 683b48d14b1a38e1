"""Types of time: a day, and a moment in the firm's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from crm import clock
from crm.fields.field_type import Context, FieldType, ValueProblem
from crm.i18n import N_
from crm.text import DateProblem, written_moment

MAX_MOMENT_LENGTH = 60


def parse_day(text: str) -> date:
    """A day as people type it: 2026-08-31, 2026/8/31, 2026年8月31日, 115/8/31, 民國115年8月31日, 20260831."""
    day, at = _written(text, with_time=False)
    if at is not None and at.replace(tzinfo=None) != time():
        raise ValueProblem(N_("Only a date is stored here. Please remove the time."))
    return day


def _written(text: str, with_time: bool) -> tuple[date, time | None]:
    try:
        day, at = written_moment(text, with_time)
    except DateProblem as problem:
        raise ValueProblem(problem.message, **problem.values) from None
    if not 1800 <= day.year <= 2999:
        raise ValueProblem(N_("Please enter a year between 1800 and 2999."))
    return day, at


@dataclass(frozen=True)
class Day(FieldType):
    kind = "day"
    max_length = MAX_MOMENT_LENGTH

    def read(self, text: str, context: Context) -> date:
        return parse_day(text)

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else value.isoformat()

    def cell(self, value: Any, context: Context) -> Any:
        return value


@dataclass(frozen=True)
class MomentType(FieldType):
    """A date and time in the firm's zone; a date alone means `hour` o'clock."""

    kind = "moment"
    max_length = MAX_MOMENT_LENGTH
    hour: int = 9

    def read(self, text: str, context: Context) -> datetime:
        day, at = _written(text, with_time=True)
        if at is not None and at.tzinfo is not None:
            return datetime.combine(day, at.replace(second=0, microsecond=0)).astimezone(UTC)
        local = datetime.combine(day, time(at.hour, at.minute) if at else time(self.hour), context.zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(context.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise ValueProblem(
                N_("The clocks go forward then, so there is no %(time)s that day. Please choose another time."),
                time=f"{local:%H:%M}",
            )
        return moment

    def span(self, text: str, context: Context) -> tuple[datetime, datetime]:
        """A minute, or the whole day of the firm's zone."""
        text = self.text(text)
        day, at = _written(text, with_time=True)
        if at is None:
            return clock.start_of(day, context.zone), clock.end_of(day, context.zone)
        minute = self.read(text, context)
        return minute, minute + timedelta(minutes=1)

    def show(self, value: Any, context: Context) -> str:
        if value is None:
            return ""
        local = value.astimezone(context.zone)
        return f"{local.year}-{local.month:02d}-{local.day:02d} {local.hour:02d}:{local.minute:02d}"

    def cell(self, value: Any, context: Context) -> Any:
        return None if value is None else value.astimezone(context.zone).replace(tzinfo=None)
