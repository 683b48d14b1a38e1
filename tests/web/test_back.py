"""After looking, saving or deleting, one comes back to the list as it was: search, order, page, tab."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.customers.customers import move_customer
from crm.web.back_links import cached_url_for
from crm.web.urls import url_maker
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import (
    approved_order,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
)

AsUser = Callable[[str], Person]
NAME = "台北電子"
SEARCHES = {
    "customers": "q=台北&sort=code&dir=desc&size=50",
    "contacts": "name=張&sort=name&dir=desc",
    "records": "customer=台北&sort=next_contact_at",
    "opportunities": "q=機會&state=open&sort=amount",
    "quotes": "q=報價&sort=total",
    "orders": "q=台北&state=draft&sort=total",
    "receipts": "state=draft&sort=amount",
    "products": "q=商品&sort=price&dir=desc",
    "target-setting": "year=2026&sort=year",
}


@pytest.fixture
def firm(session: Session, cast: Cast) -> Any:
    customer = make_customer(session, cast.wang, NAME)
    make_contact(session, customer, cast.wang)
    make_record(session, customer, cast.wang)
    make_opportunity(session, customer, cast.wang)
    make_quote(session, customer, cast.wang)
    make_order(session, customer, cast.wang)
    paid = approved_order(session, customer, cast.wang, cast.order)
    make_receipt(session, customer, cast.wang, {paid: "10"})
    make_product(session)
    make_target(session, cast.wang, cast.admin)
    make_customer(session, cast.wang, f"{NAME}二廠")
    customer.next_contact_at = datetime.now(UTC)
    session.commit()
    return customer


def read(answer: Any) -> Any:
    assert answer.status_code == 200, (answer.request.path, answer.status_code)
    return html.fromstring(answer.get_data(as_text=True))


def same(one: str, other: str) -> bool:
    """Whether two addresses ask for the same, in whatever order."""
    a, b = urlsplit(one), urlsplit(other)
    return a.path == b.path and parse_qs(a.query) == parse_qs(b.query)


def ways_back(page: Any) -> list[str]:
    """Where the way above the heading leads, and 【關閉】."""
    crumb = page.xpath("//*[@class='breadcrumb']/a/@href")[:1]
    return [*crumb, *page.xpath("//*[@class='buttons']/a[@data-cancel]/@href")[:1]]


def sent(form: Any) -> dict[str, Any]:
    """What a browser sends of the form as it is."""
    return dict(form.form_values())


def submit(person: Person, form: Any, **more: Any) -> Any:
    return person.post(form.get("action"), {**sent(form), **more})


def content_form(page: Any) -> Any:
    return page.xpath("//form[contains(@class, 'form') or contains(@class, 'question')][@method='post']")[-1]


def with_form(person: Person, file: Any) -> Any:
    """The page where the file's record is changed: of a customer it is reached by 客戶資料 and 修改."""
    for link in ("客戶資料", "修改"):
        found = file.xpath(f"//*[@id='main']//a[text()='{link}']/@href")
        file = read(person.get(found[0])) if found else file
    return file


def with_deleting(person: Person, file: Any) -> Any:
    """The page that offers to delete it: of a customer by 更多."""
    more = file.xpath("//*[@class='actions']//a[text()='更多']/@href")
    return read(person.get(more[0])) if more else file


def opened(person: Person, address: str, number: int = 0) -> Any:
    """The file of the first row of the list."""
    row = read(person.get(address)).xpath("//table[contains(@class, 'list')]/tbody/tr//a/@href")[number]
    return read(person.get(row))


@pytest.mark.parametrize("kind", SEARCHES)
def test_closing_saving_and_deleting_lead_back_to_the_search(kind: str, firm: Any, as_user: AsUser) -> None:
    admin, address = as_user("admin"), f"/{kind}?{SEARCHES[kind]}"
    file = opened(admin, address)
    assert ways_back(file), kind
    assert all(same(way, address) for way in ways_back(file)), ways_back(file)
    answer = submit(admin, content_form(with_form(admin, file)))
    assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
    if not same(answer.location, address):
        file = read(admin.get(answer.location))
        assert all(same(way, address) for way in ways_back(file)), ways_back(file)
    file = opened(admin, address)
    question = read(admin.get(with_deleting(admin, file).xpath("//a[contains(@class, 'danger')]/@href")[0]))
    answer = submit(admin, content_form(question))
    assert answer.status_code == 303
    assert same(answer.location, address), answer.location


def test_a_form_with_a_mistake_in_it_still_knows_the_way(firm: Any, as_user: AsUser) -> None:
    admin, address = as_user("admin"), "/customers?q=台北&sort=code"
    file = opened(admin, address)
    answer = submit(admin, content_form(with_form(admin, file)), email="no address")
    assert answer.status_code == 422
    assert same(ways_back(html.fromstring(answer.get_data(as_text=True)))[0], address)


def test_the_tabs_of_a_file_keep_the_way(firm: Any, as_user: AsUser) -> None:
    wang, address = as_user("wang"), "/customers?q=台北&sort=code"
    file = opened(wang, address)
    tabs = file.xpath("//nav[@class='tabs']/a/@href")
    assert len(tabs) > 5
    for tab in tabs:
        assert same(ways_back(read(wang.get(tab)))[0], address), tab


def test_from_a_tab_one_comes_back_to_the_tab_and_then_to_the_list(firm: Any, as_user: AsUser) -> None:
    wang, address = as_user("wang"), "/customers?q=台北&sort=code"
    file = opened(wang, address)
    tab = next(t for t in file.xpath("//nav[@class='tabs']/a/@href") if "/orders" in t)
    order = opened(wang, tab)
    before = ways_back(order)[0]
    assert urlsplit(before).path == f"/customers/{firm.id}/orders"
    assert same(ways_back(read(wang.get(before)))[0], address)


def test_the_second_page_is_the_second_page(session: Session, cast: Cast, as_user: AsUser) -> None:
    for number in range(25):
        make_customer(session, cast.wang, f"{NAME}{number:02d}")
    wang = as_user("wang")
    wang.htmx()
    file = opened(wang, "/customers?page=2&sort=code")
    wang.headers = {}
    assert same(ways_back(read(wang.get(f"/customers/{firm_id(file)}?back=/customers?page=2")))[0], "/customers?page=2")
    question = read(wang.get(f"/customers/{firm_id(file)}/delete?back=%2Fcustomers%3Fpage%3D2"))
    assert submit(wang, content_form(question)).location == "/customers?page=2"


def firm_id(file: Any) -> str:
    return str(file.xpath("//nav[@class='tabs']/a/@href")[0].split("?")[0].split("/")[2])


def test_a_new_record_comes_back_to_the_list_it_was_begun_from(firm: Any, as_user: AsUser) -> None:
    wang, address = as_user("wang"), "/customers?q=台北&sort=code"
    new = read(wang.get(read(wang.get(address)).xpath("//*[@class='actions']/a[contains(@class, 'primary')]/@href")[0]))
    answer = submit(wang, content_form(new), name="另一家公司")
    assert answer.status_code == 303
    assert same(ways_back(read(wang.get(answer.location)))[0], address)


def test_other_lists_lead_back_to_themselves(firm: Any, session: Session, cast: Cast, as_user: AsUser) -> None:
    pooled = make_customer(session, cast.wang, "高雄電子")
    move_customer(session, pooled, actor_as(session, cast.wang), None)
    manager = as_user("manager")
    for address, title in (
        ("/pool?q=高雄&sort=code", "客戶池"),
        ("/plan?q=台北&sort=name&dir=desc", "聯繫客戶計劃"),
        ("/plan", "聯繫客戶計劃"),
        ("/receivables?q=台北&sort=total", "應收款項"),
    ):
        file = opened(manager, address)
        (crumb,) = file.xpath("//*[@class='breadcrumb']/a[1]")
        assert same(crumb.get("href"), address), (address, crumb.get("href"))
        assert crumb.text_content() == title
    hit = read(manager.get("/search?q=台北")).xpath("//section[@class='found']//li/a/@href")[0]
    assert ways_back(read(manager.get(hit)))[0] == "/search?q=%E5%8F%B0%E5%8C%97"
    board = read(manager.get("/opportunities/board")).xpath("//a[starts-with(@href, '/opportunities/')]/@href")
    card = next(link for link in board if urlsplit(link).path.split("/")[2].isdigit())
    assert ways_back(read(manager.get(card)))[0] == "/opportunities/board"


@pytest.mark.parametrize(
    "strange",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
        "/x" * 1200,
    ],
)
def test_nobody_is_led_elsewhere(strange: str, firm: Any, as_user: AsUser) -> None:
    wang = as_user("wang")
    page = wang.get(f"/customers/{firm.id}", query_string={"back": strange})
    assert page.status_code == 200
    assert not [link for link in read(page).xpath("//a/@href") if "evil" in link]
    assert ways_back(read(page))[0] == "/customers"
    answer = wang.post(f"/customers/{firm.id}/delete", {"back": strange})
    assert answer.status_code in (303, 403, 409)
    assert answer.location in (None, "/customers")


def test_addresses_put_together_once_know_where_the_application_stands(app: CRM) -> None:
    """Behind another server's folder the same address begins otherwise."""

    def addresses(root: str) -> list[str]:
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
            return [url_maker("orders.show")(7), cached_url_for("orders.show", id=7), cached_url_for("orders.index")]

    assert addresses("") == ["/orders/7", "/orders/7", "/orders"]
    assert addresses("/crm") == ["/crm/orders/7", "/crm/orders/7", "/crm/orders"]
