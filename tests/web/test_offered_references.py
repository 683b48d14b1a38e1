"""Each reference field of each form offers only what saving accepts, to whoever fills it in (B-1, A-7)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Customer, OrderLine
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import item, make_contact, make_customer, make_opportunity, make_product, make_quote

AsUser = Callable[[str], Person]
KINDS = ("contacts", "records", "opportunities", "quotes", "orders")
PEOPLE = ("wang", "li", "manager", "admin")
POOLED, MINE, THEIRS = "池中電子", "自有電子", "別人電子"


@pytest.fixture
def firm(session: Session, cast: Cast) -> Any:
    make_customer(session, cast.wang, POOLED, pooled=True)
    for name, owner in ((MINE, cast.wang), (THEIRS, cast.li)):
        customer = make_customer(session, owner, name)
        make_contact(session, customer, owner, f"{name}聯繫人")
        make_opportunity(session, customer, owner, f"{name}採購")
    make_product(session, "影印機").code = "T1"
    make_product(session, "停售的影印機", state="stopped")
    session.commit()
    return session


def form_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, url
    return html.fromstring(answer.get_data(as_text=True)).xpath("//form[contains(@class, 'form')]")[0]


def offered(person: Person, control: Any, typed: str, **more: str) -> list[str]:
    """What stands below the control while somebody types."""
    url = control.get("hx-get")
    more = {name: value for name, value in more.items() if name in control.get("hx-params")}
    query = urlencode({**more, control.get("name"): typed})
    answer = person.get(f"{url}{'&' if '?' in url else '?'}{query}")
    assert answer.status_code == 200, url
    found = html.fromstring(f"<div>{answer.get_data(as_text=True)}</div>")
    return [str(text) for text in found.xpath("//*[@data-choose]/@data-choose")]


def filled(form: Any, **values: Any) -> dict[str, Any]:
    sent = dict(form.form_values())
    return {**sent, **{name: value for name, value in values.items() if value is not None}}


def more_values(kind: str, session: Session, customer: str) -> dict[str, Any]:
    """What the form needs beside its customer."""
    stage = str(item(session, "opportunity_stage", "初步接洽").id)
    method = str(item(session, "contact_method", "電話").id)
    product = {"lines-1-product_id": "影印機 [T1]", "lines-1-quantity": "1", "lines-1-price": "5"}
    return {
        "contacts": {"name": "新聯繫人"},
        "records": {"content": "談了", "method_id": method},
        "opportunities": {"title": "新的", "stage_id": stage},
        "quotes": {"title": "新的", **product},
        "orders": product,
    }[kind]


@pytest.mark.parametrize("login", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_every_customer_that_is_offered_is_accepted(kind: str, login: str, firm: Session, as_user: AsUser) -> None:
    person = as_user(login)
    form = form_of(person, f"/{kind}/new")
    control = form.xpath(".//input[@name='customer_id']")[0]
    names = offered(person, control, "電子")
    expected = {"wang": {MINE}, "li": {THEIRS}, "manager": {MINE, THEIRS, POOLED}, "admin": {MINE, THEIRS, POOLED}}
    assert {name.split(" [")[0] for name in names} == expected[login]
    for name in names:
        sent = filled(form_of(person, f"/{kind}/new"), customer_id=name, **more_values(kind, firm, name))
        answer = person.post(form.get("action"), sent)
        assert answer.status_code == 303, (name, answer.get_data(as_text=True))


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_named_all_the_same_comes_back_in_the_form(kind: str, firm: Session, as_user: AsUser) -> None:
    wang, code = as_user("wang"), firm.scalars(select(Customer.code).where(Customer.name == POOLED)).one()
    for typed in (POOLED, code, f"{POOLED} [{code}]"):
        form = form_of(wang, f"/{kind}/new")
        answer = wang.post(form.get("action"), filled(form, customer_id=typed, **more_values(kind, firm, typed)))
        assert answer.status_code == 422, typed
        page = html.fromstring(answer.get_data(as_text=True))
        (control,) = page.xpath("//form//input[@name='customer_id'][@type='text']")
        assert control.get("value") == typed
        told = page.get_element_by_id(control.get("aria-describedby").split()[0]).text_content()
        assert "不能" in told or "無法" in told, told
        kept = more_values(kind, firm, typed)
        text = answer.get_data(as_text=True)
        assert all(value in text for name, value in kept.items() if name in ("name", "content", "title"))


def test_a_quote_offers_the_opportunities_of_its_customer(firm: Session, cast: Cast, as_user: AsUser) -> None:
    manager = as_user("manager")
    form = form_of(manager, "/quotes/new")
    control = form.xpath(".//input[@name='opportunity_id']")[0]
    assert len(offered(manager, control, "採購")) == 2
    for name in (MINE, THEIRS):
        (opportunity,) = offered(manager, control, "採購", customer_id=name)
        assert opportunity.startswith(f"{name}採購")
        values = more_values("quotes", firm, name)
        sent = filled(form_of(manager, "/quotes/new"), customer_id=name, opportunity_id=opportunity, **values)
        assert manager.post("/quotes", sent).status_code == 303
    customer = firm.scalars(select(Customer).where(Customer.name == MINE)).one()
    quote = make_quote(firm, customer, cast.wang)
    form = form_of(manager, f"/quotes/{quote.id}")
    known = form.xpath(".//input[@name='customer_id']/@value")[0]
    control = form.xpath(".//input[@name='opportunity_id']")[0]
    assert len(offered(manager, control, "採購", customer_id=known)) == 1


def test_every_product_that_is_offered_is_accepted(firm: Session, as_user: AsUser) -> None:
    wang = as_user("wang")
    control = form_of(wang, "/orders/new").xpath(".//input[contains(@name, 'product_id')]")[0]
    assert offered(wang, control, "影印機") == ["影印機 [T1]"]
    form = form_of(wang, "/orders/new")
    prefix = control.get("name").removesuffix("product_id")
    product = {f"{prefix}product_id": "影印機 [T1]", f"{prefix}quantity": "1", f"{prefix}price": "5"}
    assert wang.post("/orders", filled(form, customer_id=MINE, **product)).status_code == 303
    assert firm.scalars(select(OrderLine)).one().name == "影印機"


def test_every_contact_and_salesperson_that_is_offered_is_accepted(firm: Session, as_user: AsUser) -> None:
    for login in ("wang", "manager"):
        person = as_user(login)
        customer = firm.scalars(select(Customer).where(Customer.name == MINE)).one()
        for kind in ("opportunities", "quotes", "orders"):
            form = form_of(person, f"/{kind}/new?customer_id={customer.id}")
            for name in ("contact_id", "owner_id"):
                for value in form.xpath(f".//select[@name='{name}']/option/@value"):
                    fresh = form_of(person, f"/{kind}/new?customer_id={customer.id}")
                    sent = filled(fresh, **{**more_values(kind, firm, MINE), name: value})
                    answer = person.post(form.get("action"), sent)
                    assert answer.status_code == 303, (login, kind, name, value)


def test_nobody_narrows_by_what_is_no_kind(firm: Session, as_user: AsUser) -> None:
    wang = as_user("wang")
    assert wang.get("/find/customers?q=電子&adding=nonsense").status_code == 200
    assert wang.get("/find/customers?q=電子&adding=products").status_code == 200
    assert wang.get("/find/opportunities?q=採購&customer_id=沒有").status_code == 200
