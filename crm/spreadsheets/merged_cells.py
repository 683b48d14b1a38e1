"""Merged cells: a value that is written once for several rows counts for all of them (I-5).

Across, only the first column has it: what is merged across is a title or a wide cell, and means one field.
"""

from collections.abc import Sequence

from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.sheet import Cell, Merge, is_blank


def fill_merged(rows: list[list[Cell]], merged: Sequence[Merge], work: ReadBudget) -> None:
    """Write the values down. Rows that hold nothing of their own stay empty: they are the lower half of a row."""
    blank: dict[int, bool] = {}
    for first, column, last, _last_column in merged:
        if last <= first or first >= len(rows) or column >= len(rows[first]):
            continue
        value = rows[first][column]
        if value is None or value == "":
            continue
        last = min(last, len(rows) - 1)
        work.sheet(last - first, 1)
        for index in range(first + 1, last + 1):
            if index not in blank:
                blank[index] = is_blank(rows[index])
            if not blank[index]:
                _put(rows[index], column, value)
                work.cell()
                if type(value) is str:
                    work.text(len(value))


def _put(row: list[Cell], column: int, value: Cell) -> None:
    if column >= len(row):
        row.extend([None] * (column + 1 - len(row)))
    row[column] = value
