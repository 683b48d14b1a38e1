"""The rules of codes through the pages (D-5)."""

import pytest
from lxml import html

from crm.models import NumberingCounter, NumberingRule
from tests.web.test_customer_pages import errors, rows

RULE = {"prefix": "SP-", "date_part": "year", "width": "3", "restart": "yearly"}


def tree(answer):
    return html.fromstring(answer.get_data(as_text=True))


@pytest.fixture
def admin(as_user):
    return as_user("admin")


def test_the_list_shows_seven_modules_with_their_next_numbers(admin):
    answer = admin.get("/numbering")
    assert len(rows(answer)) == 7
    assert tree(answer).xpath("//tbody/tr[last()]/td//text()") == ["商品資料", "G", "無", "5", "從不", "G00001"]
    assert tree(answer).xpath("//td/a/text()")[0] == "客戶"


def test_the_form_carries_the_labels_of_the_specification(admin):
    page = tree(admin.get("/numbering/products"))
    assert page.xpath("//form[@class='form']//label/text()") == ["前綴", "日期", "流水位", "重新開始"]
    assert page.xpath("//a[normalize-space()='退出'][@data-cancel]/@href") == ["/numbering"]
    assert page.xpath("string(//*[@id='coming'])") == "G00001"


def test_a_saved_rule_makes_the_next_code(admin, session):
    assert admin.post("/numbering/products", {**RULE, "version": 1}).status_code == 303
    assert session.get_one(NumberingRule, "products").version == 2
    admin.post("/products", {"name": "紙", "kind": "goods", "state": "on_sale"})
    assert "SP-20" in admin.get("/products").get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prefix": "訂單"}, "只能使用英文字母"),
        ({"prefix": "A" * 11}, "10"),
        ({"width": "0"}, "1"),
        ({"width": "兩"}, "整數"),
        ({"restart": "daily"}, "編碼就必須含年月日"),
        ({"restart": "monthly"}, "編碼就必須含年月"),
        ({"date_part": "none"}, "編碼就必須含年份"),
        ({"date_part": ""}, "填"),
    ],
)
def test_a_wrong_rule_is_told_beside_its_field(admin, session, wrong, said):
    answer = admin.post("/numbering/products", {**RULE, **wrong, "version": 1})
    assert answer.status_code == 422
    assert [text for text in errors(answer) if said in text], errors(answer)
    assert session.get_one(NumberingRule, "products").prefix == "G"


def test_a_full_width_prefix_is_understood(admin, session):
    admin.post("/numbering/products", {**RULE, "prefix": "ＳＰ"})
    assert session.get_one(NumberingRule, "products").prefix == "SP"


def test_the_preview_follows_what_is_typed_and_keeps_nothing(admin, session):
    admin.htmx("coming")
    shown = admin.get("/numbering/products/preview", query_string=RULE).get_data(as_text=True)
    assert "SP-20" in shown and "<html" not in shown
    told = admin.get("/numbering/products/preview", query_string={**RULE, "restart": "daily"}).get_data(as_text=True)
    assert "會重複" in told
    told = admin.get("/numbering/products/preview", query_string={**RULE, "prefix": "訂"}).get_data(as_text=True)
    assert "只能使用英文字母" in told
    assert session.get_one(NumberingRule, "products").prefix == "G"
    assert session.get(NumberingCounter, ("products", "")) is None


def test_the_preview_without_scripts_is_a_button(admin, session):
    page = tree(admin.post("/numbering/products", {**RULE, "action": "preview", "version": 1}))
    assert page.xpath("string(//*[@id='coming'])").startswith("SP-20")
    assert page.xpath("//input[@name='prefix']/@value") == ["SP-"]
    assert session.get_one(NumberingRule, "products").version == 1
    answer = admin.post("/numbering/products", {**RULE, "restart": "daily", "action": "preview"})
    assert answer.status_code == 422
    assert len(errors(answer)) == 1


def test_a_late_save_shows_both(admin):
    admin.post("/numbering/products", {**RULE, "version": 1})
    answer = admin.post("/numbering/products", {**RULE, "prefix": "X", "version": 1})
    assert answer.status_code == 409
    text = answer.get_data(as_text=True)
    assert "SP-" in text and 'value="X"' in text


def test_unknown_modules_and_other_people(admin, as_user):
    assert admin.get("/numbering/unicorns").status_code == 404
    assert as_user("manager").get("/numbering").status_code == 403
    assert as_user("manager").post("/numbering/products", RULE).status_code == 403
