"""Lists of a firm with names as firms have them, on the screen that stands on many desks (1024 × 768): no column lies
beyond the edge, and a month is seen at once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from . import full_firm
from .browsers import in_page
from .person import Person

pytestmark = pytest.mark.ways("chromium")
LISTS = (
    *("customers", "records", "contacts", "opportunities", "orders", "receipts", "receivables", "quotes", "products"),
    *("pool", "plan", "target-setting", "logs", "logs/system", "bin", "cities"),
)
OVER = """[].filter.call(document.querySelectorAll('.table-box'), function (box) {
  return box.scrollWidth > box.clientWidth; }).map(function (box) {
  return box.scrollWidth + ' in ' + box.clientWidth; }).join()"""
LENGTHS = {200: "安楨會展服務實業股份有限公司", 300: "台北市內湖區瑞光路", 100: "A3彩色事務機"}


def prepare(app: Flask) -> None:
    full_firm.fill(app, lambda length, end: LENGTHS.get(length, "王大" + end[:1]) + end * (length > 60))
    with app.app_context():
        _plan_a_full_month()


def _plan_a_full_month() -> None:
    from crm.domain.schedule.items import save_item
    from crm.extensions import db
    from crm.models import User
    from tests.cast import actor_as

    session = db.session()
    actor = actor_as(session, session.scalars(select(User).where(User.login == "admin")).one())
    for day in range(1, 31):
        for hour in range(1, 6):
            save_item(
                session, None, {"title": "拜訪客戶", "starts_at": datetime(2099, 8, day, hour, tzinfo=UTC)}, actor
            )
    session.commit()


def test_no_list_hides_a_column(enter: Callable[[str], Person]) -> None:
    admin, wrong = enter("admin"), []
    for name in LISTS:
        admin.go(f"/{name}")
        if over := in_page(admin.page, OVER):
            wrong.append(f"{name}: {over}")
    assert not wrong, "\n".join(wrong)


def test_a_month_of_six_weeks_is_seen_at_once(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    admin.go("/schedule/month?day=2099-08-01")
    table = admin.page.locator(".grid-days").bounding_box()
    assert table is not None
    assert admin.page.locator(".grid-days tbody tr").count() == 6
    assert table["y"] + table["height"] <= 768
    more = admin.page.locator(".grid-more a").filter(has_text="2099-08-05")
    more.click()
    admin.finish()
    assert "week?day=2099-08-05" in admin.page.url
