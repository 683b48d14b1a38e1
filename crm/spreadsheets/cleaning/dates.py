"""Dates in the shapes found in lists from the mainland and Taiwan, and as Excel's numbers."""

import re
from datetime import date, datetime, time, timedelta

from crm.i18n import N_
from crm.spreadsheets.cleaning.texts import Warn, half_width, is_placeholder, plain_float, silent
from crm.spreadsheets.errors import CleaningError
from crm.spreadsheets.sheet import Cell

# Excel's day 0, for days after its 29 February 1900, which never was.
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (Excel knows no zones)
# 1906 to 2199: smaller and larger numbers are years or something else.
_SERIALS = range(2_200, 109_575)
_YEARS = range(1600, 10_000)
_REPUBLIC = 1911

_SEPARATED = re.compile(r"(\d{4}|\d{3})([-/.])(\d{1,2})\2(\d{1,2})")
_NAMED = re.compile(r"(\d{4}|\d{3})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?[日號号]?")
_REPUBLICAN = re.compile(r"(?:中華|中华)?[民][國国]\s?(\d{1,3}|元)\s?[年\-/.]\s?(\d{1,2})\s?[月\-/.]\s?(\d{1,2})\s?日?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_COMPACT_REPUBLICAN = re.compile(r"([01]\d\d)(\d\d)(\d\d)")
_DAY_OR_MONTH_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}")
_NO_DAY = re.compile(r"\d{4}年?|\d{4}[-/.年]\d{1,2}月?")
_WEEKDAY = re.compile(r" ?[（(]?(?:星期|週|周|礼拜|禮拜)[一二三四五六日天][)）]?")
_HALF_DAY = "上午|下午|AM|PM"
_CLOCK = re.compile(
    rf"(?:T| |(?=上午|下午)) ?({_HALF_DAY})? ?(\d{{1,2}})[:時时点點]"
    rf"(?:(\d{{1,2}})分?)?(?::?(\d{{1,2}})秒?)?(?:\.\d{{1,9}})? ?({_HALF_DAY})?Z?$",
    re.IGNORECASE,
)


def date_of(value: Cell, warn: Warn = silent) -> date | None:
    """The day; a time of day beside it is left out. Raises for days that do not exist or could be two."""
    found = moment(value, warn)
    return None if found is None else found.date()


def moment(value: Cell, warn: Warn = silent) -> datetime | None:
    """Day and time in the firm's zone, without a zone; midnight where no time is given."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, bool) or is_placeholder(value):
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
    raise _not_a_date(plain_float(float(value)))


def _from_text(value: Cell) -> datetime:
    typed = _WEEKDAY.sub("", half_width(value))
    clock = _CLOCK.search(typed)
    day = _day(typed[: clock.start()].strip() if clock else typed, typed)
    return datetime.combine(day, _time(clock, typed) if clock else time())


def _day(written: str, typed: str) -> date:
    if found := _SEPARATED.fullmatch(written):
        return _real_day(found[1], found[3], found[4], typed)
    if found := _NAMED.fullmatch(written) or _COMPACT.fullmatch(written):
        return _real_day(found[1], found[2], found[3], typed)
    if found := _REPUBLICAN.fullmatch(written):
        year = 1 if found[1] == "元" else int(found[1])
        return _real_day(str(year + _REPUBLIC), found[2], found[3], typed)
    if found := _COMPACT_REPUBLICAN.fullmatch(written):
        return _real_day(found[1], found[2], found[3], typed)
    if found := _DAY_OR_MONTH_FIRST.fullmatch(written):
        return _day_and_month(found[1], found[3], found[4], typed)
    if _NO_DAY.fullmatch(written):
        raise CleaningError(N_("“%(value)s” has no day."), value=typed)
    if _SHORT_YEAR.fullmatch(written):
        raise _ambiguous(typed)
    raise _not_a_date(typed)


def _real_day(year: str, month: str, day: str, typed: str) -> date:
    number = int(year) + (_REPUBLIC if len(year) == 3 else 0)
    if number not in _YEARS:
        raise _not_a_date(typed)
    try:
        return date(number, int(month), int(day))
    except ValueError:
        raise CleaningError(N_("The day “%(value)s” does not exist."), value=typed) from None


def _day_and_month(first: str, second: str, year: str, typed: str) -> date:
    """With the year last either may come first; only a number above 12, or two alike, tell which."""
    if int(first) > 12:
        return _real_day(year, second, first, typed)
    if int(second) > 12 or int(first) == int(second):
        return _real_day(year, first, second, typed)
    raise _ambiguous(typed)


def _time(found: re.Match[str], typed: str) -> time:
    half, hour, minute, second, half_after = found.groups()
    half = (half or half_after or "").upper()
    hours = int(hour)
    if half in ("下午", "PM") and hours < 12:
        hours += 12
    elif half in ("上午", "AM") and hours == 12:
        hours = 0
    try:
        return time(hours, int(minute or 0), int(second or 0))
    except ValueError:
        raise CleaningError(N_("The time in “%(value)s” does not exist."), value=typed) from None


def _ambiguous(typed: str) -> CleaningError:
    return CleaningError(N_("“%(value)s” can be several days. Please write it like 2026-01-31."), value=typed)


def _not_a_date(typed: str) -> CleaningError:
    return CleaningError(N_("“%(value)s” is no date. Please write it like 2026-01-31."), value=typed)
