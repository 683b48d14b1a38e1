"""A possible sale from the customer's file to the board: entered, moved, dragged, lost (B-1, B-3)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from . import plug
from .browsers import in_page
from .checks import check_pages
from .person import Person

TITLE = "三樓會議室翻新"


def prepare(app: Flask) -> None:
    """Li has a customer with a contact, and two opportunities in the first stage."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.factories import make_contact, make_customer, make_opportunity

    plug.tiny_firm(app)
    with app.app_context():
        li = db.session.scalars(select(User).where(User.login == "li")).one()
        customer = make_customer(db.session(), li, "大同電子")
        make_contact(db.session(), customer, li, "張三")
        for title in ("影印機租賃", "文具年度供應"):
            make_opportunity(db.session(), customer, li, title)
        db.session.commit()


def stage(person: Person, name: str) -> Locator:
    return person.page.get_by_role("region", name=name)


def card(person: Person, title: str) -> Locator:
    return person.page.locator(".card").filter(has_text=title)


@pytest.mark.own_firm
def test_li_enters_one_and_moves_it_with_the_drop_down(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.open_menu("客戶拜訪")
    li.follow("大同電子")
    li.follow("銷售機會", within=li.part("客戶資料"))
    li.follow("新增")
    li.fill("機會主題", TITLE)
    li.choose("聯繫人", "張三")
    li.fill("預計金額", "12000")
    li.fill("預計成交日期", "2099-12-01")
    li.press("保存")
    li.open_menu("銷售機會")
    li.follow("看板")
    li.sees(TITLE, within=stage(li, "初步接洽"))
    code = card(li, TITLE).locator("label").text_content() or ""
    li.choose(code, "方案報價", within=card(li, TITLE))
    li.press(f"移動：{TITLE}")
    li.sees("已移到「方案報價」")
    li.sees("加權 6,000.00", within=stage(li, "方案報價"))
    li.follow(TITLE)
    li.finds("可能性", "50")
    li.choose("狀態", "丟單")
    with li.refused(422):
        li.press("保存")
    li.fill("原因", "價格太高")
    li.press("保存")
    li.sees("價格太高", within=li.row("方案報價").first)
    li.open_menu("銷售機會")
    li.follow("看板")
    li.does_not_see(TITLE)


def drag(person: Person, taken: Locator, to: Locator, by: tuple[float, float] | None = None) -> None:
    """Take something at its middle (or a place in it) and drop it in the upper part of something else."""
    mouse, start, end = person.page.mouse, taken.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    at = by or (start["width"] / 2, start["height"] / 2)
    mouse.move(start["x"] + at[0], start["y"] + at[1])
    mouse.down()
    mouse.move(start["x"] + at[0] + 24, start["y"] + at[1] + 14, steps=5)
    mouse.move(end["x"] + 40, end["y"] + 20, steps=15)
    mouse.up()


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
@pytest.mark.parametrize(
    "place",
    [
        "",
        pytest.param(".card-title", marks=pytest.mark.long),
        pytest.param(".card-line >> nth=0", marks=pytest.mark.long),
        pytest.param(".card-owner", marks=pytest.mark.long),
    ],
)
def test_dragging_a_card(enter: Callable[[str], Person], place: str) -> None:
    """By whatever of its body; no text is marked by it, and the link below the mouse is not opened."""
    li = enter("li")
    li.go("/opportunities/board")
    one = card(li, "影印機租賃")
    by = None if place else (4, 4)
    drag(li, one.locator(place) if place else one, stage(li, "需求確認").locator(".board-cards"), by)
    assert in_page(li.page, "String(window.getSelection())") == ""
    li.sees("「影印機租賃」已移到「需求確認」。")
    expect(stage(li, "需求確認").locator(".card-title")).to_have_text(["影印機租賃"])
    assert li.page.url.endswith("/opportunities/board")
    li.go("/opportunities/board")
    expect(stage(li, "需求確認").locator(".card-title")).to_have_text(["影印機租賃"])


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_a_card_dropped_where_it_was_stays_and_its_parts_work(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/opportunities/board")
    one = card(li, "影印機租賃")
    drag(li, one.locator(".card-title"), one)
    li.finish()
    assert li.page.url.endswith("/opportunities/board")
    expect(stage(li, "初步接洽").locator(".card")).to_have_count(2)
    choice = one.locator("select")
    drag(li, choice, stage(li, "需求確認").locator(".board-cards"))  # a drop-down is no handle
    expect(stage(li, "初步接洽").locator(".card")).to_have_count(2)
    li.page.keyboard.press("Escape")
    choice.select_option(label="方案報價")
    one.get_by_role("button").click()
    li.sees("已移到「方案報價」")
    card(li, "影印機租賃").locator(".card-title").click()
    li.finds("機會主題", "影印機租賃")


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_a_card_dropped_on_lost_asks_why(enter: Callable[[str], Person]) -> None:
    """The place to drop it is there while it is dragged; who thinks better of it finds the card where it was."""
    li = enter("li")
    li.go("/opportunities/board")
    for answer in ("取消", "確定"):
        one, end, mouse = card(li, "影印機租賃"), li.page.locator("[data-end=lost]"), li.page.mouse
        start = one.locator(".card-title").bounding_box()
        assert start is not None
        mouse.move(start["x"] + 20, start["y"] + 8)
        mouse.down()
        mouse.move(start["x"] + 44, start["y"] + 40, steps=5)
        place = end.bounding_box()
        assert place is not None
        mouse.move(place["x"] + 100, place["y"] + 30, steps=15)
        mouse.up()
        li.sees("丟單：影印機租賃")
        if answer == "確定":
            li.fill("原因", "價格太高")
            li.press("確定")
        else:
            li.follow("取消", within=li.page.locator("#box"))
            expect(stage(li, "初步接洽").locator(".card")).to_have_count(2)
    li.sees("「影印機租賃」已記為丟單。")
    expect(stage(li, "初步接洽").locator(".card")).to_have_count(1)


@pytest.mark.own_firm
def test_a_board_that_is_out_of_date_is_told(enter: Callable[[str], Person]) -> None:
    li, also_li = enter("li"), enter("li")
    li.go("/opportunities/board")
    also_li.go("/opportunities/board")
    also_li.press("移動：影印機租賃")  # to where it is: nothing happens
    also_li.follow("影印機租賃")
    also_li.fill("競爭對手", "某公司")
    also_li.press("保存")
    li.choose(card(li, "影印機租賃").locator("label").text_content() or "", "簽約")
    with li.refused(409):
        li.press("移動：影印機租賃")
    li.sees("剛才已由其他人更改")
    li.sees("影印機租賃", within=stage(li, "初步接洽"))


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    pages = ("", "/board", "/funnel", "/new", "/1", "/1/delete")
    check_pages(li, (f"/opportunities{path}" for path in pages))


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
@pytest.mark.long
def test_a_customer_is_taken_by_the_keys_without_sending_the_form(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/opportunities/new")
    li.fill("機會主題", "鍵盤選客戶")
    field = li.page.get_by_label("客戶", exact=True)
    for keys in (("Enter",), ("ArrowDown", "Enter")):
        field.fill("")
        field.press_sequentially("大同")
        expect(li.page.locator("[data-choose]")).to_have_count(1)
        for key in keys:
            li.page.keyboard.press(key)
        expect(field).to_have_value(re.compile(r"大同電子 \[.+\]"))
        expect(li.page.locator("[data-choose]")).to_have_count(0)
        assert li.page.url.endswith("/opportunities/new")
