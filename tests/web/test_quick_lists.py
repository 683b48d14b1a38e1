"""What makes a list quick to read: no needless words, what is late is marked, a row is a card on a telephone (C-5)."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import pytest
from lxml import html

from crm.domain.platform.settings import change_settings
from crm.entities.registry import entities
from crm.web.bundle import bundle
from crm.web.table.declaration import TABLES
from tests.factories import approved_order, make_customer, make_opportunity
from tests.web.test_customer_pages import rows

NOW = datetime.now(UTC)


def read(person, address):
    return html.fromstring(person.get(address).text)


def headings(page):
    return [" ".join(one.text_content().split()) for one in page.xpath("//table/thead//th")]


def cells(page, number=0):
    row = page.xpath("//table/tbody/tr")[number]
    return [" ".join(one.text_content().split()) for one in row.xpath("td")]


def test_who_sees_their_own_customers_alone_does_not_read_their_name_in_every_row(as_user, session, cast):
    make_customer(session, cast.wang, name="台北電子")
    for address in ("/customers", "/plan"):
        page = read(as_user("wang"), address)
        assert "所屬人" not in headings(page)
        assert page.xpath("//select[@name='owner']") == []
        assert read(as_user("manager"), address).xpath("//select[@name='owner']") != []
    assert "所屬人" in headings(read(as_user("manager"), "/customers"))
    as_user("wang").post("/lists/customers/columns", {"columns": ["name", "owner_id"]})
    assert headings(read(as_user("wang"), "/customers"))[1:3] == ["客戶名稱 ▲".replace(" ", ""), "所屬人"]


def test_a_time_of_this_year_says_no_year_and_another_one_does(as_user, session, cast):
    make_customer(session, cast.wang, name="今年", next_contact_at=NOW.replace(day=15))
    make_customer(session, cast.wang, name="後年", next_contact_at=NOW + timedelta(days=800))
    page = read(as_user("wang"), "/customers?sort=next_contact_at")
    place = headings(page).index("下次聯繫時間▲")
    assert [len(cells(page, n)[place].removesuffix(" 逾期")) for n in (0, 1)] == [11, 16]


def test_a_short_name_with_which_the_name_begins_is_not_repeated(as_user, session, cast):
    make_customer(session, cast.wang, name="大同股份有限公司", short_name="大同")
    make_customer(session, cast.wang, name="台灣積體電路製造股份有限公司", short_name="台積電")
    page = read(as_user("wang"), "/customers")
    assert {cells(page, n)[1] for n in (0, 1)} == {"大同股份有限公司", "台灣積體電路製造股份有限公司 台積電"}


@pytest.mark.parametrize(("days", "late"), [(-2, True), (0, False), (2, False)])
def test_a_contact_that_is_overdue_says_so_in_words(as_user, session, cast, days, late):
    make_customer(session, cast.wang, name="台北電子", next_contact_at=NOW + timedelta(days=days))
    for address in ("/customers", "/plan"):
        page = read(as_user("wang"), address)
        assert ([one.text_content()[-2:] for one in page.xpath("//td/span[@class='late']")] == ["逾期"]) is late


def test_an_expected_day_is_late_only_while_the_opportunity_is_in_progress(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="台北電子")
    day = (NOW - timedelta(days=3)).date()
    make_opportunity(session, customer, cast.wang, "機會甲", expected_on=day)
    make_opportunity(session, customer, cast.wang, "機會乙", expected_on=day, state="won")
    page = read(as_user("wang"), "/opportunities")
    assert [one.text_content() for one in page.xpath("//span[@class='late']")] == [f"{day} 逾期"]


def test_money_that_is_overdue_is_marked_at_its_due_date(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="台北電子")
    order = approved_order(session, customer, cast.wang, cast.order, "1000")
    order.due_on = (NOW - timedelta(days=5)).date()
    session.flush()
    page = read(as_user("wang"), "/receivables")
    assert f"{order.due_on} 逾期" in cells(page)


def test_what_can_be_done_with_a_row_stands_last_whatever_columns_were_chosen(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="台北電子", address="台北市")
    wang = as_user("wang")
    assert "操作" not in wang.get("/lists/customers/columns").text
    wang.post("/lists/customers/columns", {"columns": ["address", "name"]})
    page = read(wang, "/customers")
    assert headings(page)[1:] == ["地址", "客戶名稱▲", "操作"]
    assert page.xpath("//table/tbody/tr/td[last()]/a/@href") == [f"/customers/{customer.id}/records/new"]
    assert "acts" in page.xpath("//table/@class")[0].split()


def test_a_row_is_a_card_of_name_level_telephone_and_a_new_record(as_user, session, cast):
    make_customer(session, cast.wang, name="台北電子", phone="02-2531-7099")
    page = read(as_user("wang"), "/customers")
    places = [int(name[1:]) for name in page.xpath("//table/@class")[0].split() if name[0] == "k"]
    assert [headings(page)[n - 1] for n in places] == ["客戶名稱▲", "客戶等級", "電話", "操作"]


def test_every_list_has_a_card(app):
    """What no kind declares is found by its columns: the first one, how it stands, how to call, what it is worth."""
    for key, table in TABLES.items():
        card = table.card_keys(table.columns)
        assert table.columns[0].key in card, key
        assert len(card & {col.key for col in table.columns}) >= min(2, len(table.columns)), key
    for kind in entities():
        known = {field.key for field in kind} | {"customer", "contact", "products"}
        assert set(kind.card) <= known, kind.key


def test_a_kept_search_is_one_click_above_the_list_and_says_that_it_is_the_one(as_user, session, cast):
    wang = as_user("wang")
    wang.post("/lists/customers/searches", {"name": "電子業", "query": "af=name&ao=has&av=電子"})
    (link,) = read(wang, "/customers").xpath("//p[@class='kept-searches']/a")
    assert link.get("aria-current") is None
    (link,) = read(wang, link.get("href")).xpath("//p[@class='kept-searches']/a")
    assert link.get("aria-current") == "true"


def test_messages_have_a_place_of_their_own_beside_the_title(as_user):
    page = read(as_user("wang"), "/customers")
    assert page.xpath("//div[@class='head']/div[@id='messages']") != []
    assert rows(as_user("wang").get("/customers")) == []


@pytest.mark.parametrize(("zone", "first"), [("Asia/Taipei", "台灣省"), ("Asia/Shanghai", "北京市")])
def test_a_firm_in_taiwan_is_offered_its_own_places_first(as_user, session, zone, first):
    change_settings(session, timezone=zone)
    options = read(as_user("wang"), "/customers/new").xpath("//select[@name='province_id']/option/text()")
    assert options[0] == first


def test_a_telephone_can_put_it_on_its_home_screen_and_keeps_nothing(as_user):
    client = as_user("wang")
    page = read(client, "/customers")
    (address,) = page.xpath("//link[@rel='manifest']/@href")
    answer = client.get(address)
    told = json.loads(answer.text)
    assert answer.mimetype == "application/manifest+json"
    assert urljoin(address, told["start_url"]) == "/"
    for icon in told["icons"]:
        assert client.get(urljoin(address, icon["src"])).mimetype == "image/png"
    assert "serviceWorker" not in bundle("app")
