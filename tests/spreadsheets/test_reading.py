"""Files of every kind people send are read as they are (I-3)."""

import datetime
import io
from pathlib import Path

import openpyxl
import pytest

from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.reading import read_sheet
from tests.spreadsheets.builders import XLS, raw_xlsx, saved, sheet_xml, workbook


def test_xlsx_keeps_types_and_row_numbers():
    data = workbook([[], ["名稱", None, "日期"], ["臺泥", 13800001111, datetime.date(1950, 12, 29)], [None]])
    sheet = read_sheet(data, "a.xlsx")
    assert sheet.kind == "xlsx"
    assert sheet.rows == [
        [None, None, None],
        ["名稱", None, "日期"],
        ["臺泥", 13800001111.0, datetime.date(1950, 12, 29)],
    ]


def test_xls_is_read():
    sheet = read_sheet(XLS, "customers.xls")
    assert (sheet.kind, sheet.sheet_name, list(sheet.sheet_names)) == ("xls", "客戶", ["空", "客戶"])
    assert sheet.rows[1] == [
        "臺灣水泥股份有限公司", 13800001111.0, datetime.date(1950, 12, 29), "台北市中山北路2段113號",
    ]  # fmt: skip
    assert sheet.rows[2][:2] == ["=not a formula", "0800-123"]


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.png", "a", "a.pHaR"])
def test_content_decides_not_the_name(name):
    assert read_sheet(workbook([["x"]]), name).kind == "xlsx"


def test_formula_gives_its_value():
    data = raw_xlsx(sheet_xml('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'))
    assert read_sheet(data, "a.xlsx").rows == [[2.0]]


def test_first_visible_sheet_with_data_is_taken():
    book = openpyxl.Workbook()
    book.active.title = "空白"
    hidden = book.create_sheet("選項")
    hidden.append(["是"])
    hidden.sheet_state = "hidden"
    book.create_sheet("客戶").append(["臺泥"])
    book.create_sheet("聯繫人").append(["張安平"])
    sheet = read_sheet(saved(book), "a.xlsx")
    assert (sheet.sheet_name, sheet.rows) == ("客戶", [["臺泥"]])
    assert list(sheet.sheet_names) == ["空白", "客戶", "聯繫人"]
    assert read_sheet(saved(book), "a.xlsx", sheet="聯繫人").rows == [["張安平"]]
    with pytest.raises(SpreadsheetError):
        read_sheet(saved(book), "a.xlsx", sheet="無此")


def test_far_cells_that_only_have_a_style_do_no_harm():
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    book.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    assert read_sheet(saved(book), "a.xlsx").rows == [["x"]]


def test_cells_without_positions_are_read():
    data = raw_xlsx(sheet_xml("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"))
    assert read_sheet(data, "a.xlsx").rows == [[1.0, 2.0], [3.0, None]]


def test_comments_in_the_xml_do_no_harm():
    data = raw_xlsx(sheet_xml('<!-- <c r="XFD9"> --><row r="1"><c r="A1"><v>1</v></c></row>'))
    assert read_sheet(data, "a.xlsx").rows == [[1.0]]


def test_path_is_read_like_bytes(tmp_path: Path):
    path = tmp_path / "upload"
    path.write_bytes("名稱,電話\n臺泥,02\n".encode())
    assert read_sheet(path, "a.csv").rows == [["名稱", "電話"], ["臺泥", "02"]]


def test_times_become_text():
    book = openpyxl.Workbook()
    moment = datetime.datetime.fromisoformat("2026-01-02T03:04:05")
    book.active.append([datetime.time(9, 30), moment])
    assert read_sheet(saved(book), "a.xlsx").rows == [["09:30:00", moment]]


def test_too_many_rows_and_columns_are_named():
    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(workbook([[i] for i in range(12)]), "a.xlsx", max_rows=10)
    assert refused.value.values == {"rows": 10}
    with pytest.raises(SpreadsheetError) as refused:
        read_sheet(workbook([range(12)]), "a.xlsx", max_columns=10)
    assert refused.value.values == {"columns": 10}
    for data in (b"a\n" * 11, b"," * 11 + b"x"):
        with pytest.raises(SpreadsheetError):
            read_sheet(data, "a.csv", max_rows=10, max_columns=10)


def test_empty_workbooks_are_said_to_be_empty():
    for data in (saved(openpyxl.Workbook()), b"", b" \r\n", b",,\n,,\n"):
        with pytest.raises(SpreadsheetError, match="empty"):
            read_sheet(io.BytesIO(data).getvalue(), "a.csv")
