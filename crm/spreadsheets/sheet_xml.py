"""Looks through one XML part of an .xlsx before the fast reader may have it.

The fast reader makes a dense table up to the last used cell, so two cells can cost any amount of
memory. Here only positions are looked at, and what does not belong into a workbook (document types,
entities, other encodings than UTF-8) is refused.
"""

import re
from xml.parsers import expat

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.extent import Extent
from crm.spreadsheets.limits import MAX_CELLS, MAX_XML_ELEMENTS, MAX_XML_TOKEN

_PIECE = 512 * 1024
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z", re.IGNORECASE)
_ROW_NUMBER = re.compile(r"[0-9]{1,7}\Z")


# What Excel, WPS, LibreOffice and the usual libraries write, and whatever could be a cell at all.
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: (?:s|t|cm|vm|ph)="\w*")*/?>')
_ANY_CELL = re.compile(rb"<(?:[^\s<>/:]*:)?c[\s/>]")


def check_part(xml: bytes, max_rows: int, max_columns: int) -> None:
    """Refuse a part that is not harmless XML or holds too large a sheet."""
    if xml.count(b"<") > 2 * MAX_XML_ELEMENTS:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
    if not _is_plain(xml, max_rows, max_columns):
        _check_thoroughly(xml, max_rows, max_columns)


def _is_plain(xml: bytes, max_rows: int, max_columns: int) -> bool:
    """A quick look that is enough for nearly every file: no declarations, each cell tells its place."""
    if b"<!" in xml or xml.rfind(b"<?") > 3 or b"\0" in xml:
        return False
    cells = _PLAIN_CELL.findall(xml)
    if len(cells) != len(_ANY_CELL.findall(xml)):
        return False
    rows = max(map(int, {number for _, number in cells}), default=0)
    columns = max(map(_column_number, {letters for letters, _ in cells}), default=0)
    return rows <= max_rows and columns <= max_columns and rows * columns <= MAX_CELLS


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _check_thoroughly(xml: bytes, max_rows: int, max_columns: int) -> None:
    scan = _Scan(Extent(max_rows, max_columns))
    parser = expat.ParserCreate("UTF-8")
    parser.ordered_attributes = True
    parser.StartElementHandler = scan.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for begin in range(0, len(xml), _PIECE):
            parser.Parse(xml[begin : begin + _PIECE])
            if begin + _PIECE - parser.CurrentByteIndex > MAX_XML_TOKEN:
                raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise SpreadsheetError(messages.DAMAGED) from error


def _refuse_doctype(*_declaration: object) -> None:
    raise SpreadsheetError(messages.DAMAGED)


class _Scan:
    """Follows rows and cells; a cell counts once something is inside it, not for its style alone."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.row = 0
        self.column = 0
        self.row_text = ""
        self.letters: dict[str, int] = {}

    def start(self, name: str, attributes: list[str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._cell(attributes)
        elif name == "v" or name == "is" or name == "f":
            self.extent.use(self.row, self.column)
        elif name == "row":
            self._row(attributes)

    def _row(self, attributes: list[str]) -> None:
        self.row_text = _attribute(attributes, "r") or str(self.row + 1)
        if not _ROW_NUMBER.match(self.row_text):
            raise SpreadsheetError(messages.DAMAGED)
        self.row = int(self.row_text)
        self.column = 0

    def _cell(self, attributes: list[str]) -> None:
        reference = _attribute(attributes, "r")
        if reference is None:
            self.column += 1
            return
        if reference.endswith(self.row_text):
            column = self.letters.get(reference[: -len(self.row_text) or None])
            if column is not None:
                self.column = column
                return
        self._unusual_cell(reference)

    def _unusual_cell(self, reference: str) -> None:
        found = _REFERENCE.match(reference)
        if not found:
            raise SpreadsheetError(messages.DAMAGED)
        letters, number = found.groups()
        column = _column_number(letters.encode())
        self.row, self.column = int(number), column
        if number == self.row_text:
            self.letters[letters] = column


def _attribute(attributes: list[str], name: str) -> str | None:
    # The position comes first in nearly every file.
    for i in range(0, len(attributes), 2):
        if attributes[i] == name:
            return attributes[i + 1]
    return None
