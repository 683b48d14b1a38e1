"""Reads the cells of one sheet of an .xlsx as they come (I-3, I-5)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from math import isfinite

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.extent import Extent
from crm.spreadsheets.limits import MAX_TEXT
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.sheet import Cell, Merge
from crm.spreadsheets.unreadable import NOT_COMPUTED, Unreadable
from crm.spreadsheets.xlsx_styles import NUMBER, moment_of
from crm.spreadsheets.xlsx_texts import unescaped
from crm.spreadsheets.xml_part import feed, new_parser

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ROW_NUMBER = re.compile(r"[0-9]{1,7}")
_TRUE = ("1", "true")
_MAX_MERGES = 100_000
_MAX_COLUMN_MARKS = 20_000


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


class SheetReader:
    """Rows by their place, and what is hidden or merged; a cell counts once it holds something."""

    def __init__(self, work: ReadBudget, extent: Extent, texts: list[str], kinds: list[int], from_1904: bool) -> None:
        self.work, self.extent = work, extent
        self.texts, self.kinds, self.from_1904 = texts, kinds, from_1904
        self.rows: list[list[Cell]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.merged: list[Merge] = []
        self._row, self._column = 0, 0
        self._cell: dict[str, str] = {}
        self._pieces: list[str] = []
        self._collecting = self._in_cell = self._phonetic = False
        self._formula = self._has_result = False
        self._length = 0
        self._column_marks = 0
        self._letters: dict[str, int] = {}

    def read(self, pieces: Iterable[bytes]) -> None:
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        feed(parser, pieces, self.work)
        self.work.sheet(self.extent.rows, self.extent.columns)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or name == "t":
            self._collecting = self._in_cell and not self._phonetic
            self._has_result = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name == "col":
            self._hide_columns(attributes)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _text(self, characters: str) -> None:
        if self._collecting:
            self._length += len(characters)
            if self._length > MAX_TEXT:
                raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
            self._pieces.append(characters)

    def _end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v" or name == "t":
            self._collecting = False
        elif name == "c":
            self._in_cell = False
            if self._pieces or self._formula:
                value = self._cell_value("".join(self._pieces))
                if value is not None and value != "":
                    self._put(value)
        elif name == "rPh":
            self._phonetic = False

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r") or str(self._row + 1)
        if not _ROW_NUMBER.fullmatch(number):
            raise SpreadsheetError(messages.DAMAGED)
        self._row, self._column = int(number), 0
        if (attributes.get("hidden") in _TRUE or attributes.get("ht") == "0") and self._row <= self.extent.max_rows:
            self.hidden_rows.add(self._row - 1)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._pieces = attributes, []
        self._in_cell, self._length = True, 0
        self._formula = self._has_result = self._phonetic = False
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
            return
        match = _REFERENCE.fullmatch(reference)
        if not match:
            raise SpreadsheetError(messages.DAMAGED)
        letters, number = match.groups()
        column = self._letters.get(letters)
        if column is None:
            column = self._letters[letters] = column_number(letters)
        self._row, self._column = int(number), column

    def _put(self, value: Cell) -> None:
        row, column = self._row, self._column
        if row < 1 or column < 1:
            raise SpreadsheetError(messages.DAMAGED)
        self.work.cell()
        self.extent.use(row, column)
        while len(self.rows) < row:
            self.rows.append([])
        cells = self.rows[row - 1]
        if len(cells) < column:
            cells.extend([None] * (column - len(cells)))
        cells[column - 1] = value

    def _cell_value(self, text: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "e":
            return Unreadable(text.strip()[:40] or "#")
        if kind in ("str", "inlineStr") and (self._has_result or not self._formula):
            return self._text_cell(unescaped(text))
        if not text.strip():
            return Unreadable("", NOT_COMPUTED) if self._formula else None
        if kind == "s":
            return self._text_cell(self._shared_text(text))
        if kind == "b":
            return text.strip().lower() in _TRUE
        return _iso_moment(text.strip()) if kind == "d" else self._number(text)

    def _text_cell(self, text: str) -> Cell:
        self.work.text(len(text))
        return text

    def _shared_text(self, text: str) -> str:
        number = text.strip()
        if not (number.isascii() and number.isdigit()) or len(number) > 9 or int(number) >= len(self.texts):
            raise SpreadsheetError(messages.DAMAGED)
        return self.texts[int(number)]

    def _number(self, text: str) -> Cell:
        try:
            value = float(text)
        except ValueError:
            return self._text_cell(text)
        if not isfinite(value):
            return Unreadable(text.strip()[:40])
        style = self._cell.get("s", "0")
        kind = self.kinds[int(style)] if style.isdecimal() and int(style) < len(self.kinds) else NUMBER
        return value if kind == NUMBER else moment_of(value, kind, self.from_1904)

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        self._column_marks += 1
        if self._column_marks > _MAX_COLUMN_MARKS or not (_ROW_NUMBER.fullmatch(first) and _ROW_NUMBER.fullmatch(last)):
            return
        if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
            self.hidden_columns.update(range(int(first) - 1, min(int(last), self.extent.max_columns)))

    def _merge(self, reference: str) -> None:
        first, _colon, last = reference.partition(":")
        top_left, bottom_right = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if top_left and bottom_right and len(self.merged) < _MAX_MERGES:
            self.merged.append(
                (
                    int(top_left.group(2)) - 1,
                    column_number(top_left.group(1)) - 1,
                    int(bottom_right.group(2)) - 1,
                    column_number(bottom_right.group(1)) - 1,
                )
            )


def _iso_moment(text: str) -> Cell:
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return text
    moment = moment.replace(tzinfo=None)
    day: date = moment.date()
    return day if len(text) <= 10 else moment
