"""What export writes is harmless and comes back the same by import (hostile case 41, I-2, I-4)."""

import io
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.spreadsheets import cleaning
from crm.spreadsheets.marking import CellError, mark_errors
from crm.spreadsheets.reading import read_sheet
from crm.spreadsheets.template import import_template, is_example_row
from crm.spreadsheets.writing import Column, SheetToWrite, write_workbook

MOMENT = datetime.fromisoformat("2026-01-31T14:05:06")


def written(*sheets: Any) -> bytes:
    file = io.BytesIO()
    write_workbook(file, sheets)
    return file.getvalue()


def back(value: Any, kind: str = "general") -> Any:
    return read_sheet(written(("a", [Column("h", kind), "end"], [[value, "x"]])), "a.xlsx").rows[1][0]


@pytest.mark.parametrize("kind", ["general", "text"])
@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|'/c calc'!A0",
        "+86 138",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "007",
        "#N/A",
        "_x0041_",
        "TRUE",
        "2026-01-31",
        "1E5",
        "a\nb",
        " edge ",
        "<b>&amp;</b>",
        "𠮷野家",
        "'quoted",
    ],
)
def test_text_comes_back_the_same(text: str, kind: str):
    assert back(text, kind) == text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_any_text_comes_back_the_same(text: str):
    assert back(text) == text


def test_no_cell_is_a_formula():
    data = written(("=a", ["=h", "+h"], [["=1", "@x"], ["-1", "+1"], ["#DIV/0!", "\t="]]))
    for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows():
        for cell in row:
            assert cell.data_type == "s"
            assert cell.row == 1 or cell.quotePrefix or cell.value.startswith("#")


def test_types_come_back():
    assert back(date(2026, 1, 31)) == date(2026, 1, 31)
    assert back(MOMENT) == MOMENT
    assert back(MOMENT.replace(microsecond=999_999)) == MOMENT
    assert back(True) is True
    assert back(7) == 7
    assert back(None) is None
    assert cleaning.date_of(back(date(1669, 5, 4))) == date(1669, 5, 4)
    assert cleaning.date_of(back(date(1900, 2, 28))) == date(1900, 2, 28)
    assert cleaning.moment(back(datetime.fromisoformat("1900-01-01T10:00:00"))).isoformat() == "1900-01-01T10:00:00"


@pytest.mark.parametrize("amount", ["0.01", "-12345.60", "99999999999999.99", "0.1", "1000000", "12345678901234567890"])
def test_amounts_come_back_exactly(amount: str):
    found = back(Decimal(amount), "money")
    assert Decimal(cleaning.as_text(found)) == Decimal(amount)
    if len(amount) < 18:
        assert cleaning.money(found) == Decimal(amount)


def test_long_numbers_keep_their_digits():
    assert cleaning.code(back(913100006999999999)) == "913100006999999999"


def test_what_a_workbook_cannot_hold_is_left_out():
    assert back("甲\x00\x1f\ud800\ufffe乙") == "甲乙"
    assert len(back("x" * 40_000)) == 32_767
    assert back("𠮷" * 20_000) == "𠮷" * 16_383
    assert back(float("nan")) == "nan"


def test_moments_with_a_zone_are_a_mistake_of_the_program():
    with pytest.raises(TypeError):
        back(datetime.fromisoformat("2026-01-31T14:05:06+00:00"))


def test_columns_are_arranged():
    columns = [Column("統一編號", "text"), Column("金額", "money"), "備註"]
    data = written(SheetToWrite("報表", columns, [["01", Decimal(5), "x"]], preface=[["期間", "本月"], []]))
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert (page.title, page.freeze_panes) == ("報表", "A4")
    assert [cell.font.bold for cell in page[3]] == [True, True, True]
    assert page["A4"].number_format == "@"
    assert page["B4"].number_format == "#,##0.00"
    assert page["A1"].value == "期間"
    assert page.column_dimensions["A"].width >= 11


def test_titles_of_sheets():
    data = written(*[(title, ["h"], []) for title in ("a/b:[c]", "客戶" * 30, "客戶" * 30, "", "A b  C")])
    titles = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert titles[0] == "a b  c"
    assert len({title.lower() for title in titles}) == 5
    assert all(0 < len(title) <= 31 for title in titles)


def test_rows_are_taken_one_at_a_time():
    def rows() -> Any:
        for number in range(5):
            yield (number, str(number))

    assert len(read_sheet(written(("a", ["n", "s"], rows())), "a.xlsx").rows) == 6


def test_writing_costs_little_more_than_openpyxl_alone():
    rows = [[f"名稱{i}", f"0{i}", Decimal(i) / 4, date(2026, 1, 31), "在售", i] for i in range(3_000)]
    columns = ["名稱", Column("電話", "text"), Column("金額", "money"), Column("日期", "date"), "狀態", "數"]

    def plain() -> None:
        book = openpyxl.Workbook(write_only=True)
        page = book.create_sheet()
        for row in rows:
            page.append(row)
        book.save(io.BytesIO())

    def seconds(work: Any) -> float:
        begin = time.process_time()
        work()
        return time.process_time() - begin

    ratio = min(seconds(lambda: written(("a", columns, rows))) / seconds(plain) for _ in range(4))
    assert ratio <= 1.3


HEADINGS = ["客戶名稱", "統一編號", "來源", "等級"]


def template() -> bytes:
    return import_template(
        HEADINGS,
        required=["客戶名稱"],
        choices={"來源": ["網絡", "展會"], "等級": [f"等級 {i}, 甲" for i in range(100)], "無此": ["x"]},
        text_columns=["統一編號"],
        example={"客戶名稱": "臺灣水泥", "統一編號": "03244509", "來源": "展會"},
        title="客戶",
        example_mark="（範例，不會導入）",
    )


def test_template_is_read_as_headings_and_an_example():
    sheet = read_sheet(template(), "a.xlsx")
    assert sheet.sheet_name == "客戶"
    assert list(sheet.sheet_names) == ["客戶"]
    assert sheet.rows == [["*客戶名稱", *HEADINGS[1:]], ["（範例，不會導入）臺灣水泥", "03244509", "展會", None]]
    assert [is_example_row(row) for row in sheet.rows] == [False, True]


def test_template_helps_to_fill_in():
    book = openpyxl.load_workbook(io.BytesIO(template()))
    page = book["客戶"]
    lists = {str(rule.sqref): rule.formula1 for rule in page.data_validations.dataValidation}
    assert lists == {"C2:C50000": '"網絡,展會"', "D2:D50000": "choices!$A$1:$A$100"}
    assert book["choices"].sheet_state == "hidden"
    assert page.column_dimensions["B"].number_format == "@"
    assert page["A1"].fill.start_color.rgb == "FFFFF2CC"


@pytest.mark.parametrize(
    ("cell", "example"),
    [
        ("（示例，不会导入）x", True),
        ("(Example, not imported)x", True),
        ("（範例）", True),
        ("範例公司", False),
        ("例", False),
        (5.0, False),
    ],
)
def test_example_rows(cell: Any, example: bool):
    assert is_example_row([None, cell, "（範例）"]) is example


def test_wrong_cells_are_marked_and_can_be_imported_again():
    rows = [
        ["名單"],
        ["名稱", "日期", "金額"],
        ["甲", "2026-02-31", 5.0],
        ["乙", date(2026, 1, 1), "=1"],
        [None, "x", 1.0],
    ]
    errors = [CellError(2, 1, "無此日"), CellError(4, 0, "必填"), CellError(4, None, "重複")]
    file = io.BytesIO()
    mark_errors(file, rows, 1, errors, "錯誤原因")
    page = openpyxl.load_workbook(file).active
    coloured = [cell.coordinate for row in page.iter_rows() for cell in row if cell.fill.fill_type == "solid"]
    assert coloured == ["B2", "A4"]
    again = read_sheet(file.getvalue(), "a.xlsx").rows
    assert again == [
        ["名稱", "日期", "金額", "錯誤原因"],
        ["甲", "2026-02-31", 5.0, "日期: 無此日"],
        ["乙", date(2026, 1, 1), "=1", None],
        [None, "x", 1.0, "名稱: 必填\n重複"],
    ]
    second = io.BytesIO()
    mark_errors(second, again, 0, [CellError(3, 1, "不是日期")], "錯誤原因", only_wrong=True)
    assert read_sheet(second.getvalue(), "a.xlsx").rows == [
        ["名稱", "日期", "金額", "錯誤原因"],
        [None, "x", 1.0, "日期: 不是日期"],
    ]


def test_what_is_half_written_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the firm do not stay in the folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[list[str]]:
        yield from (["王小明"] for _ in range(500))
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_workbook(tmp_path / "x.xlsx", [("a", ["h"], rows())])
    assert list(tmp_path.iterdir()) == []
