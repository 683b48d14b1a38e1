"""The one reader of days and times that people write, for forms, searches and files (C-1, I-5).

Years of the Republic count from 1912: 115/11/28, 民國115年11月28日, 一一五年十一月二十八日 and 1151128 are
28 November 2026.
"""

from __future__ import annotations

import re
from datetime import UTC, date, time, timedelta, timezone

from crm.errors import DomainError
from crm.i18n import N_
from crm.text.numbers import half_width

MAX_LENGTH = 60
"""More signs than any day with its time has; longer texts are none."""
_REPUBLIC = 1911
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)

_YEAR_FIRST = re.compile(
    r"(?:(?:西元|公元) ?(?=\d{4}))?(\d{4}|\d{3}) ?[-/.,年 ] ?(\d{1,2}) ?[-/.,月 ] ?(\d{1,2}) ?[日號号]?", re.ASCII
)
_REPUBLICAN = re.compile(
    r"(?:(?:中華|中华)?民[國国]?|R\.?O\.?C\.?) ?(\d{1,3}|元) ?[年\-/.] ?(\d{1,2}) ?[月\-/.] ?(\d{1,2}) ?[日號号]?",
    re.IGNORECASE | re.ASCII,
)
_COMPACT = re.compile(r"(\d{4}|[01]\d\d)(\d\d)(\d\d)", re.ASCII)
_DAY_OR_MONTH_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_DAY_AND_NAME = re.compile(rf"(\d{{1,2}})(?:[-/.]| |\. ){_MONTH}[-/., ] ?(\d{{4}})", re.IGNORECASE | re.ASCII)
_NAME_AND_DAY = re.compile(rf"{_MONTH}[- ](\d{{1,2}}),? ?(\d{{4}})", re.IGNORECASE | re.ASCII)
_YEAR_AND_NAME = re.compile(rf"(\d{{4}})[-/. ]{_MONTH}[-/. ](\d{{1,2}})", re.IGNORECASE | re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", re.ASCII)
_NO_DAY = re.compile(r"\d{4}年?|\d{4}[-/.年]\d{1,2}月?", re.ASCII)
_WEEKDAY = re.compile(
    r" ?\(?(?:星期|週|周|礼拜|禮拜)[一二三四五六日天]\)?| ?\([一二三四五六日天]\)"
    r"|(?:^| ?\(| )(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?(?:\)|[,.]? |[,.]?$)",
    re.IGNORECASE,
)
_MORNING, _AFTERNOON = "上午 早上 清晨 凌晨 AM A.M.".split(), "下午 傍晚 晚上 晚間 晚间 中午 PM P.M.".split()
_HALF_DAY = "|".join(map(re.escape, _MORNING + _AFTERNOON))
_CLOCK = re.compile(
    rf"(?:T| |(?=[上下中早清凌傍晚])|(?<=[日號号])) ?({_HALF_DAY})? ?(\d{{1,2}})"
    rf"(?:[:.時时點点](?:(\d{{1,2}}|半)分?)?(?::?(\d{{1,2}})秒?)?(?:\.\d{{1,9}})?整? ?({_HALF_DAY})?| ?(AM|PM))"
    r" ?(Z|[-+]\d\d:?\d\d)?$",
    re.IGNORECASE | re.ASCII,
)
_SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—―", "-"), **dict.fromkeys("、。", "."), "\\": "/"})
_HAN = "〇零一二三四五六七八九"
_HAN_FIGURES = str.maketrans(_HAN, "00123456789")
_HAN_TENS = re.compile(r"(?=.*[十百])(?:([1-9])百0?)?(?:([1-9]?)十)?([1-9]?)")
_HAN_NUMBER = re.compile(rf"(?<![{_HAN}十百])[{_HAN}十百]+(?=[年月日號号點点時时分秒])")


class DateProblem(DomainError):
    """A text that names no day, or an ambiguous one; the message says what to write instead."""


def written_moment(text: str, with_time: bool = True) -> tuple[date, time | None]:
    """The day, and the time where one is written beside it; a time of a named zone (Z, +08:00) knows it.

    Raises DateProblem for what is none, for days that do not exist and for those that could be two; its advice shows
    a time as well where one is wanted (`with_time`).
    """
    typed = " ".join(half_width(text[: 2 * MAX_LENGTH].replace("\u200b", "").replace("\ufeff", "")).split())
    if len(typed) > MAX_LENGTH:
        raise _not_a_date(typed[:MAX_LENGTH], with_time)
    written = _WEEKDAY.sub(" ", _HAN_NUMBER.sub(_figures, typed.translate(_SIGNS)))
    written = " ".join(written.split())
    clock = None if _YEAR_FIRST.fullmatch(written) else _CLOCK.search(written)
    day = _day(written[: clock.start()].strip() if clock else written, typed, with_time)
    return day, _time(clock, typed) if clock else None


def _day(written: str, typed: str, with_time: bool) -> date:
    if match := _YEAR_FIRST.fullmatch(written) or _COMPACT.fullmatch(written):
        return _real_day(match[1], match[2], match[3], typed)
    if match := _REPUBLICAN.fullmatch(written):
        return _real_day("001" if match[1] == "元" else match[1].rjust(3, "0"), match[2], match[3], typed)
    if match := _DAY_OR_MONTH_FIRST.fullmatch(written):
        return _day_and_month(match[1], match[3], match[4], typed)
    if match := _DAY_AND_NAME.fullmatch(written):
        return _real_day(match[3], _month(match[2]), match[1], typed)
    if match := _NAME_AND_DAY.fullmatch(written):
        return _real_day(match[3], _month(match[1]), match[2], typed)
    if match := _YEAR_AND_NAME.fullmatch(written):
        return _real_day(match[1], _month(match[2]), match[3], typed)
    if _NO_DAY.fullmatch(written):
        raise DateProblem(N_("“%(value)s” is missing the day. Please write it like 2026-08-31."), value=typed)
    if _SHORT_YEAR.fullmatch(written):
        raise _ambiguous(typed)
    raise _not_a_date(typed, with_time)


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3].lower()) + 1)


def _real_day(year: str, month: str, day: str, typed: str) -> date:
    """Of three digits the year is the Republic's."""
    try:
        return date(int(year) + (_REPUBLIC if len(year) == 3 else 0), int(month), int(day))
    except ValueError:
        raise DateProblem(
            N_("The day “%(value)s” does not exist in the calendar. Please check the date."), value=typed
        ) from None


def _day_and_month(first: str, second: str, year: str, typed: str) -> date:
    """With the year last either may come first; only a number above 12, or two alike, tell which."""
    if int(first) > 12:
        return _real_day(year, second, first, typed)
    if int(second) > 12 or int(first) == int(second):
        return _real_day(year, first, second, typed)
    raise _ambiguous(typed)


def _time(match: re.Match[str], typed: str) -> time:
    half, hour, minute, second, half_after, half_alone, zone = match.groups()
    half = (half or half_after or half_alone or "").upper()
    hours = int(hour)
    if half in _AFTERNOON and hours < 12:
        hours += 12 if half != "中午" or hours < 3 else 0
    elif half in _MORNING and hours == 12:
        hours = 0
    try:
        if half in ("晚上", "晚間", "晚间") and hours == 12:  # Midnight: of which day, people do not agree.
            raise ValueError
        return time(hours, 30 if minute == "半" else int(minute or 0), int(second or 0), tzinfo=_zone(zone))
    except ValueError:
        message = N_("The time in “%(value)s” does not exist. Please write it like 2026-08-31 14:05.")
        raise DateProblem(message, value=typed) from None


def _zone(written: str | None) -> timezone | None:
    """Z and +08:00. Raises ValueError for any other text."""
    if not written:
        return None
    if written in "Zz":
        return UTC
    away = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return timezone(-away if written[0] == "-" else away)


def _figures(match: re.Match[str]) -> str:
    """二十八 as 28, 一一五 as 115, 一百一十五 as 115."""
    figures = match[0].translate(_HAN_FIGURES)
    parts = _HAN_TENS.fullmatch(figures)
    if parts is None:
        return figures
    hundreds, tens, ones = parts.groups()
    return str(100 * int(hundreds or 0) + (10 * int(tens or 1) if tens is not None else 0) + int(ones or 0))


def _ambiguous(typed: str) -> DateProblem:
    return DateProblem(N_("“%(value)s” is ambiguous. Please write it like 2026-08-31."), value=typed)


def _not_a_date(typed: str, with_time: bool) -> DateProblem:
    if with_time:
        message = N_("“%(value)s” is not a date and time. Please write it like 2026-08-31 14:05, or the date alone.")
        return DateProblem(message, value=typed)
    return DateProblem(N_("“%(value)s” is not a date. Please write it like 2026-08-31."), value=typed)
