"""Rows that only add up others are known by their word, and nothing else is (I-5)."""

from typing import Any

import pytest

from crm.spreadsheets.totals import is_total
from crm.spreadsheets.unreadable import NOT_COMPUTED, Unreadable


@pytest.mark.parametrize(
    "cells",
    [
        ["合計", None, 12.0],
        ["總計", 12, 3.5, None],
        ["小計", "1,234.50"],
        ["合计", "12", "3400.00"],
        ["总计：", "￥1,200"],
        [" 合 計 ", "NT$1,200", "-"],
        [None, "合計（元）", 5.0],
        [None, None, "本月合計", 7],
        ["本頁小計", "12 筆", "3,000元"],
        ["Total", 5, 6],
        ["TOTAL:", "5"],
        ["Grand Total", 5.0],
        ["Sub-total", 5.0],
        ["合計：12,300元", None],
        ["總共", "5 家"],
        ["共 25 筆", None],
        ["總筆數：25", None],
        ["3月合計", "5"],
        ["2026年總計", 5],
        ["北區小計", 5],
        ["客戶總數", "25"],
        ["總金額", "NT$ 1,000.00"],
        ["共計：", "壹萬貳仟元整"],
        ["total", "USD 300"],
        ["平均", 3.3],
        ["合計", Unreadable("", NOT_COMPUTED), Unreadable("#REF!")],
        ["總計金額", "1.2萬"],
        ["合計", None, None],
        ["共計", "共 12 家"],
        ["總　計", "100%"],
        ["Total", "12 rows", "5 pcs."],
    ],
)
def test_totals(cells: list[Any]) -> None:
    assert is_total(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["合計有限公司", "02-2345-6789"],
        ["合計", "台北市中山北路"],
        ["共和 25 號倉庫", None],
        ["小計算機", 25],
        ["平均律琴行", 5],
        ["統計軟體 25", 100],
        ["Total", "02-2345-6789", "service@total.com"],
        ["Total Energies", 5.0],
        ["Total", "12 Main Street"],
        ["甲公司", "合計", 5],
        [12.0, "合計"],
        ["合計科技", None],
        ["統一小計", 5],
        ["合計", True],
        [None, None],
        ["", ""],
        ["合計" * 30, 5],
    ],
)
def test_what_is_no_total(cells: list[Any]) -> None:
    assert not is_total(cells)
