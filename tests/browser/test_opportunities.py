"""A possible sale from the customer's file to the board: entered, moved, dragged, lost (B-1, B-3)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from . import plug
from .checks import check_access, check_no_horizontal_bar
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
    li.press(f"移動: {TITLE}")
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


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_dragging_a_card(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.go("/opportunities/board")
    mouse = li.page.mouse
    start = card(li, "影印機租賃").locator(".card-handle").bounding_box()
    end = stage(li, "需求確認").locator(".board-cards").bounding_box()
    assert start is not None
    assert end is not None
    mouse.move(start["x"] + 16, start["y"] + 16)
    mouse.down()
    mouse.move(start["x"] + 40, start["y"] + 30, steps=5)
    mouse.move(end["x"] + 40, end["y"] + 20, steps=15)
    mouse.up()
    li.sees("「影印機租賃」已移到「需求確認」。")
    expect(stage(li, "需求確認").locator(".card-title")).to_have_text(["影印機租賃"])
    li.go("/opportunities/board")
    expect(stage(li, "需求確認").locator(".card-title")).to_have_text(["影印機租賃"])


@pytest.mark.own_firm
def test_a_board_that_is_out_of_date_is_told(enter: Callable[[str], Person]) -> None:
    li, also_li = enter("li"), enter("li")
    li.go("/opportunities/board")
    also_li.go("/opportunities/board")
    also_li.press("移動: 影印機租賃")  # to where it is: nothing happens
    also_li.follow("影印機租賃")
    also_li.fill("競爭對手", "某公司")
    also_li.press("保存")
    li.choose(card(li, "影印機租賃").locator("label").text_content() or "", "簽約")
    with li.refused(409):
        li.press("移動: 影印機租賃")
    li.sees("剛才已由其他人更改")
    li.sees("影印機租賃", within=stage(li, "初步接洽"))


@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    pages = ("", "/board", "/funnel", "/new", "/1", "/1/delete")
    for path in pages:
        li.go(f"/opportunities{path}")
        check_access(li.page)
        for width in (1024, 360):
            check_no_horizontal_bar(li.page, width)


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
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
