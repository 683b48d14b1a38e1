"""W-3, W-4: the workbench is arranged by mouse, menu, keyboard, touch and plain forms, and is the same elsewhere."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .browsers import PATIENCE, PHONE, in_page
from .checks import check_access, check_pages
from .person import Person
from .workbench import columns, drag, menu, middle, panel, save, takes_place

Enter = Callable[..., Person]
WITH_SCRIPTS = pytest.mark.ways("chromium", "ie11")
pytestmark = pytest.mark.own_firm
BEFORE = [["今日日程"], ["需要聯繫的客戶", "我的銷售"]]
UNSAVED = "布局已經改變，還沒有保存。"
FOCUSED = """(function () { var e = document.activeElement, s = getComputedStyle(e);
  return (e === document.body ? 'nothing' : e.getAttribute('aria-label') || e.textContent.trim()) +
    (s.outlineStyle === 'none' ? ' without a frame' : ''); })()"""

SCROLLED = f"""new Promise(function (tell) {{
  setTimeout(function () {{ tell(false); }}, {PATIENCE});
  (function look() {{ if (window.pageYOffset > 50) {{ tell(true); }} else {{ requestAnimationFrame(look); }} }}());
}})"""


def elsewhere(person: Person, enter: Enter, expected: list[list[str]]) -> None:
    """They sign out; at another browser the workbench is the same."""
    person.go("/logout")
    person.press("確定")
    other = enter("li")
    other.go("/")
    assert columns(other) == expected


def focused(person: Person) -> str:
    """What has the focus, by its name; said where that cannot be seen."""
    person.finish()
    return str(in_page(person.page, FOCUSED))


def comes_to(person: Person, name: str | re.Pattern[str]) -> None:
    """The focus comes to the button with this name, to be seen; without scripts the browser takes a moment to do it."""
    expect(person.page.locator(":focus")).to_have_attribute("aria-label", name)
    assert "without a frame" not in focused(person)


def keys(person: Person, *names: str) -> None:
    for name in names:
        person.page.keyboard.press(name)
        person.finish()


def tab_to(person: Person, name: str) -> None:
    for _ in range(80):
        if focused(person) == name:
            return
        keys(person, "Tab")
    raise AssertionError(f"Tab does not lead to {name}")


def choose(person: Person, entry: str) -> None:
    """From the ▾ that has the focus, with the arrow keys."""
    keys(person, "Enter")
    for _ in range(9):
        if in_page(person.page, "document.activeElement.textContent") == entry:
            break
        keys(person, "ArrowDown")
    assert focused(person) == entry
    keys(person, "Enter")


@WITH_SCRIPTS
def test_by_mouse(enter: Enter) -> None:
    li = enter("li")
    assert columns(li) == BEFORE
    drag(li, "今日日程", onto="我的銷售")
    li.sees(UNSAVED)
    menu(li, "需要聯繫的客戶", "刪除欄目")
    li.page.locator("#workbench > .column").first.click(button="right", position={"x": 40, "y": 60})
    li.page.get_by_role("menuitem", name="新建顯示欄").click()
    li.tick("公告")
    li.tick("最近聯繫的客戶")
    li.press("確定")
    panel(li, "公告").locator(".panel-handle").click(button="right")
    li.page.get_by_role("menuitem", name="保存", exact=True).click()
    li.press("確定")
    li.sees("布局已保存。")
    after = [["最近聯繫的客戶", "公告"], ["今日日程", "我的銷售"]]
    assert columns(li) == after
    elsewhere(li, enter, after)


@WITH_SCRIPTS
def test_by_the_keyboard_alone(enter: Enter) -> None:
    li = enter("li")
    tab_to(li, "欄目選單：今日日程")
    choose(li, "右移")
    assert focused(li) == "欄目選單：今日日程"
    li.sees(UNSAVED)
    choose(li, "下移")
    assert focused(li) == "欄目選單：今日日程"
    assert columns(li) == [[], ["需要聯繫的客戶", "今日日程", "我的銷售"]]
    choose(li, "右移")
    assert columns(li) == [[], ["需要聯繫的客戶", "我的銷售"], ["今日日程"]]
    choose(li, "刪除欄目")
    assert focused(li).startswith("欄目選單：")
    tab_to(li, "欄目選單：我的銷售")
    choose(li, "新建顯示欄")
    tab_to(li, "")  # the first of the panels to tick
    keys(li, "Space", "Enter")
    expect(panel(li, "今日日程")).to_be_visible()
    assert focused(li) == "欄目選單：今日日程"
    choose(li, "保存")
    assert focused(li) == "確定"
    keys(li, "Enter")
    li.sees("布局已保存。")
    assert focused(li) == "欄目選單：今日日程"
    after = [["今日日程"], ["需要聯繫的客戶", "我的銷售"]]
    assert columns(li) == after
    elsewhere(li, enter, after)


@WITH_SCRIPTS
@pytest.mark.long
def test_the_unsaved_bar_by_keyboard(enter: Enter) -> None:
    """After saving by the button that then vanishes, the focus is not at the beginning of the page again."""
    li = enter("li")
    tab_to(li, "欄目選單：今日日程")
    choose(li, "右移")
    li.page.get_by_role("button", name="保存布局").focus()
    keys(li, "Enter", "Enter")
    li.sees("布局已保存。")
    assert not focused(li).startswith("nothing")


@WITH_SCRIPTS
@pytest.mark.long
def test_the_last_panel_removed_by_keyboard(enter: Enter) -> None:
    li = enter("li")
    for title in ("今日日程", "需要聯繫的客戶", "我的銷售"):
        tab_to(li, f"欄目選單：{title}")
        choose(li, "刪除欄目")
    assert focused(li) == "定制工作臺"


@WITH_SCRIPTS
@pytest.mark.long
def test_an_empty_workbench_does_not_scroll(enter: Enter) -> None:
    """Neither while the last panel is just gone, nor after it was saved so."""
    li = enter("li")
    for title in ("今日日程", "需要聯繫的客戶", "我的銷售"):
        tab_to(li, f"欄目選單：{title}")
        choose(li, "刪除欄目")
    li.sees(UNSAVED)
    fits(li)
    save(li)
    li.go("/")
    li.sees("還沒有顯示任何欄目。")
    fits(li)


def fits(person: Person) -> None:
    for size in ((1366, 768), (1024, 600), (360, 640)):
        person.page.set_viewport_size({"width": size[0], "height": size[1]})
        over = in_page(person.page, "document.documentElement.scrollHeight - window.innerHeight")
        assert over <= 0, f"{over} px at {size}"
    person.page.set_viewport_size({"width": 1280, "height": 768})


@pytest.mark.also("nojs")
def test_by_plain_buttons(enter: Enter) -> None:
    li = enter("li")
    li.follow("定制工作臺")
    li.press("右移：今日日程")
    comes_to(li, "右移：今日日程")
    li.press("下移：今日日程")
    comes_to(li, "下移：今日日程")
    li.press("刪除欄目：需要聯繫的客戶")
    li.tick("公告")
    li.press("添加")
    comes_to(li, re.compile("：公告$"))
    after = [["公告"], ["今日日程", "我的銷售"]]
    li.go("/")
    assert columns(li) == after
    elsewhere(li, enter, after)


def test_the_later_of_two_windows_is_told(enter: Enter) -> None:
    """W-4: nothing of either is destroyed."""
    first, second = enter("li"), enter("li")
    if first.firm.way == "nojs":
        second.go("/workbench/arrange")
        first.go("/workbench/arrange")
        first.press("右移：今日日程")
        with second.refused(409):
            second.press("刪除欄目：今日日程")
    else:
        menu(first, "今日日程", "右移")
        menu(second, "今日日程", "刪除欄目")
        save(first)
        with second.refused(409):
            second.press("保存布局")
            second.press("確定")
    second.sees("工作臺已經在另一個視窗中調整過")
    after = [[], ["今日日程", "需要聯繫的客戶", "我的銷售"]]
    if first.firm.way != "nojs":
        assert columns(second) == [[], ["需要聯繫的客戶", "我的銷售"]]
    second.follow("重新載入工作臺")
    assert columns(second) == after


@WITH_SCRIPTS
@pytest.mark.long
def test_leaving_an_unsaved_workbench_asks(enter: Enter) -> None:
    li = enter("li")
    menu(li, "今日日程", "右移")
    li.sees(UNSAVED)
    li.open_menu("客戶拜訪")
    assert len(li.questions) == 1
    li.go("/")
    assert columns(li) == BEFORE
    menu(li, "今日日程", "右移")
    save(li)
    li.open_menu("客戶拜訪")
    assert len(li.questions) == 1


class Finger:
    """One finger on the glass, told to Chromium as the screen would."""

    def __init__(self, person: Person) -> None:
        self._line = person.page.context.new_cdp_session(person.page)
        self._at = (0.0, 0.0)

    def down(self, x: float, y: float) -> None:
        self._at = (x, y)
        self._say("touchStart", x, y)

    def move(self, to_x: float, to_y: float, steps: int = 20) -> None:
        x, y = self._at
        for n in range(1, steps + 1):
            self._say("touchMove", x + (to_x - x) * n / steps, y + (to_y - y) * n / steps)

    def up(self) -> None:
        self._line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def _say(self, kind: str, x: float, y: float) -> None:
        self._line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})


class TestByTouch:
    """Chromium's emulation of a small telephone."""

    pytestmark = pytest.mark.ways("chromium")

    def test_the_menu(self, enter: Enter) -> None:
        li = enter("li", **PHONE)
        panel(li, "我的銷售").locator(".panel-menu").tap()
        li.page.get_by_role("menuitem", name="左移").tap()
        li.sees(UNSAVED)
        li.page.get_by_role("button", name="保存布局").tap()
        li.press("確定")
        after = [["今日日程", "我的銷售"], ["需要聯繫的客戶"]]
        assert columns(li) == after
        elsewhere(li, enter, after)

    def test_a_rest_on_the_title_bar_then_dragging(self, enter: Enter) -> None:
        li = enter("li", **PHONE)
        (x, y), (to_x, to_y) = middle(li, "今日日程"), middle(li, "需要聯繫的客戶")
        finger = Finger(li)
        finger.down(x, y)
        expect(li.page.locator(".sortable-chosen")).to_have_count(1)
        finger.move(to_x, to_y + 30)
        takes_place(li, beside="需要聯繫的客戶")
        finger.up()
        li.sees(UNSAVED)
        assert columns(li)[0] == []
        assert in_page(li.page, "window.pageYOffset") == 0
        expect(li.page.locator(".context-menu")).to_have_count(0)

    def test_a_swipe_over_a_title_bar_scrolls(self, enter: Enter) -> None:
        li = enter("li", **{**PHONE, "viewport": {"width": 375, "height": 400}})
        x, y = middle(li, "今日日程")
        finger = Finger(li)
        finger.down(x, y)
        finger.move(x, y - 150, steps=4)  # at once: a finger that rests for a moment drags
        finger.up()
        assert in_page(li.page, SCROLLED), "the page did not scroll"
        assert columns(li) == BEFORE
        li.does_not_see(UNSAVED)


@pytest.mark.ways("chromium")
@pytest.mark.long
def test_everybody_can_use_the_pages_of_arranging(enter: Enter) -> None:
    li = enter("li")
    check_pages(li, ("/workbench/arrange", "/workbench/add", "/workbench/save?layout=today%7Cdue&version=0"))
    li.go("/")
    panel(li, "今日日程").locator(".panel-menu").click()
    check_access(li.page)
    li.page.get_by_role("menuitem", name="新建顯示欄").click()
    li.finish()
    check_access(li.page)
    li.follow("取消")
    menu(li, "今日日程", "右移")
    check_access(li.page)
