"""The file that was checked, with what is wrong in it marked, to be corrected and imported again (I-4)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crm.spreadsheets.cells import CellMaker
from crm.spreadsheets.cleaning.texts import as_text
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell
from crm.spreadsheets.writing import Column, arrange, sheet_title


@dataclass(frozen=True)
class CellError:
    """`row` and `column` from 0, as in `Sheet.rows`; no column where the whole row is meant.

    `reason`, and `field` where another name than the heading is wanted, are already in the reader's language.
    """

    row: int
    column: int | None
    reason: str
    field: str = ""


def mark_errors(
    target: str | Path | IO[bytes],
    rows: Sequence[Sequence[Cell]],
    heading_row: int,
    errors: Iterable[CellError],
    reason_heading: str,
    only_wrong: bool = False,
    colon: str = ": ",
    headings: Sequence[str] | None = None,
) -> None:
    """Write the headings and the rows below them, wrong cells coloured, with a last column of reasons.

    `only_wrong` leaves the good rows out, for when they were imported. A column of reasons that is
    there from an earlier check is replaced. `headings` are written where the file has none (`heading_row` -1), or none
    of its own. `colon` stands between a field's name and the reason.
    """
    from openpyxl import Workbook

    by_row: dict[int, list[CellError]] = defaultdict(list)
    for error in errors:
        by_row[error.row].append(error)
    headings = [as_text(cell) for cell in rows[heading_row]] if headings is None else headings
    width = _without_reasons(headings, reason_heading)
    workbook = Workbook(write_only=True)
    page = workbook.create_sheet(sheet_title(reason_heading, []))
    arrange(page, [*(Column(heading, "text") for heading in headings[:width]), Column(reason_heading, width=50)], 1)
    maker = CellMaker(page)
    maker.append_headings([*headings[:width], reason_heading])
    for index in range(heading_row + 1, len(rows)):
        cell_errors = by_row.get(index, [])
        if cell_errors or not only_wrong:
            maker.append_marked(_line(rows[index], width, headings, cell_errors, colon), _places(cell_errors))
    workbook.save(target)


def _places(errors: Sequence[CellError]) -> set[int]:
    return {error.column for error in errors if error.column is not None}


def _line(
    row: Sequence[Cell], width: int, headings: Sequence[str], cell_errors: Sequence[CellError], colon: str
) -> list[Any]:
    cells = [*row[:width], *[None] * (width - len(row))]
    reasons = []
    for error in cell_errors:
        name = error.field or (headings[error.column] if error.column is not None else "")
        reasons.append(name + colon + error.reason if name else error.reason)
    return [*cells, "\n".join(reasons) or None]


def _without_reasons(headings: Sequence[str], reason_heading: str) -> int:
    """How many columns there are before an old column of reasons."""
    ours = bool(headings) and normalize_heading(headings[-1]) == normalize_heading(reason_heading)
    return len(headings) - ours
