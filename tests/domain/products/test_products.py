"""The rules of products: numbering, names, cost, stopping, deleting (G-2, A-5)."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.domain.platform.deletion import delete_record
from crm.domain.products.products import is_price_below_minimum, resume_product, save_product, stop_product
from crm.entities.search_index import matches_search
from crm.errors import DomainError, FieldError, StaleRecord
from crm.models import PersonalGrant, Product
from tests.factories import item, line, make_category, make_customer, make_order, make_product


@pytest.fixture
def by(cast, actor):
    return actor(cast.manager)


def save(session, by, product=None, **values):
    return save_product(session, product, {"name": "A3彩色事務機", **values}, by)


def test_a_new_one_is_on_sale_numbered_and_found(session, by):
    one = save(session, by, specification="每分鐘45張")
    assert (one.code, one.pinyin, one.kind, one.state) == ("G00001", "a3csswj", "goods", "on_sale")
    for typed in ("彩色", "事务机", "csswj", "G00001", "g0000", "45张"):
        found = session.scalars(select(Product).where(matches_search(session, Product, typed))).all()
        assert found == [one], typed


def test_a_typed_code_is_kept_and_there_once(session, by):
    one = save(session, by, code="XR-1")
    assert one.code == "XR-1"
    with pytest.raises(FieldError) as refused:
        save(session, by, code="XR-1")
    assert refused.value.field == "code"


def test_the_pinyin_follows_the_name_unless_it_was_corrected(session, by):
    one = save(session, by)
    assert save(session, by, one, name="碎紙機", pinyin=one.pinyin).pinyin == "szj"
    assert save(session, by, one, name="碎紙機", pinyin="XZJ").pinyin == "xzj"


def test_the_cost_is_taken_only_from_who_may_see_it(session, cast, actor, by):
    one = save(session, by, price=Decimal(100), cost=Decimal("60.1234"))
    assert one.cost == Decimal("60.1234")
    for permission in ("products:view", "products:save"):
        session.add(PersonalGrant(user_id=cast.li.id, permission=permission, scope=4))
    session.flush()
    save(session, actor(cast.li), one, cost=None, price=Decimal(90))
    assert (one.price, one.cost) == (Decimal(90), Decimal("60.1234"))


def test_a_lowest_price_above_the_price_is_noticed(session, by):
    one = save(session, by, price=Decimal(100), floor_price=Decimal(120))
    assert is_price_below_minimum(one)
    assert not is_price_below_minimum(save(session, by, one, floor_price=Decimal(100)))
    assert not is_price_below_minimum(save(session, by, one, price=None))


@pytest.mark.parametrize("values", [{"category_id": 999}, {"unit_id": -1}])
def test_what_is_not_offered_is_refused(session, by, values):
    if "unit_id" in values:
        values = {"unit_id": item(session, "industry", "製造業").id}
    with pytest.raises(FieldError) as refused:
        save(session, by, **values)
    assert refused.value.field == next(iter(values))


def test_a_late_save_is_refused(session, by):
    one = save(session, by)
    save(session, by, one, name="別的")
    with pytest.raises(StaleRecord):
        save_product(session, one, {"name": "晚了"}, by, opened_version=1)


def test_stopping_and_selling_again(session, by):
    one = save(session, by)
    stop_product(session, one, by)
    assert one.state == "stopped"
    with pytest.raises(DomainError):
        stop_product(session, one, by)
    resume_product(session, one, by)
    assert one.state == "on_sale"


def test_one_used_in_a_document_is_not_deleted_only_stopped(session, cast, by):
    one = make_product(session, "影印紙")
    make_order(session, make_customer(session, cast.wang), cast.wang, lines=[line(one)])
    with pytest.raises(DomainError, match="Stop selling"):
        delete_record(session, one, by)
    stop_product(session, one, by)
    assert one.deleted_at is None


def test_an_unused_one_is_deleted_and_found_no_more(session, cast, by, actor):
    one = save(session, by, category_id=make_category(session).id)
    delete_record(session, one, by)
    assert session.scalars(Product.visible_to(actor(cast.admin).rights)).all() == []


def test_who_may_not_view_products_sees_none(session, cast, by, actor):
    save(session, by)
    assert len(session.scalars(Product.visible_to(actor(cast.wang).rights)).all()) == 1
    assert session.scalars(Product.visible_to(actor(cast.order).rights)).all() == []
