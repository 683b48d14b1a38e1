"""Cells that hold something which is no value, and what only a sheet's layout tells (I-5)."""

import struct
from collections.abc import Callable

import openpyxl
import pytest

from crm.spreadsheets.errors import CleaningError, SpreadsheetError
from crm.spreadsheets.reading import read_sheet, read_sheets
from crm.spreadsheets.sheet import Cell
from crm.spreadsheets.unreadable import NOT_COMPUTED, TOO_NARROW, Unreadable, require_readable
from tests.spreadsheets.builders import changed_xls, raw_xlsx, records, saved, sheet_xml


def only_cell(cell: str) -> Cell:
    rows = read_sheet(raw_xlsx(sheet_xml(f'<row r="1"><c r="A1"><v>1</v></c>{cell}</row>')), "a.xlsx").rows
    return rows[0][1] if len(rows[0]) > 1 else None


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"])
@pytest.mark.parametrize("formula", ["", "<f>1/0</f>"])
def test_errors_of_an_xlsx(error: str, formula: str) -> None:
    assert only_cell(f'<c r="B1" t="e">{formula}<v>{error}</v></c>') == Unreadable(error)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B1"><f>1+1</f></c>', Unreadable("", NOT_COMPUTED)),
        ('<c r="B1"><f>1+1</f><v/></c>', Unreadable("", NOT_COMPUTED)),
        ('<c r="B1"><f t="shared" si="0"/><v></v></c>', Unreadable("", NOT_COMPUTED)),
        ('<c r="B1" t="str"><f>A1</f></c>', Unreadable("", NOT_COMPUTED)),
        ('<x:c r="B1" xmlns:x="x"><x:f>1</x:f></x:c>', Unreadable("", NOT_COMPUTED)),
        ('<c r="B1" t="str"><f>""</f><v></v></c>', None),
        ('<c r="B1" t="str"><f>"a"</f><v>a</v></c>', "a"),
        ('<c r="B1"><f>1+1</f><v>2</v></c>', 2.0),
        ('<c r="B1" t="b"><f>TRUE()</f><v>1</v></c>', True),
        ('<c r="B1" s="1"/>', None),
    ],
)
def test_a_formula_without_its_result_is_no_empty_cell(cell: str, value: Cell) -> None:
    assert only_cell(cell) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [("#N/A", "error"), (" #ref! ", "error"), ("#DIV/0!", "error"), ("Err:502", "error"), ("########", TOO_NARROW)],
)
def test_texts_that_stand_for_no_value(text: str, reason: str) -> None:
    with pytest.raises(CleaningError) as refused:
        require_readable(text)
    assert reason in refused.value.message


@pytest.mark.parametrize(
    "text", ["#", "##", "#1 Coffee", "#N/A 公司", "Errol", "Err:502 x", "C#", "N/A", "", "#中山店"]
)
def test_texts_that_only_look_like_it(text: str) -> None:
    assert require_readable(text) == text


def _row_record(row: int, options: int) -> bytes:
    return struct.pack("<HH6HI", 0x0208, 16, row, 0, 4, 255, 0, 0, options)


def with_records(*extra: bytes) -> Callable[[bytearray], bytearray]:
    """The example .xls with records put before the first cells of its sheet 客戶."""

    def change(stream: bytearray) -> bytearray:
        at = records(stream, 0x00FD)[0] - 4
        return stream[:at] + b"".join(extra) + stream[at:]

    return change


def test_errors_formulas_and_hidden_rows_of_an_xls() -> None:
    error = struct.pack("<HHHHHBB", 0x0205, 8, 1, 4, 0, 0x2A, 1)
    ref = struct.pack("<HH3HB5xH", 0x0006, 22, 2, 4, 0, 2, 0xFFFF) + struct.pack("<H6x", 0)
    ref = bytearray(ref)
    ref[4 + 8] = 0x17
    empty = struct.pack("<HH3HB5xH", 0x0006, 22, 2, 5, 0, 3, 0xFFFF) + struct.pack("<H6x", 0)
    hidden = _row_record(2, 0x20)
    columns = struct.pack("<HH6H", 0x007D, 12, 1, 1, 2000, 15, 1, 0)
    merged = struct.pack("<HHH4H", 0x00E5, 10, 1, 1, 2, 3, 3)
    data = changed_xls(with_records(error, bytes(ref), empty, hidden, columns, merged))
    sheet = next(one for one in read_sheets(data, "a.xls") if one.sheet_name == "客戶")
    assert sheet.rows[1][4] == Unreadable("#N/A")
    assert sheet.rows[2][4] == Unreadable("#REF!")
    assert sheet.rows[2][5] == Unreadable("", NOT_COMPUTED)
    assert (sheet.hidden_rows, sheet.hidden_columns) == (frozenset({2}), frozenset({1}))
    assert sheet.rows[2][3] == sheet.rows[1][3] == "台北市中山北路2段113號"


def test_cells_merged_downwards_count_for_all_their_rows() -> None:
    book = openpyxl.Workbook()
    for row in [["公司", "姓名", "部門"], ["甲", "王一", "業務"], [None, "王二"], [None, "王三"], ["乙", "李"]]:
        book.active.append(row)
    book.active.merge_cells("A2:A4")
    book.active.merge_cells("C2:C3")
    rows = read_sheet(saved(book), "a.xlsx").rows
    assert [row[0] for row in rows] == ["公司", "甲", "甲", "甲", "乙"]
    assert [row[2] for row in rows] == ["部門", "業務", "業務", None, None]


def test_a_record_that_takes_two_rows_stays_one() -> None:
    book = openpyxl.Workbook()
    for row in [["公司", "電話"], ["甲", "02"], [None, None], ["乙", "03"]]:
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B3")
    assert read_sheet(saved(book), "a.xlsx").rows == [["公司", "電話"], ["甲", "02"], [None, None], ["乙", "03"]]


def test_what_is_merged_across_is_one_field() -> None:
    book = openpyxl.Workbook()
    for row in [["公司", "電話", "傳真"], ["甲", "02", None], [None, "x", "03"]]:
        book.active.append(row)
    book.active.merge_cells("B2:C2")
    book.active.merge_cells("A2:A3")
    assert read_sheet(saved(book), "a.xlsx").rows[1:] == [["甲", "02", None], ["甲", "x", "03"]]


def test_hidden_rows_columns_and_sheets_are_told() -> None:
    book = openpyxl.Workbook()
    for n in range(4):
        book.active.append([n, n, n])
    book.active.row_dimensions[2].hidden = True
    book.active.row_dimensions[90].hidden = True
    book.active.column_dimensions["B"].hidden = True
    book.create_sheet("密").append([1])
    book["密"].sheet_state = "veryHidden"
    first, second = read_sheets(saved(book), "a.xlsx")
    assert (first.hidden, first.hidden_rows, first.hidden_columns) == (False, frozenset({1}), frozenset({1}))
    assert (second.sheet_name, second.hidden) == ("密", True)


@pytest.mark.parametrize("where", ["book.xml", "xl/other/Workbook1.xml", "xl\\workbook.xml"])
def test_parts_are_found_by_their_relationships(where: str) -> None:
    import io
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(raw_xlsx(sheet_xml('<row r="1"><c r="A1"><v>7</v></c></row>'))))
    out = io.BytesIO()
    folder, _slash, name = where.replace("\\", "/").rpartition("/")
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("_rels/.rels", source.read("_rels/.rels").replace(b"xl/workbook.xml", where.encode()))
        target.writestr(where, source.read("xl/workbook.xml"))
        relations = source.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/", b"/data/")
        target.writestr(f"{folder}/_rels/{name}.rels".lstrip("/"), relations)
        target.writestr(
            "data\\sheet1.xml" if "\\" in where else "data/sheet1.xml", source.read("xl/worksheets/sheet1.xml")
        )
    assert read_sheet(out.getvalue(), "a.xlsx").rows == [[7.0]]


@pytest.mark.parametrize("text", ['<c r="B1" t="s"><v>5</v></c>', '<c r="B1" t="s"><v>-1</v></c>'])
def test_a_shared_text_that_is_not_there(text: str) -> None:
    with pytest.raises(SpreadsheetError):
        only_cell(text)
