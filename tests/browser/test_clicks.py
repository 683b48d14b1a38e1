"""How many clicks the daily tasks take from the workbench; a click on the menu counts, no address is typed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from .browsers import PHONE
from .person import Person
from .workbench import panel

pytestmark = [pytest.mark.own_firm, pytest.mark.ways("chromium")]


def prepare(app: Flask) -> None:
    """Wang has somebody to contact, something to do, an order that is owed and one to be decided on."""
    from sqlalchemy import select

    from crm.domain.schedule.items import save_item
    from crm.extensions import db
    from crm.models import User
    from tests.cast import actor_as, hire
    from tests.factories import (
        approved_order,
        make_contact,
        make_customer,
        make_order,
        make_product,
        make_record,
        submitted,
    )

    with app.app_context():
        session = db.session()
        hire(session)
        people = {user.login: user for user in session.scalars(select(User))}
        wang, order = people["wang"], people["order"]
        ago = datetime.now(UTC) - timedelta(days=9)
        customer = make_customer(session, wang, "大同書局", now=ago, phone="02-2531-7099")
        make_contact(session, customer, wang, "林經理")
        make_record(session, customer, wang, ago, next_contact_at=datetime.now(UTC) - timedelta(hours=1))
        by = actor_as(session, wang)
        save_item(session, None, {"title": "送樣品", "starts_at": by.now}, by)
        make_product(session, "影印紙A4")
        approved_order(session, customer, wang, order, "120")
        submitted(session, make_order(session, customer, wang, "80"), wang, order)
        session.commit()


class Hand:
    """Clicks and keys of a person, the clicks counted."""

    def __init__(self, person: Person) -> None:
        self.person, self.clicks = person, 0
        person.go("/")

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()
        self.person.finish()

    def link(self, name: str, within: Locator | None = None) -> None:
        self.click((within or self.person.page).get_by_role("link", name=name, exact=True).filter(visible=True).first)

    def button(self, name: str, within: Locator | None = None) -> None:
        self.click((within or self.person.page).get_by_role("button", name=name, exact=True).filter(visible=True).first)

    def menu(self, entry: str) -> None:
        self.clicks += 1
        self.person.open_menu(entry)

    def type(self, text: str) -> None:
        """Where the cursor is."""
        self.person.page.keyboard.type(text)


def test_a_record_takes_two_and_the_text(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("wang"))
    hand.link("寫聯繫記錄：大同書局", panel(hand.person, "需要聯繫的客戶"))
    hand.type("談了下一季的用紙")
    hand.button("保存", hand.person.page.locator("#box"))
    hand.person.sees("聯繫記錄已保存")
    assert hand.clicks == 2


def test_completing_takes_two(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("wang"))
    hand.link("完成", panel(hand.person, "今日日程"))
    hand.button("確定")
    hand.person.sees("已經完成")
    assert hand.clicks == 2


def test_a_call_takes_one(enter: Callable[..., Person]) -> None:
    person = enter("wang", **PHONE)
    person.go("/")
    number = panel(person, "需要聯繫的客戶").get_by_role("link", name="02-2531-7099", exact=True)
    expect(number).to_be_visible()
    expect(number).to_have_attribute("href", "tel:02-2531-7099")


def test_a_new_customer_takes_two_and_the_text(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("wang"))
    hand.link("新增客戶")
    hand.person.page.get_by_label("客戶名稱", exact=True).fill("永豐紙業")
    hand.button("保存")
    expect(hand.person.page.get_by_role("heading", level=1)).to_have_text("永豐紙業")
    assert hand.clicks == 2


def test_a_quote_of_one_line_takes_three(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("wang"))
    hand.link("新增報價")
    page = hand.person.page
    page.get_by_label("報價主題", exact=True).fill("用紙報價")
    page.get_by_label("客戶", exact=True).fill("大同書局")
    page.get_by_label("商品 1", exact=True).fill("影印紙A4")
    page.get_by_label("商品 1", exact=True).press("Tab")
    page.get_by_label("數量 1", exact=True).fill("10")
    page.get_by_label("單價 1", exact=True).fill("95")
    hand.button("保存")
    hand.person.sees("950.00")
    assert hand.clicks <= 3


def test_approving_takes_two(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("order"))
    awaiting = panel(hand.person, "待審核的銷售單")
    hand.click(awaiting.get_by_role("link", name="審核").first)
    hand.button("確定")
    hand.person.sees("已審核")
    assert hand.clicks == 2


def test_a_receipt_takes_three(enter: Callable[..., Person]) -> None:
    hand = Hand(enter("wang"))
    hand.menu("應收款項")
    hand.click(hand.person.row("大同書局").get_by_role("link", name="收款").first)
    hand.button("保存")
    hand.person.sees("收款單已保存")
    assert hand.clicks == 3
