"""導出Excel: conditions, figures with number formats, and the picture (X-1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from crm.domain.platform.drawing import PictureMissing
from crm.domain.reports.pictures import chart_image
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sheet import Line, Sheet, applied_conditions, sheet
from crm.i18n import N_
from crm.spreadsheets.writing import Column, Picture, SheetToWrite, write_workbook

BESIDE = 2
"""So many columns are free between the table and the picture."""


def write_report(target: IO[bytes], query: ReportQuery, font: str, at: datetime) -> int:
    """Write the workbook; returns the number of groups. `at` is the moment in the firm's zone."""
    say, told = query.reader.say, sheet(query)
    made_at = at.replace(tzinfo=None)
    preface = [(say(query.report.label),), *applied_conditions(query), (say(N_("Generated on")), made_at), ()]
    image = None
    if not told.empty:
        drawn = chart_image(query, font)
        try:
            image = Picture(drawn.body, drawn.size, len(told.headings) + BESIDE)
        except PictureMissing as missing:
            preface.insert(-1, (say(missing.message),))
    rows = SheetToWrite(say(query.report.label), columns(told), lines(told), preface, image)
    write_workbook(target, [rows])
    return len(told.lines)


def columns(told: Sheet) -> list[Column]:
    """Money, counts and percentages each have their format."""
    kinds = ["text"] * told.groups + [cell.kind for cell in told.total.cells]
    return [Column(heading.label, kind) for heading, kind in zip(told.headings, kinds, strict=True)]


def lines(told: Sheet) -> Iterator[list[Any]]:
    yield from (_values(line) for line in told.lines)
    yield _values(told.total)


def _values(line: Line) -> list[Any]:
    return [*line.names, *(cell.value for cell in line.cells)]
