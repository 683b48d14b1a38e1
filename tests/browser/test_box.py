"""What stands under an open box is out of reach, for people who hear a page and for programs that work it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .checks import check_access
from .person import Person


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
def test_the_buttons_under_an_open_box_are_not_there(enter: Callable[[str], Person]) -> None:
    """An item opens by its title; 完成 there is its own, whatever stands in the list under it (S-4)."""
    wang = enter("wang")
    for title in ("送樣品", "收樣品"):
        wang.go("/schedule/new")
        wang.fill("標題", title)
        wang.press("保存")
    done = wang.page.get_by_role("link", name="完成", exact=True)
    expect(done).to_have_count(2)
    wang.follow("收樣品")
    expect(done).to_have_count(1)
    if wang.firm.way == "chromium":
        check_access(wang.page)
    wang.page.keyboard.press("Escape")
    expect(done).to_have_count(2)
    expect(wang.page.get_by_role("link", name="收樣品", exact=True)).to_be_focused()
    wang.follow("收樣品")
    wang.follow("完成")
    wang.fill("完成內容", "收到了")
    wang.press("確定")
    wang.sees("「收樣品」已經完成")
    expect(done).to_have_count(1)
    if wang.firm.way == "chromium":
        check_access(wang.page)


@pytest.mark.also("nojs")
def test_an_advanced_search_has_one_button_to_search(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("聯繫記錄")
    wang.follow("高級搜索")
    search = wang.page.get_by_role("button", name="搜索", exact=True)
    expect(search).to_have_count(1)
    wang.choose("搜索欄位 1", "聯繫內容")
    wang.fill("搜索內容 1", "報價")
    search.click()
    wang.sees("聯繫內容 包含 報價")
    wang.follow("高級搜索")
    wang.finds("搜索內容 1", "報價")
    wang.follow("取消")
    wang.sees("聯繫內容 包含 報價")
    expect(search).to_have_count(1)
    expect(wang.page.get_by_label("聯繫內容", exact=True)).to_be_visible()


@pytest.mark.ways("chromium", "ie11")
def test_marking_text_beyond_the_edge_of_the_box_leaves_it_open(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("日程管理")
    wang.follow("新增")
    field = wang.page.locator("#box").get_by_label("標題", exact=True)
    field.scroll_into_view_if_needed()
    place = field.bounding_box()
    assert place
    mouse = wang.page.mouse
    mouse.move(place["x"] + 10, place["y"] + 10)
    mouse.down()
    mouse.move(5, 700)
    mouse.up()
    wang.finish()
    expect(field).to_be_visible()
    mouse.click(5, 700)
    expect(field).to_have_count(0)
