"""The workbook that is filled in for an import (I-2)."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crm.i18n import N_
from crm.spreadsheets.cells import clean_text
from crm.spreadsheets.cleaning.texts import as_text
from crm.spreadsheets.limits import MAX_ROWS
from crm.spreadsheets.sheet import Cell
from crm.spreadsheets.writing import Column, sheet_title, width_of
from crm.text import fold

# Before the first value of the example row; whatever the language, import skips such a row.
EXAMPLE_MARK = N_("(Example, not imported)")
_NOT_LISTED = re.compile(r'^[=\s]|[,"]|\s$')
_EXAMPLE = re.compile(r"\((?:example|范例|示例)[^()]*\)")
_CHOICES_SHEET = "choices"
# Excel takes a list inside the rule itself up to this length.
_MAX_LIST_LENGTH = 255


def import_template(
    headings: Sequence[str],
    required: Collection[str] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
    text_columns: Collection[str] = (),
    example: Mapping[str, Any] | None = None,
    title: str = "Import",
    example_mark: str = EXAMPLE_MARK,
) -> bytes:
    """An .xlsx: required headings with a star and a colour, lists to choose from, one example row.

    `example_mark` is EXAMPLE_MARK in the reader's language. Codes and telephones belong to
    `text_columns`, or Excel eats their zeros.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    page: Any = workbook.active
    page.title = sheet_title(title, [])
    page.freeze_panes = "A2"
    for number, heading in enumerate(headings, 1):
        _write_heading(page, number, heading, heading in required, heading in text_columns)
        _write_example(page, number, (example or {}).get(heading), example_mark if number == 1 and example else "")
    for heading, texts in (choices or {}).items():
        if heading in headings and texts:
            _offer(page, headings.index(heading) + 1, [clean_text(text) for text in texts])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def is_example_row(row: Sequence[Cell]) -> bool:
    """Whether the row is a template's example, which is no data."""
    first = next((cell for cell in row if cell is not None), None)
    return isinstance(first, str) and _EXAMPLE.match(fold(first)) is not None


def _write_heading(page: Any, number: int, heading: str, required: bool, as_texts: bool) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    cell = page.cell(1, number)
    _set_text(cell, f"*{heading}" if required else heading)
    cell.font = Font(bold=True, color="FF9C0006" if required else None)
    if required:
        cell.fill = PatternFill("solid", start_color="FFFFF2CC")
    dimension = page.column_dimensions[get_column_letter(number)]
    dimension.width = width_of(Column(heading, "text"))
    if as_texts:
        dimension.number_format = "@"


def _write_example(page: Any, number: int, value: Any, mark: str) -> None:
    from openpyxl.styles import Font

    if value is None and not mark:
        return
    cell = page.cell(2, number)
    if mark or isinstance(value, str):
        _set_text(cell, f"{mark}{as_text(value)}")
    else:
        cell.value = value
    cell.font = Font(italic=True, color="FF7F7F7F")


def _set_text(cell: Any, text: str) -> None:
    cell.value = clean_text(text)
    cell.data_type = "s"
    cell.number_format = "@"


def _offer(page: Any, number: int, texts: Sequence[str]) -> None:
    """A list to choose from. Other values only bring a warning: import may be told to add them."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation("list", _list_formula(page, texts), allow_blank=True, errorStyle="warning")
    rule.showErrorMessage = True
    letter = get_column_letter(number)
    rule.add(f"{letter}2:{letter}{MAX_ROWS}")
    page.add_data_validation(rule)


def _list_formula(page: Any, texts: Sequence[str]) -> str:
    inside = ",".join(texts)
    if len(inside) <= _MAX_LIST_LENGTH and not any(_NOT_LISTED.search(text) for text in texts):
        return f'"{inside}"'
    from openpyxl.utils import get_column_letter

    workbook = page.parent
    if _CHOICES_SHEET not in workbook.sheetnames:
        workbook.create_sheet(_CHOICES_SHEET).sheet_state = "hidden"
    sheet = workbook[_CHOICES_SHEET]
    column = sheet.max_column + 1 if sheet["A1"].value is not None else 1
    for row, text in enumerate(texts, 1):
        _set_text(sheet.cell(row, column), text)
    letter = get_column_letter(column)
    return f"{_CHOICES_SHEET}!${letter}$1:${letter}${len(texts)}"
