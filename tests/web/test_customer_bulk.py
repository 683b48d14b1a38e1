"""C-6 and C-8: several customers at once; what may not be done is left out with its reason."""

import pytest
from sqlalchemy import select

from crm.models import Contact, Customer, CustomerEvent, ScheduleItem
from tests.cast import FOUNDED
from tests.factories import item, level, make_contact, make_customer, make_record
from tests.web.test_pool import text


@pytest.fixture
def two(session, cast):
    return [make_customer(session, cast.wang, name=f"客戶{n}") for n in "甲乙"]


def bulk(person, action, customers, **values):
    return person.post("/customers/bulk", {"action": action, "ids": [c.id for c in customers], **values})


def test_it_says_how_many_before_it_does(as_user, session, two):
    answer = bulk(as_user("wang"), "pool", two)
    assert answer.status_code == 200
    assert "2" in answer.get_data(as_text=True)
    assert all(c.owner_id for c in two)


def test_the_next_contact_of_several(as_user, session, two):
    wang = as_user("wang")
    assert bulk(wang, "next", two, confirmed="1", next_contact_at="soon").status_code in (200, 422)
    assert [c.next_contact_at for c in two] == [None, None]
    bulk(wang, "next", two, confirmed="1", next_contact_at="2099-08-31 10:00")
    assert {c.next_contact_at.isoformat() for c in two} == {"2099-08-31T02:00:00+00:00"}


def test_several_get_another_owner_or_go_into_the_pool(as_user, session, cast, two):
    wang = as_user("wang")
    bulk(wang, "owner", two[:1], confirmed="1", owner_id=str(cast.li.id))
    bulk(wang, "pool", two[1:], confirmed="1")
    assert (two[0].owner_id, two[1].owner_id, two[1].pool) == (cast.li.id, None, "pool")


def test_deleting_takes_along_what_belongs_to_it(as_user, session, cast, two):
    contact = make_contact(session, two[0], cast.wang)
    make_record(session, two[0], cast.wang)
    bulk(as_user("wang"), "delete", two[:1], confirmed="1")
    assert session.get(Customer, two[0].id).deleted_at is not None
    assert session.get(Contact, contact.id).deleted_at is not None
    assert session.query(ScheduleItem).filter(ScheduleItem.deleted_at.is_(None)).count() == 0


def test_with_an_old_record_only_an_administrator_deletes(as_user, session, cast, two):
    make_record(session, two[0], cast.wang, FOUNDED)
    bulk(as_user("wang"), "delete", two, confirmed="1")
    assert [session.get(Customer, c.id).deleted_at is None for c in two] == [True, False]
    bulk(as_user("admin"), "delete", two[:1], confirmed="1")
    assert session.get(Customer, two[0].id).deleted_at is not None


def test_li_does_nothing_with_wangs(as_user, session, cast, two):
    li = as_user("li")
    for action, values in (("delete", {}), ("pool", {}), ("next", {"next_contact_at": "2099-01-01"})):
        bulk(li, action, two, confirmed="1", **values)
    assert all(c.owner_id == cast.wang.id and c.deleted_at is None and c.next_contact_at is None for c in two)


def choices(session):
    """(action, the field, the ids of two values) of each change of class."""
    levels = (level(session, "重要客戶"), level(session, "一般客戶"))
    statuses = (item(session, "customer_status", "意向"), item(session, "customer_status", "成交"))
    categories = session.query(type(statuses[0])).filter_by(dictionary="customer_category").limit(2).all()
    return (("level", "level_id", levels), ("status", "status_id", statuses), ("category", "category_id", categories))


@pytest.mark.parametrize("which", range(3))
def test_level_status_and_category_of_several(as_user, session, two, which):
    action, field, (one, _other) = choices(session)[which]
    wang = as_user("wang")
    assert "2" in text(bulk(wang, action, two))
    assert bulk(wang, action, two, confirmed="1").status_code == 422
    assert bulk(wang, action, two, confirmed="1", **{field: "999999"}).status_code == 422
    assert [getattr(c, field) for c in two] == [None, None] or action == "status"
    versions = [c.version for c in two]
    bulk(wang, action, two[:1], confirmed="1", **{field: one.id})
    answer = bulk(wang, action, two, confirmed="1", **{field: one.id})
    assert {getattr(c, field) for c in two} == {one.id}
    assert [c.version for c in two] == [v + 1 for v in versions]
    told = text(wang.get(answer.location))
    assert "1" in told and "原本已是此值" in told


def test_the_ledger_keeps_level_and_status_with_before_and_after(as_user, session, cast, two):
    """C-9; the category is no event."""
    for action, field, values in choices(session):
        for value in values:
            bulk(as_user("wang"), action, two[:1], confirmed="1", **{field: value.id})
    found = session.scalars(select(CustomerEvent).where(CustomerEvent.kind.in_(("level", "status", "category"))))
    by_kind = {}
    for event in found:
        assert (event.customer_id, event.by_id) == (two[0].id, cast.wang.id)
        by_kind.setdefault(event.kind, []).append((event.before_id, event.after_id))
    levels, statuses, _categories = (tuple(v.id for v in values) for _, _, values in choices(session))
    assert by_kind == {"level": [(None, levels[0]), levels], "status": [(None, statuses[0]), statuses]}


def test_a_retired_value_is_not_given_and_others_customers_stay(as_user, session, cast, two):
    one = level(session, "重要客戶")
    bulk(as_user("li"), "level", two, confirmed="1", level_id=one.id)
    one.retired = True
    bulk(as_user("wang"), "level", two, confirmed="1", level_id=one.id)
    industry = session.query(type(choices(session)[1][2][0])).filter_by(dictionary="industry").first()
    bulk(as_user("wang"), "status", two, confirmed="1", status_id=industry.id)
    assert [(c.level_id, c.status_id) for c in two] == [(None, None)] * 2
