"""Merging as people do it: ticked in the list, chosen on one page, undone from the history (C-4)."""

import pytest
from lxml import html
from sqlalchemy import select

from crm.models import Contact, Customer, Merge
from tests.factories import make_contact, make_customer, make_product


@pytest.fixture
def pair(session, cast):
    kept = make_customer(session, cast.wang, name="大同書局", phone="02-1")
    other = make_customer(session, cast.wang, name="大同書店", phone="02-2531-7099", fax="02-3")
    make_contact(session, other, cast.wang, name="林小姐")
    session.commit()
    return kept, other


def tree(answer):
    assert answer.status_code in (200, 409, 422), answer.get_data(as_text=True)[:2000]
    return html.fromstring(answer.get_data(as_text=True))


def form_of(answer, action="/merge/"):
    return next(form for form in tree(answer).forms if form.action.startswith(action))


def test_ticked_chosen_merged_and_undone(as_user, session, pair):
    kept, other = pair
    wang = as_user("wang")
    led = wang.post("/customers/bulk", {"action": "merge", "ids": [kept.id, other.id], "next": "/customers?q=大同"})
    assert led.status_code == 303
    answer = wang.get(led.location)
    text = " ".join(tree(answer).text_content().split())
    assert "聯繫人 1" in text
    assert "02-2531-7099" in text
    sent = dict(form_of(answer).form_values())
    assert (sent["kept"], sent["field-phone"], sent["field-fax"]) == (str(kept.id), str(kept.id), str(other.id))
    ids = {"ids": [kept.id, other.id]}
    done = wang.post("/merge/customers", {**sent, **ids, "field-phone": str(other.id)})
    assert done.location == f"/customers/{kept.id}"
    assert (kept.phone, kept.fax) == ("02-2531-7099", "02-3")
    assert session.scalars(select(Contact)).one().customer_id == kept.id
    assert wang.get(f"/customers/{other.id}").location == f"/customers/{kept.id}"
    history = wang.get(f"/customers/{kept.id}/history")
    (undo,) = tree(history).xpath("//a[starts-with(@href, '/merges/')]/@href")
    asked = wang.get(undo)
    assert "大同書店" in asked.text
    assert wang.post(undo, dict(form_of(asked, undo).form_values())).location == f"/customers/{kept.id}"
    session.expire_all()
    assert (kept.phone, kept.fax, other.deleted_at) == ("02-1", None, None)
    assert session.scalars(select(Contact)).one().customer_id == other.id
    assert session.scalars(select(Merge)).all() == []


@pytest.mark.parametrize("count", [1, 4])
def test_two_or_three_are_ticked(as_user, session, cast, count):
    ids = [make_customer(session, cast.wang).id for _ in range(count)]
    wang = as_user("wang")
    answer = wang.post("/customers/bulk", {"action": "merge", "ids": ids, "next": "/customers"})
    assert answer.location == "/customers"
    assert "請勾選兩筆或三筆" in wang.get("/customers").text
    assert wang.get("/merge/customers", query_string={"ids": ids}).status_code == 409


def test_somebody_saved_in_the_meantime(as_user, session, pair):
    kept, other = pair
    wang = as_user("wang")
    ids = {"ids": [kept.id, other.id]}
    sent = dict(form_of(wang.get("/merge/customers", query_string=ids)).form_values())
    other.version += 1
    session.commit()
    answer = wang.post("/merge/customers", {**sent, **ids})
    assert answer.status_code == 409
    again = dict(form_of(answer).form_values())
    assert again[f"version-{other.id}"] == str(other.version)
    assert session.scalars(select(Customer).where(Customer.deleted_at.is_not(None))).all() == []
    assert wang.post("/merge/customers", {**again, **ids}).status_code == 303


def test_others_customers_are_not_merged(as_user, session, cast, pair):
    kept, _ = pair
    theirs = make_customer(session, cast.li, name="李的")
    session.commit()
    ids = {"ids": [kept.id, theirs.id]}
    wang = as_user("wang")
    assert wang.get("/merge/customers", query_string=ids).status_code == 404
    assert wang.post("/merge/customers", {**ids, "kept": kept.id}).status_code == 404
    assert wang.get("/merge/orders", query_string=ids).status_code == 404


def test_products_are_merged_by_the_same_page(as_user, session, cast):
    first, second = make_product(session, "影印機"), make_product(session, "影印機 A3")
    session.commit()
    manager = as_user("manager")
    ids = {"ids": [first.id, second.id]}
    assert manager.post("/products/bulk", {"action": "merge", **ids}).status_code == 303
    sent = dict(form_of(manager.get("/merge/products", query_string=ids)).form_values())
    assert manager.post("/merge/products", {**sent, **ids}).location == f"/products/{first.id}"
    assert "/merges/" in manager.get(f"/products/{first.id}").text


def test_possible_duplicates_are_looked_at_and_called_different(as_user, session, cast):
    first, second = (make_customer(session, cast.wang, name=f"大同書局{end}") for end in ("有限公司", ""))
    session.commit()
    wang = as_user("wang")
    assert "/customers/pairs" in wang.get("/customers").text
    page = tree(wang.get("/customers/pairs"))
    (led,) = page.xpath("//a[starts-with(@href, '/merge/customers')]/@href")
    assert f"ids={first.id}" in led and f"ids={second.id}" in led
    (form,) = (dict(form.form_values()) for form in page.forms if form.action == "/customers/pairs")
    assert wang.post("/customers/pairs", form).status_code == 303
    assert not tree(wang.get("/customers/pairs")).xpath("//tbody/tr")
    (form,) = (
        dict(form.form_values())
        for form in tree(wang.get("/customers/pairs?dismissed=1")).forms
        if form.action == "/customers/pairs"
    )
    assert wang.post("/customers/pairs", form).status_code == 303
    assert len(tree(wang.get("/customers/pairs")).xpath("//tbody/tr")) == 1
    assert as_user("li").post("/customers/pairs", {"first": first.id, "second": second.id}).status_code == 404


def merged(person, kept, other):
    ids = {"ids": [kept.id, other.id]}
    sent = dict(form_of(person.get("/merge/customers", query_string=ids)).form_values())
    assert person.post("/merge/customers", {**sent, **ids, "kept": str(kept.id)}).status_code == 303


def test_the_old_address_leads_to_the_one_that_stayed(as_user, session, cast, pair):
    """For whoever may see that one; after the merge is undone both stand by themselves."""
    kept, other = pair
    wang = as_user("wang")
    merged(wang, kept, other)
    for part in ("", "/contacts", "/history"):
        answer = wang.get(f"/customers/{other.id}{part}")
        assert (answer.status_code, answer.location) == (303, f"/customers/{kept.id}{part}")
    assert as_user("li").get(f"/customers/{other.id}").status_code == 404
    third = make_customer(session, cast.wang, name="大同圖書")
    session.commit()
    merged(wang, third, kept)
    assert wang.get(f"/customers/{other.id}").location == f"/customers/{third.id}"
    rows = tree(wang.get("/merges/customers")).xpath("//table//tbody/tr")
    assert [row.xpath("./td[2]//text()")[0] for row in rows] == ["大同圖書"]
    (undo,) = rows[0].xpath(".//a[contains(@href, '/undo')]/@href")
    session.expire_all()
    assert wang.post(undo, {"version": third.version}).status_code == 303
    assert wang.get(f"/customers/{other.id}").location == f"/customers/{kept.id}"
    (undo,) = tree(wang.get("/merges/customers")).xpath("//table//tbody/tr//a[contains(@href, '/undo')]/@href")
    session.expire_all()
    assert wang.post(undo, {"version": kept.version}).status_code == 303
    assert wang.get(f"/customers/{other.id}").status_code == 200


def test_the_page_of_merges_shows_what_one_may_take_back(as_user, pair):
    kept, other = pair
    merged(as_user("wang"), kept, other)
    assert "大同書店" in as_user("wang").get("/merges/customers").text
    assert "大同書店" not in as_user("li").get("/merges/customers").text
    assert as_user("wang").get("/merges/orders").status_code == 404
    assert "/merges/customers" in as_user("wang").get("/customers/pairs").text
