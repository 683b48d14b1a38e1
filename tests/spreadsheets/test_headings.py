"""Headings in any order and dress are recognised (I-3, I-5)."""

import pytest

from crm.spreadsheets.headings import find_heading_row, normalize_heading


@pytest.mark.parametrize(
    "written",
    [
        "客戶名稱",
        "客户名称",
        "*客戶名稱",
        "＊ 客戶 名稱",
        "客戶名稱（必填）",
        "客户名称(必填)*",
        "客戶名稱：",
        "【必填】客戶名稱",
        "客戶\n名稱",
        "客戶名稱★",
        "\ufeff客戶名稱",
    ],
)
def test_dress_of_headings(written: str):
    assert normalize_heading(written) == normalize_heading("客戶名稱")


def test_a_heading_that_is_all_brackets_keeps_its_words():
    assert normalize_heading("（電話）") == normalize_heading("電話")


def test_row_below_titles_with_columns_in_any_order():
    rows = [
        ["客戶資料表", None, None, None],
        [None, None, None, None],
        ["No.", "电 话", "* 客户名称（必填）", "備註"],
        [1.0, "02", "臺泥", None],
    ]
    match = find_heading_row(rows, ["客戶名稱", "電話", "地址"])
    assert match is not None
    assert (match.row_index, match.columns) == (2, {"客戶名稱": 2, "電話": 1})
    assert (match.missing, match.duplicated) == (["地址"], [])


def test_duplicated_headings_take_the_first():
    match = find_heading_row([["電話", "電話 ", "名稱"]], ["名稱", "電話"])
    assert match is not None
    assert (match.columns, match.duplicated) == ({"名稱": 2, "電話": 0}, ["電話"])


def test_exact_headings_go_before_alike_ones():
    match = find_heading_row([["電話（公司）", "電話"]], ["電話", "電話（公司）"])
    assert match is not None
    assert match.columns == {"電話": 1, "電話（公司）": 0}


def test_required_headings_count_first():
    rows = [["電話", "地址", "備註"], ["客戶名稱", "電話"]]
    match = find_heading_row(rows, ["客戶名稱", "電話", "地址", "備註"], required=["客戶名稱"])
    assert match is not None
    assert match.row_index == 1


def test_nothing_found():
    assert find_heading_row([["a", 1.0, None]], ["客戶名稱"]) is None
    assert find_heading_row([], ["客戶名稱"]) is None
    assert find_heading_row([["x"]] * 20 + [["客戶名稱"]], ["客戶名稱"]) is None
