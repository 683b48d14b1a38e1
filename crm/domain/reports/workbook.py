"""導出Excel: conditions, figures with number formats, and the picture (X-1)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import IO, Any

from crm.charts.number_labels import width_of
from crm.domain.platform.drawing import PictureMissing
from crm.domain.reports.pictures import chart_image
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sheet import Line, Sheet, applied_conditions, sheet_of
from crm.i18n import N_
from crm.spreadsheets.writing import Column, Picture, SheetToWrite, write_workbook

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
            image = Picture(drawn.body, drawn.size)
        except PictureMissing as missing:
            preface.insert(-1, (say(missing.message),))
    conditions = [line[0] for line in preface if len(line) > 1]
    rows = SheetToWrite(say(query.report.label), columns(sheet, conditions), lines(sheet), preface, image)
    write_workbook(target, [rows])
    return len(sheet.lines)


def columns(sheet: Sheet, conditions: Sequence[str] = ()) -> list[Column]:
    """Money, counts and percentages each have their format; the first column holds the conditions' names too."""
    kinds = ["text"] * sheet.groups + [cell.kind for cell in sheet.total.cells]
    widths = [_width(sheet, number, () if number else conditions) for number in range(sheet.groups)]
    parts = zip_longest(sheet.headings, kinds, widths)
    return [Column(heading.label, kind, width) for heading, kind, width in parts]


def _width(sheet: Sheet, number: int, others: Sequence[str]) -> float:
    """Wide enough for the names of that grouping, if they are not too long, and for the others in its column."""
    names = (sheet.headings[number].label, *(line.names[number] for line in sheet.lines), *others)
    return float(min(max(width_of(name) for name in names) + 3, WIDEST_NAMES))


def lines(sheet: Sheet) -> Iterator[list[Any]]:
    yield from (_values(line) for line in sheet.lines)
    yield _values(sheet.total)


def _values(line: Line) -> list[Any]:
    return [*line.names, *(cell.value for cell in line.cells)]
