"""The first page: arranging it, and working in its panels (W-2 to W-4, S-2 to S-4)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .checks import check_access, check_no_horizontal_bar
from .person import Person

WITH_SCRIPTS = pytest.mark.ways("chromium", "ie11")


def panel(person: Person, title: str) -> Locator:
    return person.page.get_by_role("region", name=title)


def titles_in(column: Locator) -> list[str]:
    return [(handle.text_content() or "").split()[0] for handle in column.locator(".panel-handle").all()]


def columns(person: Person) -> list[list[str]]:
    """The titles of these tests' two panels, column by column; others come and go with the features."""
    return [
        [title for title in titles_in(column) if title in ("今日日程", "需要聯繫的客戶")]
        for column in person.page.locator("#workbench > .column").all()
    ]


def drag(person: Person, title: str, onto: str) -> None:
    """By the title bar, onto another panel's title bar."""
    mouse = person.page.mouse
    start, end = (panel(person, name).locator(".panel-handle").bounding_box() for name in (title, onto))
    assert start is not None
    assert end is not None
    mouse.move(start["x"] + 40, start["y"] + 10)
    mouse.down()
    mouse.move(start["x"] + 60, start["y"] + 20, steps=5)
    mouse.move(end["x"] + 60, end["y"] + 12, steps=15)
    mouse.up()


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
    li.follow("刪除：不去了")
    li.press("是")
    li.does_not_see("不去了", within=li.page.locator(".entries"))


@pytest.mark.own_firm
def test_arranging_by_buttons(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/")
    li.follow("定制工作臺")
    li.press("右移: 今日日程")
    li.press("刪除欄目: 需要聯繫的客戶")
    li.go("/")
    assert columns(li) == [[], ["今日日程"]]
    li.follow("定制工作臺")
    li.press("恢復默認")
    li.go("/")
    assert columns(li) == [["今日日程"], ["需要聯繫的客戶"]]


@WITH_SCRIPTS
@pytest.mark.own_firm
def test_dragging_saving_removing_adding(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/")
    drag(li, "今日日程", onto="需要聯繫的客戶")
    li.sees("布局已經改變，還沒有保存。")
    li.press("保存布局")
    li.press("確定")
    li.sees("布局已保存。")
    li.does_not_see("布局已經改變，還沒有保存。")
    li.go("/")
    assert columns(li) == [[], ["今日日程", "需要聯繫的客戶"]]
    panel(li, "今日日程").locator(".panel-menu").click()
    li.page.get_by_role("menuitem", name="刪除欄目").click()
    li.page.locator("#workbench > .column").first.click(button="right")
    li.page.get_by_role("menuitem", name="新建顯示欄").click()
    li.tick("今日日程")
    li.press("確定")
    li.sees("今天沒有安排日程。", within=panel(li, "今日日程"))
    assert columns(li) == [["今日日程"], ["需要聯繫的客戶"]]
    li.press("保存布局")
    li.press("確定")
    li.sees("布局已保存。")


@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    for path in ("/", "/workbench/arrange", "/schedule/week", "/schedule/month", "/schedule/new"):
        li.go(path)
        check_access(li.page)
        for width in (1024, 360):
            check_no_horizontal_bar(li.page, width)


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
