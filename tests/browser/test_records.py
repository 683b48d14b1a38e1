"""Writing contact records in the customer's file: what the box changes is seen at once (R-2, R-4)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from .person import Person
from .plug import PASSWORD


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
    expect(wang.page.get_by_label("聯繫內容", exact=True)).to_be_focused()
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


def end_sessions(firm: Any) -> None:
    """As idle time or an administrator does it."""
    from sqlalchemy import update

    from crm.extensions import db
    from crm.models import LoginSession
    from crm.models.engine import set_read_only

    with firm.app.app_context():
        set_read_only(False)
        db.session.execute(update(LoginSession).values(ended_at=datetime.now(UTC)))
        db.session.commit()


def type_record(person: Person, text: str) -> Locator:
    open_box(person)
    within = person.page.locator("#main" if person.firm.way == "nojs" else "#box")
    person.choose("聯繫方式", "拜訪", within=within)
    person.fill("聯繫內容", text, within=within)
    return within


@pytest.mark.own_firm
@pytest.mark.also("nojs")
def test_what_was_typed_in_a_box_outlives_the_session(enter: Callable[[str], Person]) -> None:
    """L-7: it comes back into the box (without scripts into the page), and is saved then."""
    wang = enter("wang")
    within = type_record(wang, "談了報價，下週回覆")
    end_sessions(wang.firm)
    wang.press("保存", within=within)
    wang.fill("用戶名", "wang")
    wang.fill("密碼", PASSWORD)
    wang.press("登錄")
    expect(within.get_by_label("聯繫內容", exact=True)).to_have_value("談了報價，下週回覆")
    wang.press("保存", within=within)
    wang.sees("談了報價，下週回覆", within=wang.page.locator("#records-table"))


@pytest.mark.own_firm
@pytest.mark.ways("chromium", "ie11")
def test_a_box_goes_on_after_signing_in_in_another_tab(enter: Callable[[str], Person]) -> None:
    wang = enter("wang")
    within = type_record(wang, "談了交期")
    tab = wang.page.context.new_page()
    tab.goto("/logout")
    tab.locator("#content button[type=submit]").click()
    tab.get_by_label("用戶名", exact=True).fill("wang")
    tab.get_by_label("密碼", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="登錄", exact=True).click()
    expect(tab.locator("#menu")).to_be_attached()
    with wang.refused(409):
        wang.press("保存", within=within)
    wang.sees("請檢查後再按一次按鈕", within=within)
    wang.press("保存", within=within)
    wang.sees("談了交期", within=wang.page.locator("#records-table"))
