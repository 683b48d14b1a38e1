"""Values as cells of a workbook: nothing that a person typed can act as a formula (hostile case 41)."""

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

from crm.spreadsheets.limits import MAX_CELL_TEXT

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# What XML cannot hold, and the two noncharacters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x000D_ as a character; the underscore before such a text is written in that way itself.
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EXACT_DIGITS = 15
# Excel has a 29 February 1900: days before it would be shifted by one.
_FIRST_DAY = date(1900, 3, 1)

NUMBER_KINDS = frozenset({"money", "price", "count", "percent"})
HEADING, NUMBER_HEADING = "heading", "number heading"
WRONG_COLOUR = "FFFFC7CE"
FORMATS = {
    "text": "@",
    "money": "#,##0.00",
    "price": "#,##0.00##",
    "count": "#,##0",
    "percent": '0.0"%"',
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}


def clean_text(text: str) -> str:
    """The text without characters that a workbook cannot hold, cut to the length that Excel allows."""
    if len(text) * 2 > MAX_CELL_TEXT:
        text = _shortened(text)
    if text.isascii() and text.isprintable() and "_" not in text:
        return text
    return _LIKE_ESCAPE.sub("_x005F_", _UNWRITABLE.sub("", text))


def _shortened(text: str) -> str:
    # Excel counts UTF-16 code units.
    return text.encode("utf-16-le", "surrogatepass")[: MAX_CELL_TEXT * 2].decode("utf-16-le", "ignore")


class CellMaker:
    """Makes the cells of one sheet and appends its rows.

    One cell object per style is reused: each is written before the next is made. A style ending in "!" is its marked
    (coloured) variant.
    """

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.row_count = 0
        # openpyxl would first try each cell as a plain value, which costs more than writing it.
        sheet._values_to_row = _with_positions
        self._cells: dict[str, Any] = {}
        self._style_of: dict[int, str] = {}
        self._makers: dict[type, Callable[[Any, str], Any]] = {
            str: self._text,
            int: self._number,
            float: self._number,
            Decimal: self._number,
            bool: self._boolean,
            datetime: self._moment,
            date: self._day,
            type(None): self._nothing,
        }

    def append(self, values: Iterable[Any], kinds: Iterable[str]) -> None:
        """Write a row; each value in a column of that kind."""
        self.row_count += 1
        self._sheet.append(self._cell(value, kind) for value, kind in zip(values, kinds, strict=False))

    def append_marked(self, values: Iterable[Any], wrong: Container[int]) -> None:
        """Write a row of texts; the cells at the places in `wrong` (from 0) are coloured."""
        self.row_count += 1
        self._sheet.append(
            self._marked(value) if index in wrong else self._cell(value, "text") for index, value in enumerate(values)
        )

    def append_headings(self, headings: Iterable[str], kinds: Iterable[str] = ()) -> None:
        """Write a row in bold; above numbers at the right, as they are."""
        self.row_count += 1
        styles = (NUMBER_HEADING if kind in NUMBER_KINDS else HEADING for kind in chain(kinds, repeat("text")))
        pairs = zip(headings, styles, strict=False)
        self._sheet.append(self._styled(style, clean_text(text), "s") for text, style in pairs)

    def _cell(self, value: Any, kind: str) -> Any:
        maker = self._makers.get(type(value))
        if maker is None:
            maker = self._maker_of_base(type(value))
        return maker(value, kind)

    def _maker_of_base(self, kind: type) -> Callable[[Any, str], Any]:
        for base in kind.__mro__[1:-1]:
            if base in self._makers:
                return self._makers[base]
        return lambda value, column: self._text(str(value), column)

    def _marked(self, value: Any) -> Any:
        cell = self._cell(value, "text")
        if cell is None:
            return self._styled("plain!", None, "n")
        return self._styled(f"{self._style_of[id(cell)]}!", cell._value, cell.data_type)

    def _nothing(self, value: None, kind: str) -> None:
        return None

    def _boolean(self, value: bool, kind: str) -> Any:
        return self._styled("plain", value, "b")

    def _text(self, value: str, kind: str) -> Any:
        text = clean_text(value)
        style = "text" if kind == "text" or text.startswith(_DANGEROUS) else "plain"
        return self._styled(style, text, "s")

    def _number(self, value: Any, kind: str) -> Any:
        if not _is_exact(value):
            return self._styled("text", f"{value:f}" if isinstance(value, Decimal) else str(value), "s")
        return self._styled(kind if kind in NUMBER_KINDS else "plain", value, "n")

    def _moment(self, value: datetime, kind: str) -> Any:
        if value.tzinfo is not None:
            raise TypeError("workbooks have no time zones: convert the moment to the firm's time")
        value = value.replace(microsecond=0)
        if value.date() < _FIRST_DAY:
            return self._styled("text", value.isoformat(" "), "s")
        return self._styled("datetime", value, "d")

    def _day(self, value: date, kind: str) -> Any:
        if value < _FIRST_DAY:
            return self._styled("text", value.isoformat(), "s")
        return self._styled("date", value, "d")

    def _styled(self, style: str, value: Any, data_type: str) -> Any:
        cell = self._cells.get(style)
        if cell is None:
            cell = self._cells[style] = self._new_cell(style)
            self._style_of[id(cell)] = style
        # Set without openpyxl's guessing, which would make formulas of texts.
        cell._value = value
        cell.data_type = data_type
        return cell

    def _new_cell(self, style: str) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font, PatternFill

        cell = WriteOnlyCell(self._sheet)
        if style.endswith("!"):
            style = style[:-1]
            cell.fill = PatternFill("solid", start_color=WRONG_COLOUR)
        if style in FORMATS:
            cell.number_format = FORMATS[style]
        if style in (HEADING, NUMBER_HEADING):
            cell.font = Font(bold=True)
        if style == NUMBER_HEADING:
            cell.alignment = Alignment(horizontal="right")
        if style == "text":
            cell.quotePrefix = True
        return cell


def _with_positions(cells: Iterable[Any], row: int) -> Iterator[Any]:
    for column, cell in enumerate(cells, 1):
        if cell is not None:
            cell.row = row
            cell.column = column
            yield cell


def _is_exact(value: Any) -> bool:
    """Whether Excel's 15 digits hold the number."""
    if isinstance(value, int):
        return bool(abs(value) < 10**_EXACT_DIGITS)
    if isinstance(value, Decimal):
        return bool(value.is_finite()) and len(value.normalize().as_tuple().digits) <= _EXACT_DIGITS
    return math.isfinite(value)
