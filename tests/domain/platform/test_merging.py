"""Records that are made one, and apart again (C-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import crm.domain.customers.merged_customers  # noqa: F401
from crm.domain.customers.contacts import save_contact
from crm.domain.customers.customers import save_customer
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.merging import get_merge_for, merge, merges_of, undo_merge, what_stays
from crm.domain.platform.purging import purge_old
from crm.domain.schedule.items import save_item
from crm.entities.custom_fields import attribute
from crm.entities.registry import entities
from crm.errors import DomainError, FieldError, NotAllowed, NotFound, StaleRecord
from crm.models import City, Contact, Customer, CustomerEvent, CustomField, Merge, OperationLog, Order, Quote
from crm.models.custom_values import value_of, with_values
from tests.cast import actor_as
from tests.conftest import found_again, grow, identities
from tests.dumping import differences, dump
from tests.factories import (
    approved_order,
    level,
    make_contact,
    make_customer,
    make_opportunity,
    make_product,
    make_quote,
    make_receipt,
    make_record,
)

NOW = datetime(2026, 8, 31, 2, tzinfo=UTC)
MERGEABLE = [kind.key for kind in entities() if kind.mergeable]


@pytest.fixture
def admin(cast, actor):
    return actor(cast.admin, NOW)


@pytest.fixture(scope="module")
def twins(grown, tmp_path_factory):
    folder = tmp_path_factory.mktemp("twins") / "instance"
    return folder, grow(grown, folder, lambda session, cast: identities(fill(session, cast)))


@pytest.fixture
def firm_folder(twins):
    return twins[0]


@pytest.fixture
def pair(session, twins):
    """Two of each kind that can be merged, with everything that can hang on them: kind → (kept, other)."""
    return found_again(session, twins[1])


def fill(session, cast):
    customers = [make_customer(session, cast.wang, name=name, now=NOW) for name in ("大同書局", "大同書店")]
    customers[1].phone, customers[1].level_id = "02-2531-7099", level(session, "重要客戶").id
    contacts = [make_contact(session, one, cast.wang, name="林小姐", now=NOW, mobile="0912") for one in customers]
    same = make_contact(session, customers[0], cast.wang, name="林淑惠", now=NOW)
    products = [make_product(session, "影印機"), make_product(session, "影印機 A3")]
    opportunities = [make_opportunity(session, customers[0], cast.wang, now=NOW) for _ in range(2)]
    for customer, contact in zip(customers, contacts, strict=True):
        make_record(session, customer, cast.wang, NOW - timedelta(days=customer.id), contact_id=contact.id)
        quote = make_quote(session, customer, cast.wang, "50", opportunity_id=None)
        quote.contact_id = contact.id
        order = approved_order(session, customer, cast.wang, cast.order)
        make_receipt(session, customer, cast.wang, {order: "10"})
        visit = {"title": "拜訪", "starts_at": NOW, "customer_id": customer.id}
        save_item(session, None, visit, actor_as(session, cast.wang))
    make_quote(session, customers[0], cast.wang, "20", opportunity_id=opportunities[1].id)
    gone = make_contact(session, customers[1], cast.admin, name="已離職", now=NOW)
    delete_record(session, gone, actor_as(session, cast.admin, NOW))
    return {
        "customers": tuple(customers),
        "contacts": (contacts[0], same),
        "products": tuple(products),
        "opportunities": tuple(opportunities),
    }


def versions(*records):
    return {record.id: record.version for record in records}


def merged(session, kept, other, by, **chosen):
    row = merge(session, kept, [other], dict.fromkeys(chosen, other.id), by, versions(kept, other))
    session.commit()
    return row


@pytest.mark.parametrize("key", MERGEABLE)
def test_merged_and_apart_again_the_database_is_as_it_was(session, pair, admin, key):
    kept, other = pair[key]
    before = dump(session)
    row = merged(session, kept, other, admin, notes=True, name=True, title=True)
    assert (other.deleted_at, kept.deleted_at) == (NOW, None)
    assert what_stays(session, row) == []
    assert undo_merge(session, row, admin, kept.version) == []
    session.commit()
    assert differences(before, dump(session)) == {}


def test_everything_moves_and_history_tells(session, cast, pair, admin):
    kept, other = pair["customers"]
    row = merged(session, kept, other, admin, phone=True)
    assert dict(row.counts) == {"contacts": 1, "records": 1, "quotes": 1, "orders": 1, "receipts": 1, "schedule": 1}
    for model in (Contact, Order, Quote):
        assert session.scalars(select(model).where(model.customer_id == other.id)).all() == []
    assert (kept.phone, kept.name) == ("02-2531-7099", "大同書局")
    assert kept.last_contact_at == max(NOW - timedelta(days=one.id) for one in (kept, other))
    mains = session.scalars(select(Contact).where(Contact.customer_id == kept.id, Contact.is_main.is_(True))).all()
    assert len(mains) == 1
    told = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "merged")).one()
    assert (told.customer_id, told.before, told.by_id) == (kept.id, "大同書店", cast.admin.id)
    logged = session.scalars(select(OperationLog).where(OperationLog.action == "merged")).one()
    assert (logged.record_id, logged.changes["merged"]) == (kept.id, ["大同書店", "大同書局"])


def test_a_changed_level_stands_in_the_ledger(session, pair, admin):
    kept, other = pair["customers"]
    merged(session, kept, other, admin, level_id=True)
    assert kept.level_id == other.level_id
    events = session.scalars(select(CustomerEvent.kind).where(CustomerEvent.customer_id == kept.id)).all()
    assert "level" in events


def test_what_was_changed_since_stays_and_is_told_before(session, cast, pair, admin, actor):
    kept, other = pair["customers"]
    row = merged(session, kept, other, admin, phone=True)
    save_customer(session, kept, {"phone": "02-8888"}, actor(cast.wang))
    named = select(Contact).where(Contact.name == "林小姐", Contact.customer_id == kept.id)
    moved = session.scalars(named.order_by(Contact.id)).all()[-1]
    save_contact(session, moved, kept, {"job_title": "店長"}, actor(cast.wang))
    fresh = make_record(session, kept, cast.wang, NOW + timedelta(hours=1))
    session.commit()
    assert ("customers", (kept.id,), ("phone",)) in [
        (left.table, left.key, tuple(c for c in left.columns if c == "phone")) for left in what_stays(session, row)
    ]
    undo_merge(session, row, admin, kept.version)
    session.commit()
    assert other.deleted_at is None
    assert kept.phone == "02-8888"
    assert (moved.customer_id, moved.job_title) == (other.id, "店長")
    assert fresh.customer_id == kept.id
    assert kept.last_contact_at == fresh.contacted_at


def test_whoever_lacks_one_of_them_merges_nothing(session, cast, pair, actor):
    kept, other = pair["customers"]
    stranger = make_customer(session, cast.li, name="別人的")
    with pytest.raises(NotAllowed):
        merged(session, kept, stranger, actor(cast.wang))
    session.rollback()
    row = merged(session, kept, other, actor(cast.wang, NOW))
    with pytest.raises(NotFound):
        get_merge_for(session, actor(cast.li, NOW), row.id)
    with pytest.raises(NotFound):
        undo_merge(session, row, actor(cast.li, NOW), kept.version)


def test_two_people_at_once(session, cast, pair, admin):
    kept, other = pair["customers"]
    seen = versions(kept, other)
    save_customer(session, other, {"fax": "1"}, admin)
    session.commit()
    with pytest.raises(StaleRecord):
        merge(session, kept, [other], {}, admin, seen)
    with pytest.raises(StaleRecord):
        merge(session, kept, [other], {}, admin, {})
    session.rollback()
    row = merged(session, kept, other, admin)
    with pytest.raises(DomainError):
        merge(session, kept, [other], {}, admin, versions(kept, other))
    with pytest.raises(StaleRecord):
        undo_merge(session, row, admin, seen[kept.id])


def test_the_last_merge_is_undone_first(session, cast, pair, admin):
    kept, other = pair["customers"]
    third = make_customer(session, cast.wang, name="大同文具")
    session.commit()
    first = merged(session, kept, other, admin)
    second = merged(session, kept, third, admin)
    assert [row.id for row in merges_of(session, kept, admin)] == [second.id, first.id]
    with pytest.raises(DomainError, match="later"):
        undo_merge(session, first, admin, kept.version)
    undo_merge(session, second, admin, kept.version)
    undo_merge(session, first, admin, kept.version)
    assert (other.deleted_at, third.deleted_at) == (None, None)


def test_contacts_of_different_customers_are_not_merged(session, cast, pair, admin):
    mine, _ = pair["contacts"]
    theirs = session.scalars(select(Contact).where(Contact.customer_id != mine.customer_id)).first()
    with pytest.raises(DomainError, match="different"):
        merge(session, mine, [theirs], {}, admin, versions(mine, theirs))


def test_documents_are_not_merged(session, pair, admin):
    orders = session.scalars(select(Order)).all()[:2]
    with pytest.raises(NotAllowed):
        merge(session, orders[0], orders[1:], {}, admin, versions(*orders))


def test_a_city_outside_the_chosen_province_is_refused(session, pair, admin):
    kept, other = pair["customers"]
    cities = session.scalars(select(City).order_by(City.id)).all()
    elsewhere = next(city for city in cities if city.province_id != cities[0].province_id)
    kept.province_id, kept.city_id = cities[0].province_id, cities[0].id
    other.province_id, other.city_id = elsewhere.province_id, elsewhere.id
    session.commit()
    with pytest.raises(FieldError):
        merged(session, kept, other, admin, city_id=True)


def test_after_thirty_days_it_is_final(session, cast, pair, admin, actor):
    kept, other = pair["customers"]
    row, number = merged(session, kept, other, admin), other.id
    later = actor(cast.admin, NOW + timedelta(days=31))
    with pytest.raises(NotFound):
        get_merge_for(session, later, row.id)
    while purge_old(session, later):
        session.commit()
    assert session.get(Customer, number) is None
    assert session.scalars(select(Merge)).all() == []
    assert session.scalars(select(Order).where(Order.customer_id == kept.id)).all()


def test_the_firms_own_fields_take_part(session, cast, pair, admin):
    """D-2: a value is chosen like any other, and what is empty is filled."""
    field = CustomField(entity="customers", label="車牌", kind="text")
    session.add(field)
    session.flush()
    kept, other = pair["customers"]
    key = attribute(field)
    other.custom = with_values(other.custom, {key: "ABC-123"})
    session.commit()
    before = dump(session)
    row = merged(session, kept, other, admin)
    assert value_of(kept, key) == "ABC-123"
    undo_merge(session, row, admin, kept.version)
    session.commit()
    assert value_of(kept, key) is None
    assert differences(before, dump(session)) == {}
