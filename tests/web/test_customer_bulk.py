"""C-6 and C-8: several customers at once; what may not be done is left out with its reason."""

import pytest

from crm.models import Contact, Customer, ScheduleItem
from tests.cast import FOUNDED
from tests.factories import make_contact, make_customer, make_record


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
