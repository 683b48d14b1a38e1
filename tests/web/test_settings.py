"""系統設置 (D-6, L-2, L-4, L-7, P-3)."""

from contextvars import Context

import pytest
from lxml import html

from crm.domain.platform.settings import read_settings
from crm.models.table_versions import clear_cache
from tests.factories import make_customer, make_order


def filled(person):
    """What the page's form sends unchanged."""
    form = html.fromstring(person.get("/settings").text).xpath("//form[@action='/settings']")[0]
    return {name: value for name, value in form.form_values() if name not in ("csrf_token", "once")}


def stored(session):
    session.rollback()
    clear_cache()
    return read_settings(session)


@pytest.fixture(autouse=True)
def nothing_is_decided_by_the_server(app):
    """The tests' configuration switches the captcha off."""
    app.config["CRM_LOGIN_CAPTCHA"] = ""


def test_the_labels(as_user, cast):
    text = as_user("admin").get("/settings").text
    for label in ("語言", "時區", "驗證碼", "每週的第一天", "幫助連結"):
        assert label in text


def test_settings_are_saved_and_used(as_user, session, cast):
    admin = as_user("admin")
    changes = {
        "firm_name": "新名字公司",
        "help_link": "https://help.example.com/",
        "currency": "NT$",
        "week_starts_on": "6",
        "idle_minutes": "30",
        "captcha": "after_failures",
        "timezone": "Asia/Tokyo",
    }
    assert admin.post("/settings", {**filled(admin), **changes}).status_code == 303
    found = stored(session)
    assert (found.firm_name, found.currency, found.week_starts_on) == ("新名字公司", "NT$", 6)
    assert (found.idle_minutes, found.captcha, found.timezone) == (30, "after_failures", "Asia/Tokyo")
    assert "新名字公司" in admin.get("/customers").text


def test_an_emptied_setting_goes_back_to_its_default(as_user, session, cast):
    admin = as_user("admin")
    admin.post("/settings", {**filled(admin), "currency": "NT$"})
    admin.post("/settings", {**filled(admin), "currency": ""})
    assert stored(session).currency == ""


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("firm_name", ""),
        ("help_link", "javascript:alert(1)"),
        ("timezone", "Mars/Base"),
        ("language", "fr"),
        ("captcha", "sometimes"),
        ("idle_minutes", "1"),
        ("idle_minutes", "99999"),
        ("week_starts_on", "9"),
    ],
)
def test_a_wrong_value_is_refused(as_user, session, cast, name, wrong):
    admin, before = as_user("admin"), stored(session)
    assert admin.post("/settings", {**filled(admin), name: wrong}).status_code == 422
    assert stored(session) == before


def test_two_people_change_the_settings(as_user, session, cast):
    admin = as_user("admin")
    data = filled(admin)
    assert admin.post("/settings", {**data, "firm_name": "甲公司"}).status_code == 303
    late = admin.post("/settings", {**data, "firm_name": "乙公司"})
    assert late.status_code == 409
    assert "甲公司" in late.text
    assert "乙公司" in late.text
    assert stored(session).firm_name == "甲公司"


def test_without_the_right_nothing_opens(as_user, session, cast):
    before = stored(session)
    for name in ("wang", "manager"):
        assert as_user(name).get("/settings").status_code == 403
        assert as_user(name).post("/settings", {"firm_name": "X"}).status_code == 403
    assert stored(session) == before


@pytest.mark.parametrize(
    ("decimals", "whole", "broken"), [("2", "1,234.00", "0.50"), ("1", "1,234.0", "0.5"), ("0", "1,234", "0.50")]
)
def test_the_decimals_of_amounts(as_user, session, cast, decimals, whole, broken):
    """What is whole is shown as the firm counts; nothing that is stored is hidden or changed."""
    admin, wang = as_user("admin"), as_user("wang")
    customer = make_customer(session, cast.wang, name="整數公司")
    orders = [make_order(session, customer, cast.wang, amount) for amount in ("1234", "0.5")]
    session.commit()
    assert admin.post("/settings", {**filled(admin), "decimals": decimals}).status_code == 303
    rows = html.fromstring(wang.get("/orders?tab=draft").text).xpath("//table//tbody/tr")
    shown = sorted(" ".join(row.text_content().split()) for row in rows)
    assert any(whole in text and f"{whole}." not in text for text in shown), shown
    assert any(broken in text for text in shown), shown
    page = html.fromstring(wang.get(f"/orders/{orders[0].id}").text)
    assert (page.xpath("//body/@data-decimals") or ["2"]) == [decimals]
    sheet = html.fromstring(wang.get(f"/print/orders/{orders[0].id}").text).xpath("//td[@class='num']/text()")
    assert sheet[-1] == whole
    session.rollback()
    assert [str(session.get(type(order), order.id).total) for order in orders] == ["1234.00", "0.50"]


def login_page(app, languages):
    """As somebody sees it who was never here."""
    return Context().run(app.test_client().get, "/login", headers={"Accept-Language": languages}).text


def test_who_has_chosen_no_language_gets_the_firms(as_user, app, session, cast):
    admin = as_user("admin")
    assert '<html lang="zh-Hant"' in login_page(app, "fr-FR,fr")
    assert admin.post("/settings", {**filled(admin), "language": "en"}).status_code == 303
    assert '<html lang="en"' in login_page(app, "fr-FR,fr")
    assert '<html lang="zh-Hans"' in login_page(app, "zh-CN")


def test_the_page_leads_to_what_is_set_elsewhere(as_user, session, cast):
    page = html.fromstring(as_user("admin").get("/settings").text)
    links = {a.text_content(): a.get("href") for a in page.xpath("//ul[@class='related']//a")}
    assert {"公司標誌", "郵件伺服器", "公告"} <= set(links)
    assert "第三次失敗後（建議）" in page.text_content()
