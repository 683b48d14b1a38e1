"""D-5: codes that differ only in case, width or script are one code, for every kind with codes, through every door."""

import pytest
from lxml import html
from sqlalchemy import select, update

from crm.entities.keys import folded_code
from crm.entities.numbering import next_codes
from crm.entities.registry import entities
from crm.models import Customer, NumberingRule, Product
from tests.cast import actor_as
from tests.domain.customers.test_phone_keys_after_upgrade import migration
from tests.factories import (
    approved_order,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
)

SAME = ["ab-ｋ0096", "AB-K0096", "ａｂ－Ｋ００９６", " AB-K0096 ", "AB–K0096"]


@pytest.fixture
def records(session, cast):
    """Two of every kind with a code."""

    def two(make):
        return make(), make()

    customer = make_customer(session, cast.wang)
    paid = approved_order(session, customer, cast.wang, cast.order)
    return {
        "customers": two(lambda: make_customer(session, cast.wang)),
        "contacts": two(lambda: make_contact(session, customer, cast.wang)),
        "opportunities": two(lambda: make_opportunity(session, customer, cast.wang)),
        "products": two(lambda: make_product(session)),
        "quotes": two(lambda: make_quote(session, customer, cast.wang)),
        "orders": two(lambda: make_order(session, customer, cast.wang)),
        "receipts": two(lambda: make_receipt(session, customer, cast.wang, {paid: "1"})),
    }


def test_all_kinds_with_codes_are_tried(records):
    assert {kind.key for kind in entities() if kind.numbered} == set(records)


def form_of(person, url):
    """What the form with the code sends unchanged."""
    (form,) = html.fromstring(person.get(url).text).xpath("//form[.//input[@name='code' and not(@type='hidden')]]")
    return form.get("action"), {name: value for name, value in form.form_values() if name not in ("csrf_token", "once")}


@pytest.mark.parametrize("key", ["customers", "contacts", "opportunities", "products", "quotes", "orders", "receipts"])
def test_a_code_in_another_writing_is_refused_beside_the_field(as_user, session, records, key):
    first, second = records[key]
    first.code, kept = "Ab-K0096", second.code
    session.commit()
    admin, url = as_user("admin"), f"/{key}/{second.id}"
    action, sent = form_of(admin, f"{url}/edit" if key == "customers" else url)
    for typed in SAME:
        answer = admin.post(action, {**sent, "code": typed})
        assert answer.status_code == 422, (key, typed)
        (box,) = html.fromstring(answer.text).xpath("//input[@name='code']")
        (told,) = (
            box.getroottree().getroot().get_element_by_id(id)
            for id in box.get("aria-describedby").split()
            if id.endswith("-error")
        )
        assert "Ab-K0096" in told.text_content()
        assert box.get("value") == typed
    session.expire_all()
    assert second.code == kept
    assert admin.post(action, {**sent, "code": kept.swapcase()}).status_code == 303


def test_numbers_step_over_codes_in_another_writing(session, cast):
    rule = session.get(NumberingRule, "customers")
    rule.prefix, rule.date_part, rule.width = "KH", "none", 4
    actor = actor_as(session, cast.li)
    make_customer(session, cast.li, code="kh0001")
    make_customer(session, cast.li, code="ＫＨ0002")
    assert next_codes(session, Customer, "customers", 2, actor.now, actor.zone) == ["KH0003", "KH0004"]


def test_an_upgrade_keeps_codes_that_clash_and_tells_them_apart(session, cast):
    """All records keep their code; the first one is what the code means, and others take no third one."""
    first, deleted, later = (make_product(session) for _ in range(3))
    plain = make_product(session)
    for record, code in ((deleted, "SO-0096"), (first, "so-0096"), (later, "ＳＯ-0096")):
        session.execute(update(Product).where(Product.id == record.id).values(code=code, code_key=f"?{record.id}"))
    deleted.deleted_at = plain.created_at
    session.flush()
    one_code = migration("one_code")
    session.execute(update(Product).values(code_key=Product.id))
    session.connection().exec_driver_sql("DROP INDEX ix_products_code_key")
    one_code.fill(session.connection(), "products")
    one_code.tell_apart(session.connection(), "products")
    session.connection().exec_driver_sql("CREATE UNIQUE INDEX ix_products_code_key ON products (code_key)")
    session.expire_all()
    assert (deleted.code, first.code, later.code) == ("SO-0096", "so-0096", "ＳＯ-0096")
    assert session.scalars(select(Product).where(Product.code_key == folded_code("So-0096"))).all() == [first]
    later.notes = "改過"
    session.flush()
    assert later.code_key not in (first.code_key, deleted.code_key)
    later.code = "SO-0097"
    session.flush()
    assert later.code_key == "so-0097"
