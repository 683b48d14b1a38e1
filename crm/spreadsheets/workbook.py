"""Reads a workbook that has been looked through."""

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from crm.i18n import N_
from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.sheet import Cell, Sheet, is_blank, square

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook


_AS_FOUND = frozenset((str, bool, int, float, date, datetime))


def read_workbook(file: io.BytesIO, kind: str, wanted: str | None = None) -> Sheet:
    """The wanted sheet, or the first visible one that has data (I-3)."""
    from python_calamine import CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(file) as workbook:
            return _chosen_sheet(workbook, kind, wanted)
    except (SpreadsheetError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # The reader is not Python: its failed assertions are no `Exception`.
        raise SpreadsheetError(messages.DAMAGED) from error


def _chosen_sheet(workbook: "CalamineWorkbook", kind: str, wanted: str | None) -> Sheet:
    names = _sheet_names(workbook)
    if wanted is not None and wanted not in names:
        raise SpreadsheetError(N_("This file has no sheet “%(name)s”."), name=wanted)
    for name in [wanted] if wanted is not None else names:
        rows = square(_rows(workbook, name))
        if rows and not all(is_blank(row) for row in rows):
            return Sheet(rows, name, names, kind)
    raise SpreadsheetError(messages.EMPTY)


def _sheet_names(workbook: "CalamineWorkbook") -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return [sheet.name for sheet in visible or sheets]


def _rows(workbook: "CalamineWorkbook", name: str) -> list[list[Cell]]:
    found: list[list[Any]] = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[value if type(value) in _AS_FOUND and value != "" else _cell(value) for value in row] for row in found]


def _cell(value: Any) -> Cell:
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    return str(value) if isinstance(value, timedelta) else None
