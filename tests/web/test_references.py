"""Records that a form points to: found by name or title, initials and code, within what the person may see (B-1)."""

import pytest
from lxml import html
from sqlalchemy import select

from crm.errors import DomainError
from crm.models import Customer, Order
from crm.web import references
from crm.web.references import resolve, shown_reference
from tests.documents import order_form
from tests.factories import make_customer, make_opportunity, make_product


@pytest.fixture
def two(session, cast):
    customer = make_customer(session, cast.wang, name="台北電子")
    return [make_opportunity(session, customer, cast.wang, title) for title in ("伺服器採購", "伺服器維護")]


@pytest.fixture
def as_seen_by(monkeypatch, actor):
    def see(user):
        monkeypatch.setattr(references, "_rights", lambda: actor(user).rights)

    return see


def offered(answer):
    return html.fromstring(f"<div>{answer.text}</div>").xpath("//*[@role='option']/@data-choose")


def test_typing_offers_opportunities_by_title_initials_and_code(as_user, two):
    wang = as_user("wang").htmx()
    for typed in ("伺服", two[0].pinyin[:3], "伺服器採購", two[0].code):
        for field in ("q", "opportunity_id", "for_opportunity"):
            found = offered(wang.get("/find/opportunities", query_string={field: typed}))
            assert f"伺服器採購 [{two[0].code}]" in found, (field, typed)
    assert offered(wang.get("/find/opportunities?q=")) == []
    assert offered(as_user("li").htmx().get("/find/opportunities?q=伺服")) == []


def test_what_was_typed_becomes_the_one_that_is_meant(session, cast, two, as_seen_by):
    as_seen_by(cast.wang)
    one, other = two
    for typed in (f"伺服器採購 [{one.code}]", one.code, "伺服器採購", "採購"):
        assert resolve("opportunities", typed) == one.id, typed
    assert resolve("customers", "台北電子") == one.customer_id
    assert shown_reference("opportunities", other.id) == f"伺服器維護 [{other.code}]"
    with pytest.raises(DomainError) as several:
        resolve("opportunities", "伺服器")
    assert set(several.value.values["found"]) == set(two)
    with pytest.raises(DomainError):
        resolve("opportunities", "沒有")


def test_a_name_written_over_another_beside_its_code_is_asked_about(session, cast, two, as_seen_by):
    """Nothing is saved with the one that was not meant; an old name that nobody has now says nothing."""
    as_seen_by(cast.wang)
    one, customer = two[0], session.get(Customer, two[0].customer_id)
    make_customer(session, cast.wang, name="高雄運輸")
    for what, typed in (
        ("opportunities", f"伺服器維護 [{one.code}]"),
        ("opportunities", f"維護[{one.code}]"),
        ("customers", f"高雄运输 [{customer.code}]"),
        ("customers", f"高雄 [{customer.code}]"),
    ):
        with pytest.raises(DomainError) as several:
            resolve(what, typed)
        assert len(several.value.values["found"]) == 2, typed
    for typed in (f"伺服器採購 [{one.code}]", f"伺服器采购 [{one.code}]", f" [{one.code}]", f"舊的標題 [{one.code}]"):
        assert resolve("opportunities", typed) == one.id, typed


def test_a_form_with_two_in_one_field_comes_back(as_user, session, cast):
    """In the customer's field, and in a line's product."""
    customer, desk = make_customer(session, cast.wang, name="台北電子"), make_product(session, "會議桌")
    make_customer(session, cast.wang, name="高雄運輸")
    make_product(session, "辦公椅")
    row = {"quantity": "1", "price": "5"}
    sent = order_form(customer, {"product": f"會議桌 [{desk.code}]", **row})
    mixed = order_form(customer, {"product": f"辦公椅 [{desk.code}]", **row})
    for data, shown, typed in (
        ({**sent, "customer_id": f"高雄運輸 [{customer.code}]"}, "customer_id", f"高雄運輸 [{customer.code}]"),
        (mixed, "lines-1-product_id", f"辦公椅 [{desk.code}]"),
    ):
        answer = as_user("wang").post("/orders", data)
        assert answer.status_code == 422
        page = html.fromstring(answer.text)
        (box,) = page.xpath(f"//input[@name='{shown}'][not(@type='radio')]")
        assert box.get("value") == typed
        told = " ".join(page.get_element_by_id(i).text_content() for i in box.get("aria-describedby").split())
        assert "不是同一筆" in told
    assert session.scalars(select(Order)).all() == []
    assert as_user("wang").post("/orders", sent).status_code == 303


def test_what_is_not_the_persons_to_see_is_not_there(session, cast, two, as_seen_by):
    as_seen_by(cast.li)
    assert shown_reference("opportunities", two[0].id) == ""
    with pytest.raises(DomainError):
        resolve("opportunities", two[0].code)
