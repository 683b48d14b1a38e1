"""Reads CSV files: separators, quotes and line ends as programs of all kinds write them (I-3)."""

import csv
import io
import re
from collections.abc import Iterator

from crm.spreadsheets import messages
from crm.spreadsheets.encodings import decode
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.extent import Extent
from crm.spreadsheets.limits import (
    MAX_CELL_TEXT,
    MAX_CELLS,
    MAX_LINES,
    MAX_SEPARATORS,
    MAX_SEPARATORS_IN_LINE,
)
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.sheet import Cell, Sheet, is_blank, trim_rows

SEPARATORS = (",", ";", "\t")
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_ROWS = 20
# TAB, LF, VT (a line break inside a cell of old programs), FF, CR are text; SUB ended files in DOS.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_ANNOUNCED = re.compile(r"sep=([^\"\r\n\0])\r?\n", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")
_OTHER_TEXT = re.compile(r"\s*(<[a-z!?/]|%PDF|\{\\rtf|From:|MIME-Version:|BEGIN:V)", re.IGNORECASE)


def read_csv(data: bytes, encoding: str | None, max_rows: int, max_columns: int) -> Sheet:
    """Every cell as text, empty ones as None; raises SpreadsheetError for a file that is no table of text."""
    text, used = decode(data, encoding)
    text = text.removeprefix("\ufeff").rstrip("\x1a")
    if _BINARY.search(text) or _OTHER_TEXT.match(text):
        raise SpreadsheetError(messages.NOT_A_SPREADSHEET)
    announced = _ANNOUNCED.match(text)
    separator = announced.group(1) if announced else detect_separator(text)
    start = announced.end() if announced else 0
    text = text[start : _end_of_contents(text, separator)]
    _check_amount(text, separator, max_rows)
    rows = trim_rows(_limited_rows(text, separator, max_rows, max_columns))
    if all(is_blank(row) for row in rows):
        raise SpreadsheetError(messages.EMPTY)
    return Sheet(rows, encoding=used, separator=separator)


def _end_of_contents(text: str, separator: str) -> int:
    """Before the empty lines and cells at the end, however many."""
    return len(text.rstrip(f"\r\n{separator}"))


def _check_amount(text: str, separator: str, max_rows: int) -> None:
    """Counts before anything is made of it; what a table of the allowed size needs is far below."""
    if text.count("\n") > MAX_LINES or text.count("\r") > MAX_LINES:
        raise SpreadsheetError(messages.TOO_MANY_ROWS, rows=max_rows)
    if text.count(separator) > MAX_SEPARATORS:
        raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_CELLS)


def detect_separator(text: str) -> str:
    """The one that divides most of the first rows into the same number of cells, more than one."""
    sample = text[:_SAMPLE_CHARACTERS]
    return max(SEPARATORS, key=lambda separator: _evenness(sample, separator))


def _evenness(sample: str, separator: str) -> tuple[int, int]:
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if len(row) > 1 or (row and row[0].strip()):
                widths.append(len(row))
            if len(widths) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    divided = [width for width in widths if width > 1]
    if not divided:
        return (0, 0)
    usual = max(sorted(set(divided), reverse=True), key=divided.count)
    return (divided.count(usual), usual)


def _limited_rows(text: str, separator: str, max_rows: int, max_columns: int) -> list[list[Cell]]:
    extent, work = Extent(max_rows, max_columns), ReadBudget()
    rows: list[list[Cell]] = []
    for row in _parsed(text, separator, max_columns):
        used = _used(row) if any(row) else 0
        if used:
            extent.use(len(rows) + 1, used)
            work.cell(used)
        if used or len(rows) < max_rows:
            rows.append([cell or None for cell in row[:used]])
    return rows


def _used(row: list[str]) -> int:
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def _lines(text: str, separator: str, max_columns: int) -> Iterator[str]:
    for match in _LINE.finditer(text):
        line = match.group()
        if len(line) > MAX_SEPARATORS_IN_LINE and line.count(separator) > MAX_SEPARATORS_IN_LINE:
            raise SpreadsheetError(messages.TOO_MANY_COLUMNS, columns=max_columns)
        yield line


def _parsed(text: str, separator: str, max_columns: int) -> Iterator[list[str]]:
    _refuse_open_quote(text, separator, max_columns)
    reader = csv.reader(_lines(text, separator, max_columns), delimiter=separator)
    try:
        for row in reader:
            if row and max(map(len, row)) > MAX_CELL_TEXT:
                raise _long_cell(reader.line_num)
            yield row
    except csv.Error as error:
        raise _long_cell(reader.line_num) from error


def _refuse_open_quote(text: str, separator: str, max_columns: int) -> None:
    """Only strict reading notices it; other faults are let pass, since real files have them."""
    if '"' not in text:
        return
    strict = csv.reader(_lines(text, separator, max_columns), delimiter=separator, strict=True)
    try:
        for _ in strict:
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise SpreadsheetError(messages.OPEN_QUOTE, line=strict.line_num) from error


def _long_cell(line: int) -> SpreadsheetError:
    return SpreadsheetError(messages.LONG_CELL, line=line, characters=MAX_CELL_TEXT)
