"""Values as cells of a workbook: nothing that a person typed can act as a formula (hostile case 41)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crm.spreadsheets.limits import MAX_CELL_TEXT

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# What XML cannot hold, and the two signs that are no characters.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x000D_ as a character; the underscore before such a text is written in that way itself.
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_EXACT_DIGITS = 15
# Excel counts a 29 February 1900; days before it would move by one.
_FIRST_DAY = date(1900, 3, 1)

FORMATS = {
    "text": "@",
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}


def clean_text(text: str) -> str:
    """Without what a workbook cannot hold, and not longer than Excel allows."""
    if len(text) * 2 > MAX_CELL_TEXT:
        text = _shortened(text)
    if text.isascii() and text.isprintable() and "_" not in text:
        return text
    return _LIKE_ESCAPE.sub("_x005F_", _UNWRITABLE.sub("", text))


def _shortened(text: str) -> str:
    # Excel counts halves of pairs.
    return text.encode("utf-16-le", "surrogatepass")[: MAX_CELL_TEXT * 2].decode("utf-16-le", "ignore")


class CellMaker:
    """Makes the cells of one sheet.

    For each style one object is used again and again, so a cell must be written before the next is made:
    rows are given to `append` as generators.
    """

    def __init__(self, sheet: "WriteOnlyWorksheet") -> None:
        self._sheet = sheet
        self._cells: dict[str, WriteOnlyCell] = {}
        self._makers: dict[type, Callable[[Any, str], Any]] = {
            str: self._text,
            int: self._number,
            float: self._number,
            Decimal: self._number,
            bool: self._as_is,
            datetime: self._moment,
            date: self._day,
            type(None): self._as_is,
        }

    def cell(self, value: Any, kind: str) -> Any:
        """What `append` takes for the value in a column of this kind. Raises TypeError for other types."""
        maker = self._makers.get(type(value))
        if maker is None:
            maker = self._maker_of_base(type(value))
        return maker(value, kind)

    def heading(self, text: str) -> Any:
        """The text in bold."""
        return self._styled("heading", clean_text(text), "s")

    def _maker_of_base(self, kind: type) -> Callable[[Any, str], Any]:
        for base in kind.__mro__[1:-1]:
            if base in self._makers:
                return self._makers[base]
        return lambda value, column: self._text(str(value), column)

    def _as_is(self, value: Any, kind: str) -> Any:
        return value

    def _text(self, value: str, kind: str) -> Any:
        text = clean_text(value)
        if kind == "text" or text.startswith(_DANGEROUS):
            return self._styled("text", text, "s")
        # Error values such as #N/A would become errors.
        return self._styled("plain", text, "s") if text.startswith("#") else text

    def _number(self, value: Any, kind: str) -> Any:
        if not _is_exact(value):
            return self._styled("text", f"{value:f}" if isinstance(value, Decimal) else str(value), "s")
        return self._styled("money", value, "n") if kind == "money" else value

    def _moment(self, value: datetime, kind: str) -> Any:
        if value.tzinfo is not None:
            raise TypeError("a moment for a workbook has no zone: give it in the firm's time")
        value = value.replace(microsecond=0)
        if value.date() < _FIRST_DAY:
            return self._styled("text", value.isoformat(" "), "s")
        return self._styled("datetime", value, "d")

    def _day(self, value: date, kind: str) -> Any:
        if value < _FIRST_DAY:
            return self._styled("text", value.isoformat(), "s")
        return self._styled("date", value, "d")

    def _styled(self, style: str, value: Any, data_type: str) -> "WriteOnlyCell":
        cell = self._cells.get(style)
        if cell is None:
            cell = self._cells[style] = self._new_cell(style)
        # Set without openpyxl's guessing, which would make formulas of texts.
        cell._value = value
        cell.data_type = data_type
        return cell

    def _new_cell(self, style: str) -> "WriteOnlyCell":
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        cell = WriteOnlyCell(self._sheet)
        if style in FORMATS:
            cell.number_format = FORMATS[style]
        if style == "heading":
            cell.font = Font(bold=True)
        if style == "text":
            cell.quotePrefix = True
        return cell


def _is_exact(value: Any) -> bool:
    """Whether Excel's 15 digits hold the number."""
    if isinstance(value, int):
        return abs(value) < 10**_EXACT_DIGITS
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.normalize().as_tuple().digits) <= _EXACT_DIGITS
    return value - value == 0.0  # neither NaN nor infinite
