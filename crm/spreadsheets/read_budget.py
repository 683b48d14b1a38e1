"""How much may be read from one file, counted over all its parts while it is read.

Limits on what comes out alone would let a small file cost any amount of time and memory on the way there.
"""

from dataclasses import dataclass

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import MAX_CELLS, MAX_TABLE, MAX_TEXT, MAX_UNPACKED, MAX_XML_ELEMENTS


@dataclass
class ReadBudget:
    """What was read of one file so far; each counter raises SpreadsheetError beyond its limit."""

    max_unpacked: int = MAX_UNPACKED
    unpacked: int = 0
    elements: int = 0
    cells: int = 0
    characters: int = 0
    table: int = 0

    def unpack(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > self.max_unpacked:
            raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)

    def element(self, count: int = 1) -> None:
        self.elements += count
        if self.elements > MAX_XML_ELEMENTS:
            raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)

    def cell(self, count: int = 1) -> None:
        self.cells += count
        if self.cells > MAX_CELLS:
            raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_CELLS)

    def sheet(self, rows: int, columns: int) -> None:
        """A whole sheet, empty places among its cells included: they take memory, too."""
        self.table += rows * columns
        if self.table > MAX_TABLE:
            raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_TABLE)

    def text(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_TEXT:
            raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
