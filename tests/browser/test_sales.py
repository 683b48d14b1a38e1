"""From a possible sale to the order: a quote with goods and a service, turned into an order (QT-1, QT-2, SO-1)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Route, expect

from . import plug
from .checks import check_pages
from .person import Person

TITLE = "三樓會議室翻新"


def prepare(app: Flask) -> None:
    """Wang has a customer; the firm sells a table and its fitting."""
    from decimal import Decimal

    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.factories import item, make_contact, make_customer, make_order, make_product

    plug.tiny_firm(app)
    with app.app_context():
        session = db.session()
        wang = session.scalars(select(User).where(User.login == "wang")).one()
        unit = item(session, "unit", "件").id
        make_product(session, "會議桌 M180", "18900", unit_id=unit, floor_price=Decimal(17000))
        make_product(session, "到府安裝", "1200.5", kind="service", unit_id=item(session, "unit", "次").id)
        customer = make_customer(session, wang, "大同電子", address="台北市南京東路一段1號")
        make_contact(session, customer, wang, "張三")
        make_order(session, customer, wang, "500", title="去年的")
        session.commit()


def scripts_run(person: Person) -> bool:
    return person.firm.way in ("chromium", "ie11")


@pytest.mark.own_firm
def test_wang_turns_an_opportunity_into_an_order(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("銷售機會")
    wang.follow("新增")
    wang.fill("機會主題", TITLE)
    wang.fill("客戶", "大同電子")
    wang.press("保存")
    wang.follow("機會報價", within=wang.part("銷售機會"))
    wang.follow("新增")
    wang.finds("報價主題", TITLE)
    wang.fill("商品 1", "會議桌")
    wang.fill("數量 1", "3")
    wang.press("新增明細")
    expect(wang.page.get_by_label("單價 1", exact=True)).to_have_value("18900.00")
    expect(wang.page.get_by_label("金額 1", exact=True)).to_have_value("56,700.00")
    wang.fill("折扣% 1", "85")
    wang.fill("商品 2", "到府")
    wang.fill("數量 2", "1.5")
    wang.fill("稅率% 2", "5")
    wang.press("新增明細")
    wang.fill("單價 2", "1000")
    wang.fill("優惠金額", "195")
    if scripts_run(wang):
        expect(wang.page.get_by_label("金額 2", exact=True)).to_have_value("1,500.00")
        wang.sees("49,575.00")
        wang.sees("低於最低售價")
    wang.press("保存")
    wang.sees("低於最低售價 17,000.00")
    wang.finds("金額 1", "48,195.00")
    wang.sees("49,575.00")
    wang.press("轉為訂單")
    wang.sees("已轉為銷售訂單")
    expect(wang.page.get_by_label("商品 2", exact=True)).to_have_value(re.compile("到府安裝"))
    wang.finds("數量 2", "1.5")
    wang.finds("收貨人", "張三")
    wang.follow(quote_code(wang))
    wang.sees("此報價已轉為訂單")
    expect(wang.page.get_by_role("button", name="轉為訂單")).to_have_count(0)
    wang.open_menu("銷售訂單")
    wang.sees("50,075.00")
    wang.follow("草稿")
    wang.sees(TITLE)


def quote_code(person: Person) -> str:
    return person.page.locator(".file-head a[href^='/quotes/']").inner_text()


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_a_wrong_line_is_put_right_and_one_is_removed(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("銷售訂單")
    wang.follow("新增")
    wang.fill("客戶", "大同電子")
    wang.fill("商品 1", "到府安裝")
    wang.fill("數量 1", "2")
    wang.press("新增明細")
    wang.fill("商品 2", "會議桌")
    wang.fill("數量 2", "很多")
    wang.fill("單價 2", "10")
    wang.fill("訂單主題", "試訂")
    with wang.refused(422):
        wang.press("保存")
    wang.sees("數量 2", within=wang.page.locator(".errors"))
    wang.finds("數量 2", "很多")
    wang.finds("訂單主題", "試訂")
    wang.press("刪除第 1 筆明細")
    wang.finds("數量 1", "很多")
    wang.fill("數量 1", "２")
    wang.press("保存")
    wang.sees("20.00")
    wang.follow("刪除")
    wang.press("是")
    wang.sees("已刪除")


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_another_product_brings_its_own_price(enter: Callable[[str], Person]) -> None:
    """Also where 【保存】 is quicker than the scripts, and where there are none."""
    wang = enter("wang")
    wang.go("/orders/new")
    wang.fill("客戶", "大同電子")
    wang.fill("商品 1", "會議桌")
    wang.fill("數量 1", "1")
    wang.press("新增明細")
    expect(wang.page.get_by_label("單價 1", exact=True)).to_have_value("18900.00")
    wang.fill("商品 1", "到府安裝")
    wang.press("保存")
    wang.finds("單價 1", "1200.50")
    expect(wang.page.get_by_label("單位 1", exact=True).locator("option:checked")).to_have_text("次")


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_a_price_that_comes_late_does_not_mix_with_the_one_that_is_typed(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.go("/orders/new")
    price = wang.page.get_by_label("單價 1", exact=True)
    held: list[Route] = []
    wang.page.route(re.compile("/lines/product"), lambda route: held.append(route))
    with wang.page.expect_request(re.compile("/lines/product")):
        wang.fill("商品 1", "會議桌")
        price.focus()
    expect(price).to_be_focused()
    assert held
    for route in held:
        route.continue_()
    expect(price).to_have_value("18900.00")
    wang.page.keyboard.type("10")
    wang.finds("單價 1", "10")


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_a_button_that_moves_away_under_the_mouse_is_pressed(enter: Callable[[str], Person]) -> None:
    """What a field offered goes when the field is left: the page below moves up while the mouse button is held."""
    wang = enter("wang")
    wang.go("/orders/new")
    wang.fill("商品 1", "m180")
    expect(wang.page.locator("[data-choose]")).to_have_count(1)
    button = wang.page.get_by_role("button", name="新增明細")
    button.scroll_into_view_if_needed()
    place = button.bounding_box()
    assert place
    mouse = wang.page.mouse
    mouse.move(place["x"] + 10, place["y"] + place["height"] - 3)
    mouse.down()
    expect(wang.page.locator("[data-choose]")).to_have_count(0)
    expect(wang.page.get_by_label("單價 1", exact=True)).to_have_value("18900.00")
    mouse.up()
    expect(wang.page.get_by_label("商品 2", exact=True)).to_be_focused()
    expect(wang.page.get_by_label("商品 3", exact=True)).to_have_count(0)


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_by_keyboard_alone(enter: Callable[[str], Person]) -> None:
    """Enter takes the first suggestion, leads on to what is empty, and adds a line; it never sends the form."""
    wang = enter("wang")
    wang.go("/orders/new")
    wang.fill("客戶", "大同電子")
    keys = wang.page.keyboard
    wang.page.get_by_label("商品 1", exact=True).focus()
    expect(wang.page.locator("[data-choose]")).to_have_count(0)  # what the customer's field offered is gone
    keys.type("m180")
    expect(wang.page.locator("[data-choose]")).to_have_count(1)
    keys.press("Enter")
    expect(wang.page.get_by_label("數量 1", exact=True)).to_be_focused()
    expect(wang.page.get_by_label("單價 1", exact=True)).to_have_value("18900.00")
    keys.type("2")
    keys.press("Enter")
    expect(wang.page.get_by_label("商品 2", exact=True)).to_be_focused()
    expect(wang.page.locator("[data-sum=total]")).to_have_text("37,800.00")
    assert wang.page.url.endswith("/orders/new")
    wang.press("保存")
    wang.sees("37,800.00")


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    check_pages(
        wang,
        (
            "/orders",
            "/orders/new",
            "/orders/1",
            "/orders/1/receipts",
            "/orders/1/delete",
            "/quotes",
            "/quotes/new",
        ),
    )
