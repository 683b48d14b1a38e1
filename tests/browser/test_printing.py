"""From a record to its sheet for paper, and a template of the firm's own (A-11, A-12)."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from . import plug
from .checks import check_no_horizontal_bar, check_pages
from .person import Person


def prepare(app: Flask) -> None:
    """Li has a customer with an opportunity and an order."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.factories import make_customer, make_opportunity, make_order

    plug.tiny_firm(app)
    with app.app_context():
        li = db.session.scalars(select(User).where(User.login == "li")).one()
        customer = make_customer(db.session(), li, "大同電子", phone="02-2592-5252")
        make_opportunity(db.session(), customer, li, "影印機租賃")
        make_order(db.session(), customer, li, "1234.5")
        db.session.commit()


def opens(person: Person, press: Callable[[], None]) -> Page:
    """The window that a click opens beside the page."""
    with person.page.expect_popup() as coming:
        press()
    sheet = coming.value
    sheet.wait_for_load_state()
    return sheet


@pytest.mark.own_firm
def test_a_record_is_printed_by_the_firms_own_template(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.open_menu("客戶拜訪")
    li.follow("大同電子")
    li.follow("客戶資料")
    sheet = opens(li, lambda: li.follow("打印"))
    expect(sheet.locator("h1")).to_have_text("客戶資料")
    expect(sheet.locator(".sheet")).to_contain_text("02-2592-5252")
    expect(sheet.locator(".bar")).to_contain_text("Ctrl+P")
    sheet.emulate_media(media="print")
    expect(sheet.locator(".bar")).to_be_hidden()
    sheet.close()

    admin = enter("admin")
    admin.open_menu("打印管理")
    admin.follow("銷售訂單", within=admin.part("打印管理"))
    admin.follow("新增")
    admin.fill("模版名稱", "送貨單")
    admin.fill("模版內容（HTML）", "<h1>送貨單</h1>\n<p>送給 {{customer.nam}}</p>")
    with admin.refused(422):
        admin.press("保存")
    admin.sees("第 2 行：沒有 {{customer.nam}} 這個欄位")
    admin.fill("模版內容（HTML）", "<h1>送貨單</h1>\n<p>送給 {{customer.name}}：{{total_in_words}}</p>")
    look = opens(admin, lambda: admin.press("預覽", within=admin.part("預覽")))
    expect(look.locator(".sheet")).to_contain_text("送給 〔客戶〕")
    look.close()
    admin.press("保存")
    admin.sees("送貨單 已保存。")
    admin.open_menu("打印管理")
    admin.follow("銷售訂單", within=admin.part("打印管理"))
    admin.press("設為默認：送貨單")

    li.go("/print/orders/1")
    expect(li.page.locator(".sheet")).to_contain_text("送給 大同電子：壹仟貳佰參拾肆元伍角整")
    li.follow("標準格式")
    expect(li.page.locator("h1")).to_have_text("銷售訂單")
    li.follow("简体中文")
    expect(li.page.locator(".sheet")).to_contain_text("壹仟贰佰叁拾肆元伍角整")


@pytest.mark.ways("chromium")
def test_the_button_prints_and_is_not_printed(enter: Callable[[str], Person]) -> None:
    """In its sandbox: the page may do this and nothing else."""
    li = enter("li")
    li.go("/print/orders/1")
    sheet = li.page
    sheet.evaluate("window.print = function () { document.title = 'printed'; }")
    sheet.locator(".press").click()
    expect(sheet).to_have_title("printed")
    sheet.emulate_media(media="print")
    expect(sheet.locator(".press")).to_be_hidden()
    assert sheet.evaluate("window.origin") == "null"


@pytest.mark.ways("chromium")
def test_each_sheet_has_its_heads(enter: Callable[[str], Person]) -> None:
    """The document's number and the headings of the lines come again; signatures keep with the totals."""
    li = enter("li")
    li.go("/print/orders/1")
    li.page.emulate_media(media="print")
    repeated = "return getComputedStyle(document.querySelector(where)).display"
    for where in (".each-sheet > thead", ".lines thead"):
        assert li.page.evaluate(f"(where) => {{ {repeated}; }}", where) == "table-header-group"
    held = "(e) => getComputedStyle(e.parentElement.closest('.keep')).breakInside"
    assert li.page.locator(".signatures").evaluate(held) == "avoid"


@pytest.mark.ways("chromium", "ie11")
def test_a_name_is_put_where_the_cursor_stands(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.go("/prints/new?module=orders")
    admin.fill("模版內容（HTML）", "<p></p>")
    body = admin.page.get_by_label("模版內容（HTML）", exact=True)
    body.press("Home")
    for _letter in "<p>":
        body.press("ArrowRight")
    admin.press("插入 訂單編號")
    expect(body).to_have_value("<p>{{code}}</p>")
    admin.upload("插入圖片，例如公司標誌", {"name": "logo.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(body).to_have_value('<p>{{code}}<img src="data:image/png;base64,iVBORw==" alt="" height="48"></p>')
    admin.upload("插入圖片，例如公司標誌", {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    admin.sees("請選擇不超過 200 KB")
    # The preview leaves the form as it was: it can be saved at once, and leaving it asks.
    opens(admin, lambda: admin.press("預覽", within=admin.part("預覽"))).close()
    admin.fill("模版名稱", "只有編號")
    admin.press("保存")
    admin.sees("只有編號 已保存。")


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    check_pages(
        admin,
        (
            f"/prints{path}"
            for path in ("", "/new?module=orders", "/1", "/1/versions", "/1/versions/1", "/1/restore", "/1/delete")
        ),
    )
    admin.go("/print/orders/1")
    check_no_horizontal_bar(admin.page)
