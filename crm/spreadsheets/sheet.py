"""One sheet as it was found in a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from crm.spreadsheets.unreadable import Unreadable

# datetime is a date, bool an int; both are named because readers of this type tell them apart.
Cell = str | int | float | bool | date | datetime | Unreadable | None

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, from 0."""


@dataclass(frozen=True)
class Sheet:
    """Rows of equal length, beginning with row 1 of the file, so that row `i` is number `i + 1` there.

    `encoding` and `separator` are those of a CSV file, None for workbooks. `sheet_names` lists the
    sheets that could have been chosen. The value of cells merged downwards stands in each of their rows.
    """

    rows: Sequence[list[Cell]]
    sheet_name: str = ""
    sheet_names: Sequence[str] = field(default_factory=list)
    kind: str = "csv"
    encoding: str | None = None
    separator: str | None = None
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: Sequence[Merge] = ()


def is_blank(row: Sequence[Cell]) -> bool:
    """Whether a row holds nothing but empty cells and blanks."""
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def trim_rows(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows without empty ones at the end and empty columns on the right, all of one length."""
    last = next((i for i in range(len(rows), 0, -1) if not is_blank(rows[i - 1])), 0)
    del rows[last:]
    width = max((_used_width(row) for row in rows), default=0)
    for row in rows:
        if len(row) > width:
            del row[width:]
        elif len(row) < width:
            row.extend([None] * (width - len(row)))
    return rows


def _used_width(row: Sequence[Cell]) -> int:
    return next((i for i in range(len(row), 0, -1) if row[i - 1] not in (None, "")), 0)
