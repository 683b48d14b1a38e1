"""Bombs, lies and renamed types are refused, quickly and with a sentence (hostile cases 35, 42, 43)."""

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable

import pytest

from crm.spreadsheets import ole
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheet
from tests.spreadsheets.builders import XLS, changed_xls, raw_xlsx, records, sheet_xml, workbook, zipped

GOOD = '<row r="1"><c r="A1"><v>1</v></c></row>'


def refusal(data: bytes, name: str = "a.xlsx") -> SpreadsheetError:
    """What is said; asserts that it takes less than a second of processor time."""
    before = time.process_time()
    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(data, name)
    assert time.process_time() - before < 1
    assert refused.value.message
    return refused.value


def test_the_builder_makes_good_files():
    assert read_sheet(raw_xlsx(sheet_xml(GOOD)), "a.xlsx").rows == [[1.0]]
    assert read_sheet(changed_xls(lambda stream: stream), "a.xls").rows == read_sheet(XLS, "a.xls").rows


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"GIF89a\x01\x00\x01\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"{\\rtf1\\ansi text}",
        b"<html><table><tr><td>1</td></tr></table></html>",
        b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>',
        b"<svg onload=alert(1)>",
        b"name,phone\nab\x00c,1\n",
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02\x01",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        zipped(a=b"no workbook here"),
        ole.SIGNATURE,
        ole.SIGNATURE + bytes(600),
        ole.wrap_stream("WordDocument", bytes(5000)),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_other_types_are_refused_whatever_their_name(data: bytes, name: str):
    refusal(data, name)


@pytest.mark.parametrize("name", ["a.html", "a.php", "a.json"])
def test_text_under_another_name_is_refused(name: str):
    refusal(b"a,b\n1,2\n", name)


def test_encrypted_workbooks_are_named_so():
    assert "password" in refusal(ole.wrap_stream("EncryptedPackage", bytes(5000))).message
    protected = changed_xls(lambda stream: stream[:20] + struct.pack("<HHH", 0x2F, 2, 1) + stream[20:])
    assert "password" in refusal(protected).message


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/media/image1.png", "docProps/app.xml"]
)
def test_a_bomb_in_any_part(part: str):
    bomb = sheet_xml(" " * 130_000_000)
    data = raw_xlsx(sheet_xml(GOOD), **{part: bomb}) if "sheet1" not in part else raw_xlsx(bomb)
    assert len(data) < 300_000
    refusal(data)


def test_many_medium_parts():
    refusal(raw_xlsx(sheet_xml(GOOD), **{f"xl/worksheets/x{i}.xml": bytes(900_000) for i in range(150)}))


def test_very_many_entries():
    refusal(raw_xlsx(sheet_xml(GOOD), **{f"x/{i}.xml": b"" for i in range(30_000)}))


def test_declared_size_that_lies():
    data = bytearray(raw_xlsx(sheet_xml(" " * 5_000_000)))
    entry = data.rindex(b"xl/worksheets/sheet1.xml")
    data[entry - 22 : entry - 18] = struct.pack("<I", 100)
    refusal(bytes(data))


def test_encrypted_parts():
    data = bytearray(raw_xlsx(sheet_xml(GOOD)))
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    assert "password" in refusal(bytes(data)).message


def test_the_same_part_twice():
    file = io.BytesIO(raw_xlsx(sheet_xml(GOOD)))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml(GOOD))
    refusal(file.getvalue())


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="40000"><c r="CV40000"><v>1</v></c></row>',
        '<x:row r="1"><x:c s="1" r="xfd1048576"><x:v>1</x:v></x:c></x:row>',
        "<row r='1'><c t='n' r = 'XFD1048576'><v>1</v></c></row>",
        '<row r="1"><c r="A99999999999999999999"><v>1</v></c></row>',
        '<row r="-1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><!-- <c r="A1" x=" --><c r="XFD1048576"><v>1</v></c><!-- " --></row>',
        '<row r="1"><c r="A1" r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="&#88;FD1048576"><v>1</v></c></row>',
        "<row>" + "<c><v>1</v></c>" * 300 + "</row>",
    ],
)
def test_cells_far_away(cells: str):
    xml = sheet_xml(cells).replace("<worksheet ", '<worksheet xmlns:x="x" ')
    refusal(raw_xlsx(xml))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "strings"])
def test_document_types_and_entities(declaration: str, part: str):
    evil = f'<?xml version="1.0"?>{declaration}<worksheet><sheetData>{GOOD}</sheetData></worksheet>'
    refusal(raw_xlsx(evil) if part == "sheet" else raw_xlsx(sheet_xml(GOOD), strings=evil))


def test_other_encodings_of_xml():
    refusal(raw_xlsx(sheet_xml(GOOD).encode("utf-16")))


def test_one_endless_tag():
    refusal(raw_xlsx(sheet_xml("<!--" + random.Random(1).randbytes(4_000_000).hex() + "-->")))


def test_one_long_text_in_very_many_cells():
    strings = f'<sst xmlns="x"><si><t>{"x" * 30_000}</t></si></sst>'
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 20_000))
    refusal(raw_xlsx(sheet_xml(cells), strings=strings))


def test_short_texts_in_very_many_cells_are_fine():
    strings = f'<sst xmlns="x"><si><t>在售</t></si><si><t>{"x" * 30_000}</t></si></sst>'
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 5_000))
    cells += '<row r="5000"><c r="A5000" t="s"><v>1</v></c></row>'
    assert len(read_sheet(raw_xlsx(sheet_xml(cells), strings=strings), "a.xlsx").rows) == 5_000


def _far_cell(stream: bytearray) -> bytearray:
    for at in records(stream, 0x00FD):
        stream[at : at + 4] = struct.pack("<HH", 65535, 255)
    return stream


def _overlapping_sheets(stream: bytearray) -> bytearray:
    first, second = records(stream, 0x0085)[:2]
    stream[first : first + 4] = stream[second : second + 4]
    return stream


@pytest.mark.parametrize("change", [_far_cell, _overlapping_sheets])
def test_lies_in_an_xls(change: Callable[[bytearray], bytearray]):
    refusal(changed_xls(change))


def test_dimensions_that_lie_in_an_xls_are_corrected():
    def lie(stream: bytearray) -> bytearray:
        for at in records(stream, 0x0200):
            stream[at : at + 14] = struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)
        return stream

    assert read_sheet(changed_xls(lie), "a.xls").rows == read_sheet(XLS, "a.xls").rows


@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_damaged_files_are_read_or_refused_never_worse(kind: str):
    good = XLS.read_bytes() if kind == "xls" else workbook([["名稱", 1, 2.5]] * 20)
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            read_sheet(bytes(data), "a")
        except SpreadsheetError:
            continue
