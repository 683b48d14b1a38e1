"""C-8: a customer is deleted from its file; asked first, with what goes along, or refused with the reason."""

import pytest
from lxml import html

from crm.models import Contact, ContactRecord, Customer, Opportunity, Quote, ScheduleItem
from tests.bare_sales import bare_order, bare_quote, bare_receipt
from tests.cast import FOUNDED
from tests.factories import make_contact, make_customer, make_opportunity, make_record
from tests.web.test_pool import buttons, text


@pytest.fixture
def customer(session, cast):
    made = make_customer(session, cast.wang, name="要刪的公司")
    make_contact(session, made, cast.wang, name="張三")
    make_contact(session, made, cast.wang, name="李四")
    make_record(session, made, cast.wang, next_contact_at=None, add_to_schedule=False)
    make_opportunity(session, made, cast.wang)
    bare_quote(session, made, cast.wang)
    return made


def alive(session):
    models = (Customer, Contact, ContactRecord, Opportunity, Quote, ScheduleItem)
    return [session.query(model).filter(model.deleted_at.is_(None)).count() for model in models]


def counts(answer):
    return [li.text_content().split()[-1] for li in html.fromstring(answer.text).xpath("//form//li")]


def test_it_asks_first_and_says_what_goes_along(as_user, session, cast, customer):
    make_record(session, customer, cast.wang, next_contact_at=FOUNDED.replace(year=2099), next_plan="再談")
    wang = as_user("wang")
    assert "刪除" in buttons(wang.get(f"/customers/{customer.id}/more"))
    question = wang.get(f"/customers/{customer.id}/delete")
    assert "要刪的公司" in text(question)
    assert counts(question) == ["2", "2", "1", "1", "1"]
    assert alive(session) == [1, 2, 2, 1, 1, 1]
    answer = wang.post(f"/customers/{customer.id}/delete")
    assert (answer.status_code, answer.location) == (303, "/customers")
    assert alive(session) == [0, 0, 0, 0, 0, 0]
    assert "要刪的公司" in text(wang.get("/customers"))  # the message
    assert wang.get(f"/customers/{customer.id}").status_code == 404
    assert wang.post(f"/customers/{customer.id}/delete").status_code == 404


def test_with_what_the_person_may_not_delete_it_is_refused_with_the_reason(as_user, session, cast, customer):
    """K-3: here a record of another day; an administrator may."""
    make_record(session, customer, cast.wang, FOUNDED)
    wang = as_user("wang")
    question = wang.get(f"/customers/{customer.id}/delete")
    assert "系統管理員" in text(question) or "管理員" in text(question)
    assert not html.fromstring(question.text).xpath("//form[contains(@action, '/delete')]")
    assert wang.post(f"/customers/{customer.id}/delete").status_code == 403
    assert alive(session)[0] == 1
    assert as_user("admin").post(f"/customers/{customer.id}/delete").status_code == 303
    assert alive(session)[:3] == [0, 0, 0]


def test_a_pool_customer_needs_the_pools_right_and_leads_back_there(as_user, session, cast):
    pooled = make_customer(session, cast.manager, name="池中", pooled=True)
    assert "刪除" not in buttons(as_user("wang").get(f"/customers/{pooled.id}/more"))
    assert as_user("wang").get(f"/customers/{pooled.id}/delete").status_code == 403
    assert as_user("manager").post(f"/customers/{pooled.id}/delete").location == "/pool"


def test_in_the_box_it_leads_on_as_a_whole_page(as_user, session, customer):
    wang = as_user("wang").htmx("box")
    assert "box-head" in wang.get(f"/customers/{customer.id}/delete").text
    assert wang.post(f"/customers/{customer.id}/delete").headers["HX-Redirect"] == "/customers"


@pytest.mark.parametrize("make", [lambda *given: bare_order(*given, "void"), bare_receipt])
def test_with_orders_or_receipts_nobody_deletes_it(as_user, session, cast, customer, make):
    made = make(session, customer, cast.wang)
    admin = as_user("admin")
    assert "1" in text(admin.get(f"/customers/{customer.id}/delete"))
    assert admin.post(f"/customers/{customer.id}/delete").status_code == 409
    assert alive(session)[0] == 1
    made.deleted_at = FOUNDED
    assert admin.post(f"/customers/{customer.id}/delete").status_code == 303
