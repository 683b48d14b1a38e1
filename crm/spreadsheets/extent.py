"""How far the used cells of a sheet reach, watched while it is read."""

from dataclasses import dataclass

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import MAX_TABLE


@dataclass
class Extent:
    """The last used row and column of one sheet (numbered from 1), and how far they may be."""

    max_rows: int
    max_columns: int
    rows: int = 0
    columns: int = 0

    def use(self, row: int, column: int) -> None:
        """Take note of a cell that holds something; raises SpreadsheetError beyond the limits."""
        if row > self.rows:
            self.rows = row
        elif column <= self.columns:
            return
        if column > self.columns:
            self.columns = column
        self.check()

    def check(self) -> None:
        """Refuse a sheet that would become too large a table."""
        if self.rows > self.max_rows:
            raise SpreadsheetError(messages.TOO_MANY_ROWS, rows=self.max_rows)
        if self.columns > self.max_columns:
            raise SpreadsheetError(messages.TOO_MANY_COLUMNS, columns=self.max_columns)
        if self.rows * self.columns > MAX_TABLE:
            raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_TABLE)
