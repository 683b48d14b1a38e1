"""Reads the table a person sends: .xlsx, .xls, CSV or vCard, recognised by content, never by name (I-3)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from crm.i18n import N_
from crm.spreadsheets import limits, messages, ole
from crm.spreadsheets.address_books import with_known_columns
from crm.spreadsheets.csv_text import read_csv
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.foreign import unreadable_reason
from crm.spreadsheets.sheet import Sheet, is_blank
from crm.spreadsheets.vcard import is_vcard, read_vcard
from crm.spreadsheets.xls import read_xls
from crm.spreadsheets.xlsx import read_xlsx

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TEXT_NAMES = ("", ".csv", ".txt", ".tsv", ".tab", ".xls", ".xlsx")


def read_sheets(
    data: bytes | Path,
    filename: str,
    encoding: str | None = None,
    max_rows: int = limits.MAX_ROWS,
    max_columns: int = limits.MAX_COLUMNS,
) -> Iterator[Sheet]:
    """Every sheet in its order; `encoding` is the person's choice for CSV and for an .xls from before 1997.

    Raises SpreadsheetError, and nothing else, for whatever cannot or must not be read (hostile cases
    35, 42, 43).
    """
    content = _content(data)
    if content.startswith(ZIP):
        yield from read_xlsx(content, max_rows, max_columns)
    elif content.startswith(ole.SIGNATURE):
        yield from read_xls(content, encoding, max_rows, max_columns)
    elif is_vcard(content):
        yield read_vcard(content, encoding, max_rows)
    elif (reason := unreadable_reason(content)) is not None:
        raise SpreadsheetError(reason)
    elif PurePath(filename).suffix.lower() not in _TEXT_NAMES:
        raise SpreadsheetError(messages.NOT_A_SPREADSHEET)
    else:
        yield with_known_columns(read_csv(content, encoding, max_rows, max_columns))


def read_sheet(
    data: bytes | Path,
    filename: str,
    encoding: str | None = None,
    max_rows: int = limits.MAX_ROWS,
    max_columns: int = limits.MAX_COLUMNS,
    sheet: str | None = None,
) -> Sheet:
    """The first visible sheet with data, or the one named `sheet`."""
    sheets = list(read_sheets(data, filename, encoding, max_rows, max_columns))
    offered = [candidate for candidate in sheets if not candidate.hidden] or sheets
    names = [candidate.sheet_name for candidate in offered]
    if sheet is not None and sheet not in names:
        raise SpreadsheetError(N_("This file has no sheet “%(name)s”."), name=sheet)
    for candidate in offered:
        if sheet in (None, candidate.sheet_name) and has_data(candidate):
            return replace(candidate, sheet_names=names if candidate.kind != "csv" else [])
    raise SpreadsheetError(messages.EMPTY)


def may_need_encoding(path: Path) -> bool:
    """Whether the texts of the file may stand in one of several encodings: of CSV, and of an .xls from before 1997."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return not file.read(4).startswith(ZIP)


def may_lack_headings(path: Path) -> bool:
    """Whether the first row of the file may be a record already: not of vCards, whose fields are named in each."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return not is_vcard(file.read(200))


def has_data(sheet: Sheet) -> bool:
    return not all(is_blank(row) for row in sheet.rows)


def check_size(data: bytes | Path) -> None:
    """Refuse a file that is too large to be read at all."""
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if size > limits.MAX_FILE_BYTES:
        raise SpreadsheetError(messages.TOO_LARGE, megabytes=limits.MAX_FILE_BYTES // limits.MEGABYTE)


def _content(data: bytes | Path) -> bytes:
    check_size(data)
    content = data if isinstance(data, bytes) else data.read_bytes()
    if not content.strip():
        raise SpreadsheetError(messages.EMPTY)
    return content
