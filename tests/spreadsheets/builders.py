"""Small workbooks and containers for the tests, good ones and malicious ones."""

import io
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl

from crm.spreadsheets import ole

XLS = Path(__file__).parent / "files" / "customers.xls"

WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _relations(**targets: str) -> str:
    each = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets.items(), 1)
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{each}</Relationships>'


def workbook(rows: Iterable[Iterable[Any]], title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_xml(cells: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    )


def raw_xlsx(sheet: str | bytes, strings: str | None = None, **more: str | bytes) -> bytes:
    """An .xlsx with exactly this sheet part."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", _relations(officeDocument="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", WORKBOOK)
        parts = _relations(worksheet="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml")
        archive.writestr("xl/_rels/workbook.xml.rels", parts)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if strings is not None:
            archive.writestr("xl/sharedStrings.xml", strings)
        for name, content in more.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed_xls(change: Any) -> bytes:
    """The example .xls with its workbook stream changed: `change(bytearray)` returns the new one."""
    stream = bytearray(ole.read_streams(XLS.read_bytes(), ("workbook",))["workbook"])
    return ole.wrap_stream("Workbook", bytes(change(stream)))


def records(stream: bytes | bytearray, kind: int) -> list[int]:
    """Where the contents of all records of a kind begin."""
    found, at = [], 0
    while at + 4 <= len(stream):
        this, length = struct.unpack_from("<HH", stream, at)
        if this == kind:
            found.append(at + 4)
        at += 4 + length
    return found
