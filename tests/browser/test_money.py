"""A sale from the order to the last cent: rejected with an opinion, corrected, approved; paid in two parts over two
orders, each approved by finance; settled (SO-3, SO-4, RC-1 to RC-3, RV-1, W-2)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Locator

from . import plug
from .checks import check_pages
from .person import Person

CUSTOMER = "大同電子"
APPROVERS = {"order": ("林審單", "sales_approver"), "finance": ("周會計", "receipt_approver")}


def prepare(app: Flask) -> None:
    """Wang has a customer, a product, and two orders over 1,000.00: one approved already, one still a draft."""
    from sqlalchemy import select

    from crm.domain.organisation import people
    from crm.domain.platform.settings import read_settings
    from crm.entities.record_saving import Actor
    from crm.extensions import db
    from crm.models import Role, User, rights_of
    from tests.factories import approved_order, line, make_customer, make_order, make_product

    plug.tiny_firm(app)
    with app.app_context():
        session = db.session()
        users = {user.login: user for user in session.scalars(select(User))}
        roles = {role.key: role.id for role in session.scalars(select(Role))}
        admin = users["admin"]
        actor = Actor(rights_of(session, admin), datetime.now(UTC), read_settings(session).zone)
        for login, (name, role) in APPROVERS.items():
            values = {"login": login, "name": name, "unit_id": admin.unit_id, "password": plug.PASSWORD}
            users[login] = people.save_person(session, None, values, actor)
            users[login].must_change_password = False
            people.set_roles(session, users[login], [roles[role]], actor)
        customer = make_customer(session, users["wang"], CUSTOMER)
        approved_order(session, customer, users["wang"], users["order"], "1000")
        lines = [line(make_product(session, "影印機"), price="1200")]
        make_order(session, customer, users["wang"], lines=lines, title="影印機一台")
        session.commit()


def newest(person: Person) -> str:
    """The number of the document that stands first in the list."""
    return person.page.locator("table.list tbody tr td:nth-child(2) a").first.text_content() or ""


def tick_in_panel(person: Person, text: str) -> None:
    row = person.row(text)
    row.get_by_role("checkbox").check()


def panel(person: Person, name: str) -> Locator:
    return person.page.get_by_role("region", name=name)


def submit(person: Person, approver: str) -> None:
    if person.firm.way == "nojs" and person.page.get_by_role("button", name="保存").count():
        person.press("提交")  # saves what was typed before it asks
    else:
        person.follow("提交")
    person.choose("審核人", approver)
    person.press("確定")
    person.sees("待審核")


@pytest.mark.own_firm
def test_from_the_order_to_the_last_cent(enter: Callable[[str], Person]) -> None:
    wang, approver, finance = enter("wang"), enter("order"), enter("finance")

    wang.open_menu("銷售訂單")
    wang.follow(newest(wang))
    order = (wang.page.locator("h1").text_content() or "").split()[0]
    submit(wang, "林審單")

    approver.go("/")
    approver.sees(order)
    tick_in_panel(approver, order)
    approver.press("駁回", within=panel(approver, "待審核的銷售單"))
    with approver.refused(422):
        approver.press("確定")
    approver.fill("駁回意見", "單價太高，請改為一千")
    approver.press("確定")
    approver.sees("已駁回 1 張訂單")

    wang.open_menu("銷售訂單")
    wang.follow(order)
    wang.sees("單價太高，請改為一千")
    wang.fill("單價 1", "1000")
    wang.press("保存")
    submit(wang, "林審單")

    approver.go("/")
    approver.sees(order)
    tick_in_panel(approver, order)
    approver.press("審核", within=panel(approver, "待審核的銷售單"))
    approver.fill("審核意見", "同意")
    approver.press("確定")
    approver.sees("已審核 1 張訂單")
    approver.sees("目前沒有等待您審核的單據")

    for part in ("400", "600"):
        receive(wang, part)
        finance.go("/")
        tick_in_panel(finance, CUSTOMER)
        finance.press("審核", within=panel(finance, "待審核的銷售收款"))
        finance.press("確定")
        finance.sees("已審核 1 張收款單")

    wang.open_menu("應收款項")
    wang.does_not_see(order)
    wang.follow("已結清")
    wang.sees(order)
    wang.sees("2,000.00")


def receive(wang: Person, part: str) -> None:
    """So much for each of the two orders, in one receipt."""
    wang.open_menu("銷售收款")
    wang.follow("新增")
    wang.follow(CUSTOMER)
    for row in (1, 2):
        wang.fill(f"收款金額 {row}", part)
    wang.choose("付款方式", "匯款")
    wang.press("保存")
    wang.sees("收款單已保存")
    wang.sees(f"{int(part) * 2:,}.00")
    submit(wang, "周會計")


@pytest.mark.ways("chromium", "ie11")
@pytest.mark.own_firm
def test_ticking_fills_in_what_is_open(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("應收款項")
    wang.follow("收款", within=wang.row(CUSTOMER))
    wang.finds("收款金額 1", "1000.00")
    wang.tick("選擇列 1", on=False)
    wang.finds("收款金額 1", "")
    wang.tick("選擇列 1")
    wang.finds("收款金額 1", "1000.00")
    wang.page.get_by_label("收款金額 1", exact=True).press_sequentially("x")
    wang.fill("收款金額 1", "123.4")
    wang.page.get_by_label("收款金額 1", exact=True).press("End")
    wang.sees("123.40", within=wang.page.locator("[data-paid-sum]"))


@pytest.mark.own_firm
def test_an_approver_who_comes_too_late_is_told(enter: Callable[[str], Person]) -> None:
    wang, approver = enter("wang"), enter("order")
    wang.open_menu("銷售訂單")
    wang.follow(newest(wang))
    submit(wang, "林審單")
    approver.go("/")
    approver.open_menu("銷售訂單")
    approver.follow(newest(approver))
    approver.follow("審核")
    wang.follow("撤回")
    wang.press("確定")
    wang.sees("草稿")
    with approver.refused(409):
        approver.press("確定")
    approver.sees("剛才已由 王小明 撤回")


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    pages = ("/receipts", "/receipts/new", "/receipts/new?customer=1", "/receivables", "/receivables/1")
    check_pages(wang, (*pages, "/customers/1/receipts", "/orders/2/transitions/submit"))
