"""W-2, W-5: what is done in one panel is seen in every other that shows it; a panel in trouble troubles no other."""

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import expect

from crm.entities.listing import Reader
from crm.web import panels as registry

from . import plug
from .browsers import in_page
from .checks import check_access, check_page
from .person import Person
from .workbench import panel

Enter = Callable[..., Person]
ZONE = ZoneInfo("Asia/Taipei")
CUSTOMER = "大同電子"
WITH_SCRIPTS = pytest.mark.ways("chromium", "ie11")
ALL = [
    ["orders_to_approve", "receipts_to_approve", "today", "rejected", "bulletins"],
    ["due", "my_sales", "overdue"],
    ["funnel", "recycling", "recent"],
]


def prepare(app: Flask) -> None:
    """Wang sells and decides; every panel is on the workbench, with something in most of them."""
    from sqlalchemy import select

    from crm.domain.organisation import people
    from crm.domain.platform.settings import change_settings
    from crm.domain.sales.orders import ORDER_WORKFLOW
    from crm.domain.sales.receipts import RECEIPT_WORKFLOW
    from crm.extensions import db
    from crm.models import Role, User
    from tests.cast import actor_as
    from tests.factories import approved_order, make_customer, make_order, make_receipt, make_record

    plug.tiny_firm(app)
    with app.app_context():
        session = db.session()
        users = {user.login: user for user in session.scalars(select(User))}
        wang, admin = users["wang"], users["admin"]
        roles = list(
            session.scalars(select(Role.id).where(Role.key.in_(("salesperson", "sales_approver", "receipt_approver"))))
        )
        people.set_roles(session, wang, roles, actor_as(session, admin))
        change_settings(session, self_approval=True, recycle_on=True, recycle_days=30, recycle_warn_days=10)
        change_settings(session, recycle_exempt_unpaid_orders=False)
        long_ago = datetime.now(UTC) - timedelta(days=25)
        customer = make_customer(session, wang, CUSTOMER, long_ago)
        make_record(
            session, customer, wang, long_ago, next_contact_at=long_ago + timedelta(days=1), add_to_schedule=False
        )
        yesterday = datetime.now(ZONE).date() - timedelta(days=1)
        month_ago = yesterday - timedelta(days=30)
        by = actor_as(session, wang)
        for amount in ("1111", "2222"):
            order = make_order(session, customer, wang, amount, ordered_on=month_ago, due_on=yesterday)
            ORDER_WORKFLOW.fire(session, order, "submit", by, approver_id=wang.id)
        paid = approved_order(session, customer, wang, wang, "500")
        paid.due_on = yesterday
        for amount in ("100", "200"):
            receipt = make_receipt(session, customer, wang, {paid: amount})
            RECEIPT_WORKFLOW.fire(session, receipt, "submit", by, approver_id=wang.id)
        wang.workbench = {"columns": ALL}
        session.commit()


def decide(person: Person, title: str, amount: str, step: str, opinion: str = "") -> None:
    """In the panel: tick the document, press, confirm."""
    row = panel(person, title).get_by_role("row").filter(has_text=amount)
    row.get_by_role("checkbox").check()
    person.press(step, within=panel(person, title))
    if opinion:
        person.fill("駁回意見", opinion)
    person.press("確定")
    person.finish()


def stay(person: Person) -> Callable[[], None]:
    """Where scripts run the page does not come anew: the panels do."""
    if person.firm.way != "nojs":
        in_page(person.page, "document.body.setAttribute('data-same', '1')")

    def check() -> None:
        if person.firm.way != "nojs":
            assert in_page(person.page, "document.body.getAttribute('data-same')") == "1"

    return check


@pytest.mark.own_firm
@pytest.mark.long
def test_an_approved_order_is_sold_and_overdue(enter: Enter) -> None:
    wang = enter("wang")
    wang.sees("0.00", within=panel(wang, "我的銷售"))
    wang.does_not_see("1,111.00", within=panel(wang, "逾期應收"))
    same = stay(wang)
    picture = panel(wang, "我的銷售").locator("img").get_attribute("src")
    decide(wang, "待審核的銷售單", "1,111.00", "審核")
    wang.does_not_see("1,111.00", within=panel(wang, "待審核的銷售單"))
    wang.sees("2,222.00", within=panel(wang, "待審核的銷售單"))
    wang.sees("未收 1,111.00", within=panel(wang, "逾期應收"))
    wang.sees("1,611.00", within=panel(wang, "我的銷售"))
    assert panel(wang, "我的銷售").locator("img").get_attribute("src") != picture
    same()


@pytest.mark.own_firm
def test_a_rejected_order_comes_back_and_is_submitted_again(enter: Enter) -> None:
    wang = enter("wang")
    same = stay(wang)
    decide(wang, "待審核的銷售單", "2,222.00", "駁回", "太便宜")
    wang.sees("太便宜", within=panel(wang, "被駁回的單據"))
    wang.does_not_see("2,222.00", within=panel(wang, "待審核的銷售單"))
    panel(wang, "被駁回的單據").get_by_role("link", name="提交").click()
    wang.finish()
    wang.choose("審核人", "王小明")
    wang.press("確定")
    if wang.firm.way == "nojs":
        wang.go("/")
    wang.sees("2,222.00", within=panel(wang, "待審核的銷售單"))
    wang.does_not_see("太便宜", within=panel(wang, "被駁回的單據"))
    same()


@pytest.mark.own_firm
@pytest.mark.long
def test_receipts_decided_change_what_is_received_and_open(enter: Enter) -> None:
    wang = enter("wang")
    same = stay(wang)
    wang.sees("未收 500.00", within=panel(wang, "逾期應收"))
    decide(wang, "待審核的銷售收款", "100.00", "審核")
    wang.sees("未收 400.00", within=panel(wang, "逾期應收"))
    wang.sees("100.00", within=panel(wang, "我的銷售"))
    decide(wang, "待審核的銷售收款", "200.00", "駁回", "沒有收到")
    wang.sees("沒有收到", within=panel(wang, "被駁回的單據"))
    wang.sees("目前沒有等待您審核的單據", within=panel(wang, "待審核的銷售收款"))
    same()


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_a_contact_record_moves_through_four_panels(enter: Enter) -> None:
    wang = enter("wang")
    same = stay(wang)
    wang.sees(CUSTOMER, within=panel(wang, "即將回收的客戶"))
    wang.sees("今天沒有安排日程。", within=panel(wang, "今日日程"))
    wang.follow(f"寫聯繫記錄：{CUSTOMER}", within=panel(wang, "需要聯繫的客戶"))
    wang.choose("聯繫方式", "電話")
    wang.fill("聯繫內容", "約了今晚")
    wang.fill("下次聯繫時間", f"{datetime.now(ZONE):%Y-%m-%d} 23:59")
    wang.fill("下次聯繫計劃", "晚上再談")
    wang.press("保存")
    if wang.firm.way == "nojs":
        wang.go("/")
    wang.sees("今日 23:59", within=panel(wang, "需要聯繫的客戶"))
    wang.sees("晚上再談", within=panel(wang, "今日日程"))
    wang.sees(CUSTOMER, within=panel(wang, "最近聯繫的客戶"))
    wang.does_not_see(CUSTOMER, within=panel(wang, "即將回收的客戶"))
    same()


@pytest.mark.own_firm
@pytest.mark.long
def test_completing_by_keyboard_leaves_the_focus_in_the_panel(enter: Enter) -> None:
    wang = enter("wang")
    wang.follow("新增日程", within=panel(wang, "今日日程"))
    for title in ("第一", "第二"):
        if title == "第二":
            wang.follow("新增日程", within=panel(wang, "今日日程"))
        wang.fill("標題", title)
        wang.press("保存")
    panel(wang, "今日日程").get_by_role("link", name="完成", exact=True).first.focus()
    wang.page.keyboard.press("Enter")
    wang.finish()
    wang.fill("完成內容", "好")
    wang.page.get_by_role("button", name="確定").focus()
    wang.page.keyboard.press("Enter")
    wang.sees("已經完成", within=panel(wang, "今日日程"))
    if wang.firm.way != "nojs":
        inside = "document.getElementById('panel-today').contains(document.activeElement)"
        assert in_page(wang.page, inside)


class TestInTrouble:
    pytestmark = pytest.mark.own_firm

    @pytest.mark.also("nojs")
    def test_one_that_fails_says_so_and_comes_when_tried_again(
        self, enter: Enter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(reader: Reader) -> dict[str, object]:
            raise RuntimeError("the disk is full")

        wang = enter("wang")
        well = registry.panels()["due"]
        monkeypatch.setitem(registry._panels, "due", dataclasses.replace(well, values=fail))
        wang.go("/")
        wang.sees("這個欄目現在無法顯示", within=panel(wang, "需要聯繫的客戶"))
        wang.sees("錯誤編號", within=panel(wang, "需要聯繫的客戶"))
        for title in ("今日日程", "我的銷售", "待審核的銷售單", "公告", "最近聯繫的客戶"):
            expect(panel(wang, title).locator(".panel-failed")).to_have_count(0)
            expect(panel(wang, title).locator(".panel-body")).not_to_be_empty()
        wang.follow("新增日程", within=panel(wang, "今日日程"))
        wang.fill("標題", "照常工作")
        # Where scripts run, the panel in trouble tries again by itself: it names what stands in the schedule.
        with nullcontext() if wang.firm.way == "nojs" else wang.refused(500):
            wang.press("保存")
        wang.sees("照常工作", within=panel(wang, "今日日程"))
        with wang.refused(500):
            wang.follow("重試", within=panel(wang, "需要聯繫的客戶"))
        wang.sees("這個欄目現在無法顯示")
        monkeypatch.setitem(registry._panels, "due", well)
        wang.follow("重試")
        wang.sees(CUSTOMER)
        wang.does_not_see("這個欄目現在無法顯示")

    @WITH_SCRIPTS
    def test_work_goes_on_while_one_takes_long(self, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
        wang = enter("wang")
        wang.go("/")
        well, let_go = registry.panels()["due"], Event()

        def slow(reader: Reader) -> dict[str, object]:
            let_go.wait(30)
            return well.values(reader)

        monkeypatch.setitem(registry._panels, "due", dataclasses.replace(well, values=slow))
        try:
            wang.page.reload(wait_until="commit")
            page = wang.page
            decided = panel(wang, "待審核的銷售單")
            expect(decided.get_by_role("checkbox")).to_have_count(2, timeout=20_000)
            expect(panel(wang, "需要聯繫的客戶").locator(".panel-content")).to_have_count(0)
            decided.get_by_role("checkbox").first.check()
            decided.get_by_role("button", name="審核", exact=True).click()
            page.get_by_role("dialog").get_by_role("button", name="確定").click()
            expect(decided.get_by_role("checkbox")).to_have_count(1)
            expect(panel(wang, "需要聯繫的客戶").locator(".panel-content")).to_have_count(0)
        finally:
            let_go.set()
        wang.sees(CUSTOMER, within=panel(wang, "需要聯繫的客戶"))


@pytest.mark.ways("chromium")
@pytest.mark.own_firm
def test_everybody_can_use_the_workbench(enter: Enter) -> None:
    wang = enter("wang")
    check_page(wang.page)


@pytest.mark.long
@pytest.mark.ways("chromium")
@pytest.mark.own_firm
def test_everybody_can_use_every_panel_alone(enter: Enter) -> None:
    wang = enter("wang")
    for key in registry.panels():
        wang.go(f"/workbench/panels/{key}")
        check_access(wang.page)
