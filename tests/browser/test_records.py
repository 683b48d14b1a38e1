"""Writing contact records in the customer's file: what the box changes is seen at once (R-2, R-4)."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from .person import Person


def prepare(app: Flask) -> None:
    """Wang has a customer whose level says three days."""
    from sqlalchemy import select

    from crm.extensions import db
    from crm.models import User
    from tests.cast import hire
    from tests.factories import level, make_customer

    with app.app_context():
        hire(db.session())
        wang = db.session.scalars(select(User).where(User.login == "wang")).one()
        make_customer(db.session(), wang, "大同電子", level_id=level(db.session(), "重要客戶").id)
        db.session.commit()


def open_box(person: Person) -> None:
    person.go("/customers/1/records")
    person.follow("新增")


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
def test_the_next_contact_follows_the_visit_until_a_date_is_typed(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    open_box(wang)
    box = wang.page.locator("#box")
    planned = box.get_by_label("下次聯繫時間", exact=True)
    expect(planned).not_to_have_value("")
    visit = box.get_by_label("聯繫時間", exact=True)
    visit.fill("2026-08-20 14:00")
    visit.press("Tab")
    expect(planned).to_have_value("2026-08-23 09:00")
    planned.fill("2026-08-25 10:00")
    visit.fill("2026-08-21 14:00")
    visit.press("Tab")
    wang.finish()
    expect(planned).to_have_value("2026-08-25 10:00")


@pytest.mark.own_firm
def test_the_strip_above_the_records_shows_what_the_box_changed(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    open_box(wang)
    within = wang.page.locator("#box") if wang.firm.way != "nojs" else wang.page.locator("#main")
    wang.fill("聯繫時間", "2026-08-20 14:00", within=within)
    wang.choose("聯繫方式", "拜訪", within=within)
    wang.fill("聯繫內容", "談了報價", within=within)
    wang.press("保存", within=within)
    strip = wang.page.locator(".file-head")
    wang.sees("2026-08-20 14:00", within=strip)
    wang.sees("2026-08-23 09:00", within=strip)
