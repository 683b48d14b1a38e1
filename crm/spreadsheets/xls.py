"""Reads the sheets of an .xls that has been looked through."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.merged_cells import fill_merged
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.sheet import Cell, Sheet, trim_rows
from crm.spreadsheets.xls_codepages import CodepageTexts
from crm.spreadsheets.xls_facts import SheetFacts
from crm.spreadsheets.xls_guard import CheckedWorkbook, check_xls

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook


_AS_FOUND = frozenset((bool, int, float, date, datetime))


def read_xls(data: bytes, encoding: str | None, max_rows: int, max_columns: int) -> Iterator[Sheet]:
    """Every worksheet in its order; raises SpreadsheetError for anything unsafe.

    `encoding` is the person's choice, for a file whose texts are bytes.
    """
    cleaned = check_xls(data, max_rows, max_columns)
    sheets = _sheets(cleaned)
    yield from _decoded(list(sheets), cleaned.codepage, encoding) if cleaned.narrow else sheets


def _sheets(cleaned: CheckedWorkbook) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    facts, work = cleaned.facts, ReadBudget()
    try:
        with CalamineWorkbook.from_filelike(cleaned.file) as workbook:
            for index, metadata in enumerate(workbook.sheets_metadata):
                if metadata.typ == SheetTypeEnum.WorkSheet:
                    facts_of_sheet = facts[index] if index < len(facts) else SheetFacts(True)
                    hidden = metadata.visible != SheetVisibleEnum.Visible
                    yield _sheet(_rows(workbook, metadata.name, work), metadata.name, hidden, facts_of_sheet, work)
    except (SpreadsheetError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # The reader is not Python: its failed assertions are no `Exception`.
        raise SpreadsheetError(messages.DAMAGED) from error


def _decoded(sheets: list[Sheet], codepage: int | None, encoding: str | None) -> Iterator[Sheet]:
    """The sheets of an old file with its bytes made texts."""
    texts = [cell for sheet in sheets for row in sheet.rows for cell in row if isinstance(cell, str)]
    narrow = CodepageTexts(codepage, encoding, [*(sheet.sheet_name for sheet in sheets), *texts])
    for sheet in sheets:
        rows = [[narrow.text(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows]
        yield replace(sheet, rows=rows, sheet_name=narrow.text(sheet.sheet_name), encoding=narrow.name)


def _sheet(rows: list[list[Cell]], name: str, hidden: bool, facts: SheetFacts, work: ReadBudget) -> Sheet:
    for (row, column), value in facts.unreadable.items():
        while len(rows) <= row:
            rows.append([])
        if len(rows[row]) <= column:
            rows[row].extend([None] * (column + 1 - len(rows[row])))
        rows[row][column] = value
    fill_merged(rows, facts.merged, work)
    rows = trim_rows(rows)
    width = len(rows[0]) if rows else 0
    return Sheet(
        rows,
        name,
        kind="xls",
        hidden=hidden,
        hidden_rows=frozenset(row for row in facts.hidden_rows if row < len(rows)),
        hidden_columns=frozenset(column for column in facts.hidden_columns if column < width),
        merged=[merge for merge in facts.merged if merge[0] < len(rows)],
    )


def _rows(workbook: "CalamineWorkbook", name: str, work: ReadBudget) -> list[list[Cell]]:
    rows: list[list[Any]] = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_cell(value, work) for value in row] for row in rows]


def _cell(value: Any, work: ReadBudget) -> Cell:
    if isinstance(value, str):
        work.text(len(value))
        return value or None
    if type(value) in _AS_FOUND:
        cell: Cell = value
        return cell
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    return str(value) if isinstance(value, timedelta) else None
