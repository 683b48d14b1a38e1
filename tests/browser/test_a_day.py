"""A salesperson's day, the thread through everything: a customer, a visit written down, whom to contact next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .checks import check_pages
from .person import Person

ZONE = ZoneInfo("Asia/Taipei")
NAME = "台灣積體電路製造股份有限公司"


@pytest.mark.own_firm
def test_a_visit_plans_the_next_one(enter: Callable[[str], Person]) -> None:
    """C-1, C-5, R-1 to R-3, N-1: three days later it stands in the plan and in the schedule."""
    wang = enter("wang")
    wang.open_menu("客戶拜訪")
    wang.follow("新增")
    wang.fill("客戶名稱", NAME)
    wang.unfold("簡稱")
    wang.fill("簡稱", "台積電")
    wang.fill("電話", "03-5636688")
    wang.press("保存")
    wang.sees("客戶已保存。")
    for typed in ("tjd", "台积电", "5636"):
        wang.open_menu("客戶拜訪")
        wang.fill("快速搜索", typed)
        wang.press("搜索")
        wang.sees(NAME, within=wang.page.locator("table"))
    wang.follow(NAME)
    wang.follow("聯繫記錄", within=wang.part("客戶資料"))
    wang.follow("新增")
    wang.choose("聯繫方式", "拜訪")
    wang.fill("聯繫內容", "談了明年的需求")
    wang.choose("客戶等級", "重要客戶")
    wang.fill("下次聯繫計劃", "帶樣品")
    wang.press("保存")
    wang.sees("聯繫記錄已保存。")
    due = (datetime.now(ZONE) + timedelta(days=3)).strftime("%m-%d")  # a year only where it is another one
    wang.open_menu("聯繫客戶計劃")
    wang.sees(f"{due} 09:00", within=wang.row(NAME))
    li = enter("li")
    li.open_menu("客戶拜訪")
    li.does_not_see(NAME)
    with li.refused(404):
        li.go("/customers/1")


@pytest.mark.long
@pytest.mark.ways("chromium")
@pytest.mark.own_firm
def test_the_main_pages_are_open_to_everybody(enter: Callable[[str], Person]) -> None:
    """axe finds nothing serious, and no page is wider than an old screen or a phone."""
    wang = enter("wang")
    check_pages(wang, ("/", "/customers", "/customers/new", "/contacts", "/records", "/records/new", "/plan", "/pool"))
