"""Limits on the work: what is read is counted in sum, and reading stops there (hostile cases 35, 42)."""

import io
import struct
import time
import tracemalloc
import zipfile

import pytest

from crm.spreadsheets import ole
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheets
from tests.sampling import mostly_long
from tests.spreadsheets.builders import book_stream, raw_xlsx, record, sheet_xml

ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
MEGABYTES_19 = 19 * 1024 * 1024
SECONDS = 2


def many_sheets(count: int, xml: str) -> bytes:
    places = "".join(f'<Relationship Id="r{i}" Type="x/worksheet" Target="s{i}.xml"/>' for i in range(count))
    sheets = "".join(f'<sheet name="s{i}" sheetId="{i + 1}" r:id="r{i}"/>' for i in range(count))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        root = '<Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f"<Relationships>{root}</Relationships>")
        archive.writestr("xl/workbook.xml", f'<workbook xmlns:r="x"><sheets>{sheets}</sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{places}</Relationships>")
        for number in range(count):
            archive.writestr(f"xl/s{number}.xml", xml)
    return file.getvalue()


def columns_of_numbers(rows: int, columns: int) -> str:
    letters = [chr(65 + n) if n < 26 else f"A{chr(65 + n - 26)}" for n in range(columns)]
    found = []
    for row in range(1, rows + 1):
        cells = "".join(f'<c r="{letter}{row}"><v>{row}</v></c>' for letter in letters)
        found.append(f'<row r="{row}">{cells}</row>')
    return sheet_xml("".join(found))


def merges(count: int, rows: int) -> str:
    cells = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, rows + 1))
    marks = "".join(f'<mergeCell ref="A1:A{rows + n}"/>' for n in range(count))
    return sheet_xml(cells).replace("</sheetData>", f"</sheetData><mergeCells>{marks}</mergeCells>")


def texts_of_an_xls() -> bytes:
    """Five million texts of one sign that only one cell uses."""
    pieces = record(0x003C, struct.pack("<HBc", 1, 0, b"a") * 2_050) * 2_300
    shared = record(0x00FC, struct.pack("<IIHBc", 1, 1, 1, 0, b"a")) + pieces
    begin = record(0x0809, struct.pack("<4HII", 0x0600, 5, 0, 0, 0, 6))
    sheet = record(0x0809, struct.pack("<4HII", 0x0600, 16, 0, 0, 0, 6)) + record(0x00FD, bytes(10))
    return ole.wrap_stream("Workbook", book_stream(begin, sheet, b"\x01\0a", shared))


HOSTILE = {
    "texts of an xls": texts_of_an_xls,
    "line ends": lambda: b"a,b\n" + b"\n" * MEGABYTES_19 + b"x,y\n",
    "old line ends": lambda: b"a,b\r" + b"\r" * MEGABYTES_19 + b"x,y\r",
    "commas in a line": lambda: b"a,b\n" + b"," * MEGABYTES_19 + b"x\n",
    "commas in lines": lambda: b"a,b\n" + (b"," * 199 + b"\n") * 95_000 + b"x\n",
    "some commas in a line": lambda: b"a,b\n" + b"," * 500_000 + b"x\n",
    "semicolons": lambda: b"a;b\n" + b" ;" * 9_000_000 + b"x\n",
    "quotes": lambda: b"a,b\n" + b'"",' * 6_000_000 + b"x\n",
    "an open quote": lambda: b'a,b\n"' + b"x\n" * 9_000_000,
    "wide characters": lambda: "a,b\n\U0001f600,".encode() + b"x," * 9_000_000 + b"\n",
    "cells": lambda: raw_xlsx(columns_of_numbers(49_000, 32)),
    "cells of many sheets": lambda: many_sheets(80, columns_of_numbers(700, 20)),
    "sheets": lambda: many_sheets(1_900, sheet_xml(ONE)),
    "shared texts": lambda: raw_xlsx(
        sheet_xml(ONE), "<sst>" + "".join(f"<si><t>{n:x}</t></si>" for n in range(1_500_000)) + "</sst>"
    ),
    "merged cells": lambda: raw_xlsx(merges(2_000, 5_000)),
}


@pytest.mark.parametrize("name", mostly_long(HOSTILE, list(HOSTILE)[::3]))
def test_it_is_refused_quickly(name: str) -> None:
    data = HOSTILE[name]()
    before = time.process_time()
    with pytest.raises(SpreadsheetError):
        for _sheet in read_sheets(data, "a.csv"):
            pass
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize("name", ["commas in a line", "wide characters", "sheets"])
def test_and_without_much_memory(name: str) -> None:
    data = HOSTILE[name]()
    tracemalloc.start()
    with pytest.raises(SpreadsheetError):
        for _sheet in read_sheets(data, "a.csv"):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * 1024 * 1024


def test_two_thousand_small_parts_that_no_sheet_needs_are_not_opened() -> None:
    parts = {f"xl/worksheets/more{n}.xml": "x" * 50_000 for n in range(1_900)}
    data = raw_xlsx(sheet_xml(ONE), **parts)
    tracemalloc.start()
    assert [sheet.rows for sheet in read_sheets(data, "a.xlsx")] == [[[1.0]]]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 1024 * 1024


def test_empty_lines_and_cells_at_the_end_are_no_rows() -> None:
    data = b"a,b\n1,2\n" + (b"," * 30 + b"\n") * 100_000
    assert [sheet.rows for sheet in read_sheets(data, "a.csv")] == [[["a", "b"], ["1", "2"]]]
