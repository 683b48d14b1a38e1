"""Files named .xls as programs of all ages write them: what Excel reads is read, the rest is named (I-3)."""

import struct
from collections.abc import Callable

import pytest

from crm.spreadsheets import messages, ole
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.in_subprocess import read_in_subprocess
from crm.spreadsheets.reading import read_sheet, read_sheets
from tests.spreadsheets.builders import book_stream, changed_xls, old_excel, record, records, xls_95, xls_97

ROWS = [["客戶名稱", "Name", "é"], ["臺灣水泥", 2.0, "ÿ ok"], ["堃", "", "abc"]]
READ = [["客戶名稱", "Name", "é"], ["臺灣水泥", 2.0, "ÿ ok"], ["堃", None, "abc"]]
OLD_ROWS = [["客戶名稱", "電話", "Name"], ["臺灣水泥股份有限公司", 2.5, "abc"], ["統一企業", "02-2345", None]]
SIMPLE = [["客户名称", "电话"], ["深圳市华强电子有限公司", "0755-1"], ["北京同仁堂", 12.0]]


@pytest.mark.parametrize("codepage", [1200, None, 0, 437, 932, 936, 949, 950, 1252, 10000, 21010, 32768, 54936, 65001])
@pytest.mark.parametrize("shared", [True, False])
def test_texts_of_excel_97_are_what_they_are_whatever_code_page_is_named(codepage: int | None, shared: bool) -> None:
    sheet = read_sheet(xls_97(ROWS, codepage, shared=shared), "a.xls")
    assert (sheet.sheet_name, sheet.rows, sheet.encoding) == ("資料", READ, None)


@pytest.mark.parametrize("count", [0, 1, 6, 8, 500, 70_000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wrong_number_of_texts_does_no_harm(count: int) -> None:
    assert read_sheet(xls_97(ROWS, count=count), "a.xls").rows == READ
    assert read_sheet(xls_97(ROWS, count=count, uses=count), "a.xls").rows == READ


@pytest.mark.parametrize("count", [0, 3, 999_999])
def test_a_wrong_number_of_texts_in_a_file_with_many(count: int) -> None:
    """Their lengths are added up where there are many cells: that goes by the texts, not by their number."""
    rows = [[f"第{n}公司", "x" * 90] for n in range(80)]
    data = xls_97([*rows, *rows, *rows, *rows], count=count)
    assert read_sheet(data, "a.xls").rows == [*rows, *rows, *rows, *rows]


@pytest.mark.parametrize("count", [0, 2, 5, 99])
def test_a_wrong_number_of_texts_that_run_on_over_records(count: int) -> None:
    """With fonts, with readings behind them, and divided in the middle, where the width changes."""
    fonts = struct.pack("<HBH", 4, 0x09, 1) + "臺灣水泥".encode("utf-16-le") + struct.pack("<HH", 0, 1)
    readings = struct.pack("<HBI", 2, 0x05, 6) + "統一".encode("utf-16-le") + b"\x00" * 6
    divided = struct.pack("<HB", 10, 1) + ("長" * 4).encode("utf-16-le")
    rest = b"\x01" + ("文" * 6).encode("utf-16-le") + struct.pack("<HBc", 1, 0, b"z")
    shared = record(0x00FC, struct.pack("<II", 9, count) + fonts + readings + divided) + record(0x003C, rest)
    begin = record(0x0809, struct.pack("<4HII", 0x0600, 5, 0, 0, 0, 6)) + record(0x0042, struct.pack("<H", 1252))
    cells = b"".join(record(0x00FD, struct.pack("<HHHI", 0, place, 15, place)) for place in range(4))
    sheet = record(0x0809, struct.pack("<4HII", 0x0600, 16, 0, 0, 0, 6)) + cells
    data = ole.wrap_stream("Workbook", book_stream(begin, sheet, b"\x01\0a", shared))
    assert read_sheet(data, "a.xls").rows == [["臺灣水泥", "統一", "長長長長文文文文文文", "z"]]


def test_a_text_that_is_not_there_is_no_empty_cell() -> None:
    def beyond(stream: bytearray) -> bytearray:
        at = records(stream, 0x00FD)[-1]
        stream[at + 6 : at + 10] = struct.pack("<I", 5_000)
        return stream

    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(changed_xls(beyond), "a.xls")
    assert refused.value.message == messages.DAMAGED


@pytest.mark.parametrize(
    ("codec", "codepage", "said"),
    [
        ("cp950", 950, "big5"),
        ("cp950", 1252, "big5"),
        ("cp950", None, "big5"),
        ("cp950", 0, "big5"),
        ("cp950", 65001, "big5"),
        ("utf-8", 65001, "utf-8"),
        ("utf-8", 1252, "utf-8"),
        ("gb18030", 936, "gb18030"),
        ("gb18030", 54936, "gb18030"),
    ],
)
@pytest.mark.parametrize("formatted", [True, False])
def test_texts_of_excel_95_are_read_by_their_code_page(
    codec: str, codepage: int | None, said: str, formatted: bool
) -> None:
    sheet = read_sheet(xls_95(OLD_ROWS, codec, codepage, formatted, name="客戶"), "a.xls")
    assert (sheet.sheet_name, sheet.rows, sheet.encoding) == ("客戶", OLD_ROWS, said)


@pytest.mark.parametrize(("codec", "codepage"), [("gbk", 936), ("gbk", 1252), ("gbk", None)])
def test_simplified_texts_of_excel_95(codec: str, codepage: int | None) -> None:
    assert read_sheet(xls_95(SIMPLE, codec, codepage), "a.xls").rows == SIMPLE


def test_western_and_japanese_texts_of_excel_95() -> None:
    western, japanese = [["Société Générale", "Müller & Söhne"]], [["株式会社", "東京"]]
    assert read_sheet(xls_95(western, "cp1252", 1252), "a.xls").rows[0][1] == "Müller & Söhne"
    assert read_sheet(xls_95(japanese, "cp932", 932), "a.xls").rows == japanese


def test_the_persons_choice_of_an_encoding_counts_for_excel_95() -> None:
    assert read_sheet(xls_95(SIMPLE, "gbk", 950), "a.xls", encoding="gb18030").rows == SIMPLE
    with pytest.raises(SpreadsheetError, match="another encoding"):
        list(read_sheets(xls_95(SIMPLE, "gbk", 936), "a.xls", encoding="utf-8"))
    assert read_sheet(xls_97(ROWS), "a.xls", encoding="big5").rows == READ


def _of_version(version: int) -> Callable[[bytearray], bytearray]:
    def change(stream: bytearray) -> bytearray:
        stream[4:6] = struct.pack("<H", version)
        return stream

    return change


@pytest.mark.parametrize(
    "data",
    [
        *(old_excel(version) for version in (2, 3, 4, 5)),
        changed_xls(_of_version(0x0400)),
        b"ID;PWXL;N;E\r\nP;PGeneral\r\n",
    ],
    ids=["2", "3", "4", "5 bare", "4 in a container", "sylk"],
)
@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.csv", "a.slk"])
def test_older_formats_of_excel_are_named(data: bytes, name: str) -> None:
    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(data, name)
    assert refused.value.message == messages.OLD_EXCEL


def test_far_cells_of_formatted_texts_are_refused() -> None:
    rows: list[list[object]] = [["x"]] * 60_001
    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(xls_95(rows, "ascii", 1252, formatted=True), "a.xls")
    assert refused.value.values == {"rows": 50_000}


def test_they_are_read_in_a_process_of_their_own_too(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x"
    path.write_bytes(xls_95(OLD_ROWS, "cp950", 1252))
    sheet = read_in_subprocess(path, "a.xls")[0]
    assert (list(sheet.rows), sheet.encoding) == (OLD_ROWS, "big5")
