"""說明: from each page to the page that explains it, and the list of all that the reader's menu has."""

import pytest
from lxml import html


def page(person, url):
    answer = person.get(url)
    assert answer.status_code == 200, answer.text[:500]
    return html.fromstring(answer.text)


def help_link(person, url):
    (link,) = page(person, url).xpath("//div[@class='where']/a[@class='help-of']")
    assert link.text == "說明"
    return link.get("href")


@pytest.mark.parametrize(
    ("url", "function"),
    [
        ("/", "workbench"),
        ("/customers", "customers"),
        ("/customers/new", "customers"),
        ("/orders", "orders"),
        ("/password", "password"),
        ("/settings/logo", "settings"),
        ("/reports/sales-trend", "sales_trend"),
        ("/notices", "workbench"),
    ],
)
def test_each_page_leads_to_its_own_help(as_user, cast, url, function):
    admin = as_user("admin")
    assert help_link(admin, url) == f"/help/{function}"
    assert page(admin, f"/help/{function}").xpath("//div[contains(@class, 'help-page')]//ol/li")


def test_the_list_has_what_the_menu_has(as_user, cast):
    for name in ("admin", "wang", "order"):
        shown = page(as_user(name), "/help")
        menu = shown.xpath("//nav[@id='menu']//li/a/text()")
        listed = [text.strip() for text in shown.xpath("//section//li/a/text()[1]")]
        assert listed == menu


def test_buttons_stand_out_and_the_function_is_one_click_away(as_user, cast):
    shown = page(as_user("wang"), "/help/customers")
    assert "【新增】" in shown.xpath("//ol/li/b/text()")
    assert shown.xpath("//div[@class='actions']/a/@href") == ["/customers"]


def test_it_speaks_the_readers_language(as_user, cast):
    wang = as_user("wang")
    wang.post("/language", {"language": "en", "next": "/"})
    assert "How do I add a customer?" in wang.get("/help/customers").text
    wang.post("/language", {"language": "zh_Hans", "next": "/"})
    assert "如何新增客户" in wang.get("/help/customers").text


@pytest.mark.parametrize(
    "name", ["nothing", "..", "customers.md", "..%2fen%2fcustomers", "%00", "CUSTOMERS", "a" * 300]
)
def test_there_is_nothing_else(as_user, cast, name):
    assert as_user("wang").get(f"/help/{name}").status_code in (400, 404)


def test_strangers_sign_in_first(app):
    assert app.test_client().get("/help").status_code == 303
