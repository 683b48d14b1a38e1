"""導出Excel: conditions, figures with number formats, and the picture (X-1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from crm.charts.number_labels import width_of
from crm.domain.platform.drawing import PictureMissing
from crm.domain.reports.pictures import chart_image
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sheet import Line, Sheet, applied_conditions, sheet_of
from crm.i18n import N_
from crm.spreadsheets.writing import Column, Picture, SheetToWrite, write_workbook

BESIDE = 2
"""So many columns are free between the table and the picture."""
WIDEST_NAMES = 40


def write_report(target: IO[bytes], query: ReportQuery, font: str, at: datetime) -> int:
    """Write the workbook; returns the number of groups. `at` is the moment in the firm's zone."""
    say, sheet = query.reader.say, sheet_of(query)
    made_at = at.replace(tzinfo=None)
    moment = f"{made_at:%Y-%m-%d %H:%M}"
    preface = [(say(query.report.label),), *applied_conditions(query), (say(N_("Generated on")), moment), ()]
    image = None
    if not sheet.empty:
        drawn = chart_image(query, font)
        try:
            image = Picture(drawn.body, drawn.size, len(sheet.headings) + BESIDE)
        except PictureMissing as missing:
            preface.insert(-1, (say(missing.message),))
    rows = SheetToWrite(say(query.report.label), columns(sheet), lines(sheet), preface, image)
    write_workbook(target, [rows])
    return len(sheet.lines)


def columns(sheet: Sheet) -> list[Column]:
    """Money, counts and percentages each have their format."""
    kinds = ["text"] * sheet.groups + [cell.kind for cell in sheet.total.cells]
    widths = [_width(sheet, number) for number in range(sheet.groups)] + [None] * len(sheet.total.cells)
    parts = zip(sheet.headings, kinds, widths, strict=True)
    return [Column(heading.label, kind, width) for heading, kind, width in parts]


def _width(sheet: Sheet, number: int) -> float:
    """Wide enough for the names of that grouping, if they are not too long."""
    names = (sheet.headings[number].label, *(line.names[number] for line in sheet.lines))
    return float(min(max(width_of(name) for name in names) + 3, WIDEST_NAMES))


def lines(sheet: Sheet) -> Iterator[list[Any]]:
    yield from (_values(line) for line in sheet.lines)
    yield _values(sheet.total)


def _values(line: Line) -> list[Any]:
    return [*line.names, *(cell.value for cell in line.cells)]
