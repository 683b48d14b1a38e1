"""Reads the table a person sends: .xlsx, .xls or CSV, told apart by content, never by name (I-3)."""

from pathlib import Path, PurePath

from crm.spreadsheets import limits, messages, ole
from crm.spreadsheets.csv_text import read_csv
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.workbook import read_workbook
from crm.spreadsheets.xls_guard import cleaned_xls
from crm.spreadsheets.xlsx_guard import cleaned_xlsx

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TEXT_NAMES = ("", ".csv", ".txt", ".tsv", ".tab", ".xls", ".xlsx")
_WEB_PAGE = (b"<html", b"<!doctype html", b"<table", b"<?xml")


def read_sheet(
    data: bytes | Path,
    filename: str,
    encoding: str | None = None,
    max_rows: int = limits.MAX_ROWS,
    max_columns: int = limits.MAX_COLUMNS,
    sheet: str | None = None,
) -> Sheet:
    """The first sheet with data, or the one named `sheet`; `encoding` is the person's choice for CSV.

    Raises SpreadsheetError, and nothing else, for whatever cannot or must not be read (hostile cases
    35, 42, 43).
    """
    content = _content(data)
    if content.startswith(_ZIP):
        return read_workbook(cleaned_xlsx(content, max_rows, max_columns), "xlsx", sheet)
    if content.startswith(ole.SIGNATURE):
        return read_workbook(cleaned_xls(content, max_rows, max_columns), "xls", sheet)
    if PurePath(filename).suffix.lower() not in _TEXT_NAMES:
        raise SpreadsheetError(messages.NOT_A_SPREADSHEET)
    if content[:2_000].lower().lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_WEB_PAGE):
        raise SpreadsheetError(messages.WEB_PAGE)
    return read_csv(content, encoding, max_rows, max_columns)


def _content(data: bytes | Path) -> bytes:
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if size > limits.MAX_FILE_BYTES:
        raise SpreadsheetError(messages.TOO_LARGE, megabytes=limits.MAX_FILE_BYTES // limits.MEGABYTE)
    content = data if isinstance(data, bytes) else data.read_bytes()
    if not content.strip():
        raise SpreadsheetError(messages.EMPTY)
    return content
