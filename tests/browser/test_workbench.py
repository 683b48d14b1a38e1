"""The first page: working in its panels (W-2, W-5, S-2 to S-4)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .checks import check_pages
from .person import Person
from .workbench import panel

WITH_SCRIPTS = pytest.mark.ways("chromium", "ie11")


@pytest.mark.also("nojs")
def test_li_writes_and_completes_an_item_in_the_panel(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/")
    li.follow("新增日程", within=panel(li, "今日日程"))
    li.fill("標題", "寄樣品給昌隆")
    li.press("保存")
    li.sees("寄樣品給昌隆", within=panel(li, "今日日程"))
    li.follow("完成", within=panel(li, "今日日程"))
    li.fill("完成內容", "已經寄出")
    li.press("確定")
    li.sees("已經完成", within=panel(li, "今日日程"))
    expect(panel(li, "今日日程").get_by_role("link", name="刪除")).to_have_count(0)
    li.go("/schedule/history")
    li.sees("已經寄出")


def test_a_red_cross_deletes_after_a_question(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/schedule")
    li.follow("新增")
    li.fill("標題", "不去了")
    li.press("保存")
    li.follow("不去了")
    li.follow("刪除：不去了")
    li.press("是")
    li.does_not_see("不去了", within=li.page.locator(".entries"))


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    check_pages(li, ("/", "/schedule/week", "/schedule/month", "/schedule/new"))


@WITH_SCRIPTS
def test_a_panel_that_takes_long_keeps_no_other_waiting(enter: Callable[[str], Person]) -> None:
    """W-5: while the common answer is held up, as by one slow panel, the others come by themselves."""
    li = enter("li")
    li.go("/")
    li.page.route("**/workbench/panels", lambda route: None)
    li.page.route("**/workbench/panels/due", lambda route: None)
    li.page.reload()
    expect(panel(li, "今日日程").locator(".panel-content")).to_be_visible(timeout=15_000)
    expect(panel(li, "需要聯繫的客戶").locator(".panel-content")).to_have_count(0)
    li.page.unroute_all(behavior="ignoreErrors")
