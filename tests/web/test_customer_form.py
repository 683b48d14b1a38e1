"""The customer's own form: its main contact, its owner, its website (C-1, C-7)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import Contact, Customer, Notice
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_contact, make_customer

AsUser = Callable[[str], Person]


def form_of(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True)).xpath("//form[contains(@class, 'form')]")[0]


def send(person: Person, url: str, **values: Any) -> Any:
    form = form_of(person, url)
    return person.post(form.get("action"), {**dict(form.form_values()), **values})


def people_of(session: Session, customer: Customer) -> list[tuple[str, str | None, str | None, bool]]:
    theirs = select(Contact).where(Contact.customer_id == customer.id, Contact.deleted_at.is_(None))
    return [(c.name, c.mobile, c.job_title, c.is_main) for c in session.scalars(theirs.order_by(Contact.id))]


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    found = make_customer(session, cast.wang)
    make_contact(session, found, cast.wang, "張三", mobile="0912345678", job_title="採購")
    return found


def test_another_name_makes_another_contact(session: Session, as_user: AsUser, customer: Customer) -> None:
    wang, url = as_user("wang"), f"/customers/{customer.id}/edit"
    answer = send(wang, url, main_contact="李四", main_mobile="0922333444")
    assert answer.status_code == 303
    assert people_of(session, customer) == [
        ("張三", "0912345678", "採購", False),
        ("李四", "0922333444", None, True),
    ]
    assert "現在的主聯繫人是李四；張三仍在聯繫人中。" in wang.get(answer.location).get_data(as_text=True)


def test_a_name_that_is_known_becomes_the_main_one(
    session: Session, cast: Cast, as_user: AsUser, customer: Customer
) -> None:
    make_contact(session, customer, cast.wang, "王五", mobile="0955666777")
    wang, url = as_user("wang"), f"/customers/{customer.id}/edit"
    send(wang, url, main_contact="王五")
    assert people_of(session, customer) == [
        ("張三", "0912345678", "採購", False),
        ("王五", "0955666777", None, True),
    ]


@pytest.mark.parametrize("same", ["张三", " 張三 ", "張三"])
def test_the_same_name_changes_the_same_contact(
    same: str, session: Session, as_user: AsUser, customer: Customer
) -> None:
    send(as_user("wang"), f"/customers/{customer.id}/edit", main_contact=same, main_job_title="經理")
    ((name, mobile, title, main),) = people_of(session, customer)
    assert (name, mobile, title, main) == (same.strip(), "0912345678", "經理", True)


def test_a_manager_gives_a_new_customer_to_somebody(session: Session, cast: Cast, as_user: AsUser) -> None:
    manager = as_user("manager")
    form = form_of(manager, "/customers/new")
    offered = form.xpath(".//select[@name='owner_id']/option/@value")
    assert {str(cast.wang.id), str(cast.li.id), str(cast.manager.id)} <= set(offered)
    assert form.xpath(".//select[@name='owner_id']/option[@selected]/@value") == [str(cast.manager.id)]
    for person in (cast.li, cast.manager):
        assert send(manager, "/customers/new", name=f"新客戶{person.login}", owner_id=person.id).status_code == 303
        made = session.scalars(select(Customer).where(Customer.name == f"新客戶{person.login}")).one()
        assert (made.owner_id, made.pool) == (person.id, "owned")
    told = session.scalars(select(Notice.user_id).where(Notice.kind == "assigned")).all()
    assert told == [cast.li.id]


def test_who_may_not_assign_is_not_asked_and_not_heard(session: Session, cast: Cast, as_user: AsUser) -> None:
    wang = as_user("wang")
    assert not form_of(wang, "/customers/new").xpath(".//*[@name='owner_id']")
    assert send(wang, "/customers/new", name="新客戶", owner_id=cast.li.id).status_code == 303
    assert session.scalars(select(Customer).where(Customer.name == "新客戶")).one().owner_id == cast.wang.id
    manager = as_user("manager")
    assert not form_of(manager, "/pool/new").xpath(".//*[@name='owner_id']")
    answer = send(manager, "/customers/new", name="另一家", owner_id=cast.admin.id)
    assert answer.status_code == 422
    assert "另一家" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.example.com", "http://www.example.com"),
        ("example.com:8080/a?b=c", "http://example.com:8080/a?b=c"),
        ("//cdn.example.com/a", "http://cdn.example.com/a"),
        ("ＨＴＴＰＳ://example.com", "HTTPS://example.com"),
        ("http://example.com", "http://example.com"),
    ],
)
def test_an_address_has_its_scheme(
    typed: str, kept: str, session: Session, as_user: AsUser, customer: Customer
) -> None:
    assert send(as_user("wang"), f"/customers/{customer.id}/edit", website=typed).status_code == 303
    assert customer.website == kept
    admin = as_user("admin")
    assert send(admin, "/settings", help_link=typed).status_code == 303
    assert form_of(admin, "/settings").xpath(".//input[@name='help_link']/@value") == [kept]
