"""Writes workbooks row by row; what is written comes back the same when it is imported (hostile case 41)."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import IO, Any
from unicodedata import east_asian_width

from crm.spreadsheets.cells import FORMATS, CellMaker, clean_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""
_WIDTHS = {"text": 16, "money": 14, "price": 14, "date": 12, "datetime": 17, "general": 12}
_WIDEST = 60
WIDEST_BESIDE = 110
"""The characters of a table beside which a picture still has room on a page."""
SPACE = 2
"""So many columns or rows on, the picture begins behind the table."""
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_TITLE_LENGTH = 31


@dataclass(frozen=True)
class Column:
    """`width` in characters.

    `kind`: general, text (codes keep their zeros), money, price (of one unit), count, percent (12.3 is 12.3 %), date or
    datetime.
    """

    heading: str
    kind: str = "general"
    width: float | None = None


@dataclass(frozen=True)
class Picture:
    """A PNG, shown in so many pixels: beside the table, or below one that is too wide for a page with it."""

    body: bytes
    size: tuple[int, int]


@dataclass
class SheetToWrite:
    """`preface`: rows above the headings, such as the conditions of a report."""

    title: str
    columns: Sequence[Column | str]
    rows: Iterable[Iterable[Any]]
    preface: Sequence[Sequence[Any]] = ()
    picture: Picture | None = None


SheetLike = SheetToWrite | tuple[str, Sequence[Column | str], Iterable[Iterable[Any]]]


def write_workbook(target: str | Path | IO[bytes], sheets: Iterable[SheetLike]) -> None:
    """Write the sheets, taking their rows one at a time.

    Values may be texts, numbers, Decimal, bool, date, datetime (without a zone, in the firm's time) and
    None; others are written as their text. Numbers of more than 15 digits are written as text, since
    Excel would change them.
    """
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    try:
        for sheet in sheets:
            _write_sheet(workbook, sheet if isinstance(sheet, SheetToWrite) else SheetToWrite(*sheet))
        workbook.save(target)
    except BaseException:
        _throw_away(workbook)
        raise


def _throw_away(workbook: Any) -> None:
    """What is half written would lie in the folder of temporary files until the program ends; saving takes it away."""
    with suppress(Exception):  # the reason why it is thrown away is what is told
        workbook.save(_Nowhere())


class _Nowhere:
    """A file that keeps nothing."""

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        pass


def _write_sheet(workbook: Any, sheet: SheetToWrite) -> None:
    columns = [column if isinstance(column, Column) else Column(column) for column in sheet.columns]
    page = workbook.create_sheet(sheet_title(sheet.title, workbook.sheetnames))
    arrange(page, columns, len(sheet.preface) + 1)
    if sheet.picture is not None:
        # On paper table and picture stand beside each other, too; said before the first row, or it is not written.
        page.page_setup.orientation = "landscape"
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.page_setup.fitToHeight = 0
    maker = CellMaker(page)
    for line in sheet.preface:
        maker.append(line, repeat("general"))
    kinds = [column.kind for column in columns]
    maker.append_headings((column.heading for column in columns), kinds)
    for row in sheet.rows:
        maker.append(row, kinds)
    if sheet.picture is not None:
        if sum(width_of(column) for column in columns) > WIDEST_BESIDE:
            _place(page, sheet.picture, 1, maker.row_count + SPACE)
        else:
            _place(page, sheet.picture, len(columns) + SPACE, 1)


def _place(page: Any, picture: Picture, column: int, row: int) -> None:
    from openpyxl.drawing.image import Image
    from openpyxl.utils import get_column_letter

    image = Image(BytesIO(picture.body))
    image.width, image.height = picture.size
    image.anchor = f"{get_column_letter(column)}{row}"
    page.add_image(image)


def arrange(page: Any, columns: Sequence[Column], heading_row: int) -> None:
    """Freeze the headings, set widths and formats; must be done before the first row is written."""
    from openpyxl.utils import get_column_letter

    page.freeze_panes = f"A{heading_row + 1}"
    for number, column in enumerate(columns, 1):
        dimension = page.column_dimensions[get_column_letter(number)]
        dimension.width = width_of(column)
        if column.kind in FORMATS:
            dimension.number_format = FORMATS[column.kind]


def width_of(column: Column) -> float:
    """Its own width, else wide enough for the heading and for what such a column usually holds."""
    if column.width:
        return column.width
    needed = sum(2 if east_asian_width(c) in "WF" else 1 for c in column.heading) + 3
    return float(min(max(needed, _WIDTHS.get(column.kind, 12)), _WIDEST))


def sheet_title(text: str, taken: Sequence[str]) -> str:
    """A title that Excel accepts and no other sheet has."""
    title = _NOT_IN_TITLES.sub(" ", clean_text(text)).strip(" '")[:_TITLE_LENGTH] or "Sheet"
    used = {name.lower() for name in taken}
    result, number = title, 2
    while result.lower() in used:
        ending = f" ({number})"
        result = title[: _TITLE_LENGTH - len(ending)] + ending
        number += 1
    return result
