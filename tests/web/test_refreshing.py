"""A box changes something: whatever else on the page shows it fetches itself anew."""

import json
import re

import pytest

from tests.factories import item, level, make_customer, make_record


def events(answer):
    return set(json.loads(answer.headers["HX-Trigger"]))


def strip(page):
    return re.search(r'<div class="file-head".*?</div>\s*</dl>|<div class="file-head".*?</dl>', page, re.S).group()


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="大同", level_id=level(session, "重要客戶").id)


def record_of(session, customer, **values):
    return {
        "customer_id": f"大同 [{customer.code}]",
        "contacted_at": "2026-08-31 14:00",
        "method_id": item(session, "contact_method", "拜訪").id,
        "content": "談了報價",
        **values,
    }


@pytest.mark.parametrize(
    "tab", ["contacts", "records", "opportunities", "quotes", "orders", "receipts", "schedule", "history"]
)
def test_the_strip_of_every_tab_listens_and_has_an_address_of_its_own(as_user, session, customer, tab):
    wang = as_user("wang")
    head = strip(wang.get(f"/customers/{customer.id}/{tab}").get_data(as_text=True))
    assert "customers-changed from:body" in head
    address = re.search(r'hx-get="([^"]+)"', head).group(1)
    wang.post("/records", record_of(session, customer))
    now = wang.htmx().get(address).get_data(as_text=True)
    assert "2026-08-31 14:00" in now
    assert "2026-09-03 09:00" in now
    assert "<nav" not in now


def test_a_record_saved_or_deleted_moves_the_strip(as_user, session, cast, customer):
    wang = as_user("wang").htmx("box")
    assert {"box-close", "records-changed", "customers-changed"} <= events(
        wang.post("/records", record_of(session, customer))
    )
    made = make_record(session, customer, cast.wang)
    assert "customers-changed" in events(wang.post(f"/records/{made.id}/delete"))


def test_a_customer_claimed_on_its_file_is_shown_whole(as_user, session, cast):
    """Its buttons and its form are others now; on the list the box closes and the list fetches itself."""
    pooled = [make_customer(session, cast.manager, name, pooled=True) for name in ("池甲", "池乙")]
    wang = as_user("wang").htmx("box")
    url = f"http://localhost/customers/{pooled[0].id}/records?page=1"
    answer = wang.post(f"/pool/{pooled[0].id}/claim", headers={"HX-Current-URL": url})
    assert answer.headers["HX-Redirect"] == f"/customers/{pooled[0].id}"
    answer = wang.post(f"/pool/{pooled[1].id}/claim", headers={"HX-Current-URL": "http://localhost/pool"})
    assert "customers-changed" in events(answer)


def test_the_strip_is_only_for_who_may_see_the_customer(as_user, customer):
    assert as_user("li").get(f"/customers/{customer.id}/strip").status_code == 404
