"""Dates as Excel keeps them, and as text in the shapes that forms read too."""

from datetime import date, datetime, time, timedelta

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, format_float, half_width, ignore_warnings, is_blank_or_placeholder
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell
from crm.text import DateProblem, written_moment

# Excel's day 0, for days after its 29 February 1900, which never was.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (Excel knows no zones)
# 1906 to 2199: smaller and larger numbers are years or something else.
_SERIALS = range(2_200, 109_575)
_YEARS = range(1600, 10_000)


def date_of(value: Cell, warn: Warn = ignore_warnings) -> date | None:
    """The day; a time of day beside it is left out. Raises for days that do not exist or could be two."""
    at = moment(value, warn)
    return None if at is None else at.date()


def moment(value: Cell, warn: Warn = ignore_warnings) -> datetime | None:
    """Day and time in the firm's zone, without a zone unless the text names one; midnight where no time is given."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, bool) or is_blank_or_placeholder(value):
        if isinstance(value, bool):
            raise _not_a_date(str(value))
        return None
    return _from_number(value) if isinstance(value, int | float) else _from_text(value)


def _from_number(value: float) -> datetime:
    if value != value or abs(value) >= 10**9:
        raise _not_a_date(str(value))
    if int(value) in _SERIALS:
        return (_EPOCH + timedelta(days=value) + timedelta(microseconds=500_000)).replace(microsecond=0)
    if value == int(value):
        typed = str(int(value))
        if len(typed) in (7, 8) or len(typed) == 4:
            return _from_text(typed)
    raise _not_a_date(format_float(float(value)))


def _from_text(value: Cell) -> datetime:
    typed = half_width(value)
    try:
        day, clock = written_moment(typed, with_time=False)
    except DateProblem as problem:
        raise CleaningError(problem.message, **problem.values) from None
    if day.year not in _YEARS:
        raise _not_a_date(typed)
    return datetime.combine(day, clock or time())


def _not_a_date(typed: str) -> CleaningError:
    return CleaningError(N_("“%(value)s” is not a date. Please write it like 2026-08-31."), value=typed)
