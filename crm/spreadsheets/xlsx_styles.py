"""Which cells of an .xlsx are dates, and the days and hours that their numbers mean."""

import re
from datetime import date, datetime, time, timedelta

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError

_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59), *range(71, 82)))
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NO_LETTERS = re.compile(r'"[^"]*"|\[[^\[\]]*\]|[\\_*].|general', re.IGNORECASE)
_DATE_LETTERS = re.compile("[dmyhs]", re.IGNORECASE)
_ELAPSED_NUMBER = 46
_LAST = 2_958_465
# Excel has at most 65,490 styles of cells.
_MAX_STYLES = 100_000
_DAY_MS = 86_400_000

NUMBER, DATE, DURATION = 0, 1, 2


class Styles:
    """The kind of number that each cell style shows; fed with the elements of the styles' part."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self._formats: dict[int, str] = {}
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.kinds) + len(self._formats) > _MAX_STYLES:
            raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
        if name == "numFmt":
            self._formats[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self.kinds.append(self._kind(_number(attributes.get("numFmtId"))))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def _kind(self, number: int) -> int:
        code = self._formats.get(number)
        if code is None:
            return DURATION if number == _ELAPSED_NUMBER else DATE if number in _DATES else NUMBER
        if _ELAPSED.search(code):
            return DURATION
        return DATE if _DATE_LETTERS.search(_NO_LETTERS.sub("", code[:1_000])) else NUMBER


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def moment_of(serial: float, kind: int, from_1904: bool) -> "date | datetime | str | float":
    """The day, the day with its hour, or the hour alone as text; the number itself where it is no day."""
    if not 0 <= serial <= _LAST:
        return serial
    milliseconds = round(serial * _DAY_MS)
    if kind == DURATION:
        return str(timedelta(seconds=round(milliseconds / 1000)))
    if milliseconds < _DAY_MS and not from_1904:
        return _hour(milliseconds)
    epoch = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    if not from_1904 and serial < 60:
        epoch += timedelta(days=1)  # Excel counts a 29 February 1900
    try:
        moment = epoch + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return serial
    return moment.date() if milliseconds % _DAY_MS == 0 else moment


def _hour(milliseconds: int) -> str:
    seconds = round(milliseconds / 1000) % 86_400
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60).strftime("%H:%M:%S")
