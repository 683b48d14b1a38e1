"""Small workbooks and containers for the tests, good ones and malicious ones."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _wide_text(text: str, length: str = "<H") -> bytes:
    """As Excel 97 writes it: one byte a character where that is enough, else two."""
    wide = any(character > "\xff" for character in text)
    return struct.pack(length + "B", len(text), wide) + text.encode("utf-16-le" if wide else "latin-1")


def book_stream(begin: bytes, sheet: bytes, name: bytes, shared: bytes = b"") -> bytes:
    """A workbook's stream of one sheet."""

    def general(at: int) -> bytes:
        return begin + record(0x0085, struct.pack("<IBB", at, 0, 0) + name) + shared + record(0x000A)

    return general(len(general(0))) + sheet + record(0x000A)


def xls_97(
    rows: Sequence[Sequence[Any]],
    codepage: int | None = 1200,
    count: int | None = None,
    uses: int | None = None,
    shared: bool = True,
    name: str = "資料",
) -> bytes:
    """An .xls of Excel 97. `count`, `uses`: what it says of its texts; not `shared`: they stand in the cells."""
    texts: list[str] = []
    cells = b""
    for (row, column), value in _cells(rows):
        place = struct.pack("<HHH", row, column, 15)
        if not isinstance(value, str):
            cells += record(0x0203, place + struct.pack("<d", value))
        elif not shared:
            cells += record(0x0204, place + _wide_text(value))
        else:
            texts += [] if value in texts else [value]
            cells += record(0x00FD, place + struct.pack("<I", texts.index(value)))
    counts = struct.pack("<II", len(cells) if uses is None else uses, len(texts) if count is None else count)
    table = record(0x00FC, counts + b"".join(_wide_text(text) for text in texts)) if texts else b""
    begin = record(0x0809, struct.pack("<4HII", 0x0600, 5, 3515, 1996, 0, 6))
    begin += record(0x0042, struct.pack("<H", codepage)) if codepage is not None else b""
    sheet = record(0x0809, struct.pack("<4HII", 0x0600, 16, 3515, 1996, 0, 6)) + cells
    return ole.wrap_stream("Workbook", book_stream(begin, sheet, _wide_text(name, "<B"), table))


def xls_95(
    rows: Sequence[Sequence[Any]], codec: str, codepage: int | None, formatted: bool = False, name: str = "Data"
) -> bytes:
    """An .xls of Excel 5 and 95: texts are bytes. `formatted`: with the fonts of their parts behind them."""
    cells = b""
    for (row, column), value in _cells(rows):
        place = struct.pack("<HHH", row, column, 15)
        if isinstance(value, str):
            text = value.encode(codec)
            label = place + struct.pack("<H", len(text)) + text
            cells += record(0x00D6, label + b"\0") if formatted else record(0x0204, label)
        else:
            cells += record(0x0203, place + struct.pack("<d", value))
    begin = record(0x0809, struct.pack("<4H", 0x0500, 5, 3515, 1996))
    begin += record(0x0042, struct.pack("<H", codepage)) if codepage is not None else b""
    sheet = record(0x0809, struct.pack("<4H", 0x0500, 16, 3515, 1996)) + cells
    called = name.encode(codec)
    return ole.wrap_stream("Book", book_stream(begin, sheet, bytes([len(called)]) + called))


def old_excel(version: int) -> bytes:
    """A file of Excel 2, 3 or 4 (or of what others wrote like 5), which has no container: one number, one text."""
    kind, length = {2: (0x0009, 4), 3: (0x0209, 6), 4: (0x0409, 6), 5: (0x0809, 8)}[version]
    begin = record(kind, struct.pack("<HHHH", version << 8, 0x10, 0, 0)[:length])
    number = record(0x0003 if version == 2 else 0x0203, struct.pack("<HH3xd", 0, 0, 7.0))
    label = record(0x0004 if version == 2 else 0x0204, struct.pack("<HH3xB", 0, 1, 4) + "名稱".encode("cp950"))
    return begin + number + label + record(0x000A)


def _cells(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[tuple[int, int], Any]]:
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if value is not None:
                yield (row, column), value


def repacked(data: bytes, renamed: Callable[[str], str | None], changed: Callable[[str, bytes], bytes]) -> bytes:
    """A package with other names of its parts (None: left out) and other contents, which get their new names."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            new = renamed(name)
            if new is not None:
                target.writestr(new, changed(name, source.read(name)))
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
