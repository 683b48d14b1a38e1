"""The schedule of several people: from a day of the week to a meeting every week, and what is in its way (S-1, S-2)."""

from collections.abc import Callable
from contextvars import Context

import pytest
from playwright.sync_api import Locator, expect

from tests.sampling import mostly_long

from .checks import check_pages
from .person import Person

WEEK = "/schedule/week?day=2099-09-09"  # Monday 7 to Sunday 13 September


def day(person: Person, date: str) -> Locator:
    """The cell of a day in the grid."""
    link = person.page.get_by_role("link", name=f"新增 {date}")
    return person.page.get_by_role("cell").filter(has=link)


def add(person: Person, date: str, title: str, begin: str, end: str, **more: str) -> None:
    """By the day's own link: in a box where scripts run, else on a page."""
    person.go(WEEK)
    day(person, date).locator(".day-link").click()
    person.finish()
    person.finds("開始時間", f"{date} 09:00")
    person.fill("標題", title)
    person.fill("開始時間", f"{date} {begin}")
    person.fill("結束時間", f"{date} {end}")
    for label, value in more.items():
        if label == "參與人":
            person.tick(value)
        elif label == "重複":
            person.choose(label, value)
        else:
            person.fill(label, value)
    person.press("保存")


@pytest.mark.own_firm
def test_a_weekly_meeting_with_a_colleague(enter: Callable[[str], Person]) -> None:
    wang, li = enter("wang"), enter("li")
    add(wang, "2099-09-09", "週會", "10:00", "11:00", 參與人="李美玲", 重複="每週", 重複至="2099-09-30")
    wang.sees("日程已保存")
    add(li, "2099-09-09", "看牙醫", "10:30", "11:30")
    li.sees("時間衝突：李美玲 在 2099-09-09 10:00–11:00 已有「週會」。")
    li.go(WEEK)
    li.sees("由 王小明 建立", within=day(li, "2099-09-09"))
    expect(day(li, "2099-09-09").get_by_text("衝突", exact=True)).to_have_count(2)
    li.follow("下一周")
    li.sees("週會", within=day(li, "2099-09-16"))
    li.does_not_see("衝突")
    li.follow("週會")
    li.sees("每週，至 2099-09-30")
    expect(li.page.get_by_role("link", name="修改", exact=True)).to_have_count(0)


@pytest.mark.own_firm
def test_who_is_invited_reads_of_it_and_of_every_change(enter: Callable[[str], Person]) -> None:
    """S-2, F-4: invited, moved, cancelled; told in the notices, from where the item opens."""
    wang, li = enter("wang"), enter("li")
    add(wang, "2099-09-09", "看廠", "10:00", "11:00", 參與人="李美玲")
    li.go("/notices")
    told = "王小明 邀請您參加「看廠」，2099-09-09 10:00–11:00。"
    li.sees(told)
    li.press(told)
    li.sees("李美玲")
    wang.go(WEEK)
    wang.follow("看廠")
    wang.follow("修改")
    wang.fill("開始時間", "2099-09-10 14:00")
    wang.fill("結束時間", "2099-09-10 15:00")
    wang.press("保存")
    li.go("/notices")
    li.sees("王小明 將「看廠」改到 2099-09-10 14:00–15:00。")
    wang.go(WEEK)
    wang.follow("看廠")
    wang.follow("刪除：看廠")
    wang.press("是")
    li.go("/notices")
    cancelled = "王小明 取消了「看廠」，2099-09-10 14:00–15:00。"
    li.sees(cancelled)
    li.press(cancelled)
    li.sees("2099-09-07 – 2099-09-13")
    li.does_not_see("看廠")
    wang.go("/notices")
    wang.does_not_see("看廠")


@pytest.mark.own_firm
@pytest.mark.long
def test_only_this_one_and_the_following(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    add(wang, "2099-09-07", "盤點", "09:00", "10:00", 重複="每日", 重複至="2099-09-11")
    wang.go(WEEK)
    wang.follow("盤點", within=day(wang, "2099-09-08"))
    wang.follow("完成")
    wang.fill("完成內容", "數完了")
    wang.press("確定")
    wang.go(WEEK)
    wang.sees("已經完成", within=day(wang, "2099-09-08"))
    wang.follow("盤點", within=day(wang, "2099-09-09"))
    wang.follow("修改")
    wang.fill("標題", "外出盤點")
    wang.press("保存")
    wang.go(WEEK)
    wang.sees("外出盤點", within=day(wang, "2099-09-09"))
    wang.does_not_see("外出盤點", within=day(wang, "2099-09-10"))
    wang.follow("盤點", within=day(wang, "2099-09-10"))
    wang.follow("刪除：盤點")
    wang.choose("套用於", "這一次和以後的")
    wang.press("是")
    wang.sees("已刪除 2 個日程")
    wang.go(WEEK)
    wang.sees("盤點", within=day(wang, "2099-09-07"))
    wang.does_not_see("盤點", within=day(wang, "2099-09-11"))


@pytest.mark.ways("chromium", "ie11")
def test_a_click_on_the_ground_of_a_day_opens_the_box(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.go(WEEK)
    day(wang, "2099-09-12").click(position={"x": 40, "y": 250})
    wang.finds("開始時間", "2099-09-12 09:00", within=wang.page.get_by_role("dialog"))


@pytest.mark.own_firm
@pytest.mark.long
def test_the_calendar_address(enter: Callable[[str], Person]) -> None:
    """S-6: made, read without signing in, revoked."""
    wang = enter("wang")
    add(wang, "2099-09-09", "很久以後", "10:00", "11:00")
    wang.open_menu("日程管理")
    wang.follow("行事曆訂閱")
    wang.press("建立行事曆網址")
    address = wang.page.get_by_label("您的行事曆網址").input_value()
    answer = Context().run(wang.firm.app.test_client().get, address)
    assert answer.status_code == 200
    assert answer.data.startswith(b"BEGIN:VCALENDAR")
    wang.press("撤銷網址")
    wang.sees("行事曆網址已撤銷")
    assert Context().run(wang.firm.app.test_client().get, address).status_code == 404


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    add(wang, "2099-09-09", "可及性", "10:00", "11:00", 參與人="李美玲")
    check_pages(wang, (WEEK, "/schedule", "/schedule/month?day=2099-09-09", "/schedule/new", "/schedule/calendar"))


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
@pytest.mark.parametrize(("date", "hour"), mostly_long([("2099-09-09", 14), ("2099-09-11", 8)], [("2099-09-11", 8)]))
def test_dragged_to_another_hour_of_the_week(enter: Callable[[str], Person], date: str, hour: int) -> None:
    """The hours show while it is dragged. Its minutes stay, and its length."""
    wang = enter("wang")
    add(wang, "2099-09-09", "午前開會", "10:30", "11:30")
    add(wang, "2099-09-09", "看牙醫", "13:15", "13:45")
    wang.go(WEEK)
    mouse = wang.page.mouse
    taken = day(wang, "2099-09-09").locator(".entry", has_text="午前開會").bounding_box()
    assert taken is not None
    mouse.move(taken["x"] + 30, taken["y"] + 10)
    mouse.down()
    mouse.move(taken["x"] + 34, taken["y"] + 16, steps=4)
    line = day(wang, date).get_by_text(f"{hour:02d}:00", exact=True)
    line.scroll_into_view_if_needed()
    place = line.bounding_box()
    assert place is not None
    mouse.move(place["x"] + 40, place["y"] + 3, steps=15)
    mouse.move(place["x"] + 41, place["y"] + 9, steps=3)
    mouse.up()
    wang.sees(f"「午前開會」已改到 {date} {hour:02d}:30")
    wang.sees(f"{hour:02d}:30–{hour + 1:02d}:30", within=day(wang, date))
    expect(wang.page.get_by_text(f"{hour:02d}:00", exact=True)).to_have_count(0)


@pytest.mark.own_firm
@pytest.mark.ways("chromium")
def test_dropped_at_its_own_hour_it_stays(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    add(wang, "2099-09-09", "午前開會", "10:30", "11:30")
    wang.go(WEEK)
    mouse = wang.page.mouse
    taken = day(wang, "2099-09-09").locator(".entry", has_text="午前開會").bounding_box()
    assert taken is not None
    mouse.move(taken["x"] + 30, taken["y"] + 10)
    mouse.down()
    mouse.move(taken["x"] + 36, taken["y"] + 12, steps=4)
    expect(day(wang, "2099-09-09").get_by_text("08:00", exact=True)).to_be_visible()
    mouse.move(taken["x"] + 34, taken["y"] + 11, steps=2)  # over another hour's line, which came under the mouse
    mouse.up()
    wang.finish()
    wang.does_not_see("已改到")
    wang.sees("10:30–11:30", within=day(wang, "2099-09-09"))
