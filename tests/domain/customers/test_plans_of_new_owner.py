"""C-7, Q-4: what was planned with a customer follows it to the new owner, or leaves the schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.customers.contact_records import save_contact_record
from crm.domain.customers.pool import assign_customer, release_customer, transfer_customer
from crm.domain.schedule.items import complete_item, save_item
from crm.domain.schedule.reminders import due_reminders
from crm.models import ContactRecord, CustomerEvent, ScheduleItem
from tests.bare_sales import bare_order, bare_quote
from tests.factories import make_customer, make_record

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, now=NOW - timedelta(days=9))


@pytest.fixture
def plan(session, customer):
    """A contact of that person with a plan, and the item it put into the schedule."""

    def make(by, **values):
        given = {"next_contact_at": LATER, "next_plan": "再訪", **values}
        record = make_record(session, customer, by, at=NOW - timedelta(days=1), **given)
        return session.scalars(select(ScheduleItem).where(ScheduleItem.record_id == record.id)).one()

    return make


def plans_moved(session):
    wanted = select(CustomerEvent).where(CustomerEvent.kind == "plans").order_by(CustomerEvent.id)
    return [(e.before_id, e.before, e.after_id) for e in session.scalars(wanted)]


def test_the_new_owner_has_what_was_planned_and_the_done_stays(session, cast, actor, customer, plan):
    done, planned = plan(cast.wang), plan(cast.wang)
    complete_item(session, done, "談了", actor(cast.wang, NOW))
    version = planned.version
    transfer_customer(session, customer, actor(cast.wang, NOW), cast.li.id)
    assert (done.owner_id, planned.owner_id) == (cast.wang.id, cast.li.id)
    assert planned.version == version + 1
    assert plans_moved(session) == [(cast.wang.id, "1", cast.li.id)]
    assert customer.next_contact_at == LATER


def test_own_entries_and_others_plans_stay_whose_they_are(session, cast, actor, customer, plan):
    theirs = plan(cast.manager)
    values = {"title": "生日", "starts_at": LATER, "customer_id": customer.id}
    own = save_item(session, None, values, actor(cast.wang, NOW))
    transfer_customer(session, customer, actor(cast.manager, NOW), cast.li.id)
    assert (theirs.owner_id, own.owner_id) == (cast.manager.id, cast.wang.id)
    assert plans_moved(session) == []


def test_in_the_pool_nobody_is_to_do_it_and_the_ledger_says_so(session, cast, actor, customer, plan):
    planned = plan(cast.wang)
    release_customer(session, customer, actor(cast.wang, NOW))
    assert (planned.deleted_at, planned.deleted_by_id, planned.owner_id) == (NOW, cast.wang.id, cast.wang.id)
    assert plans_moved(session) == [(cast.wang.id, "1", None)]
    assign_customer(session, customer, actor(cast.manager, NOW), cast.li.id)
    assert planned.deleted_at == NOW


def test_an_old_record_corrected_later_plans_for_who_has_the_customer(session, cast, actor, customer, plan):
    """Not into the schedule of somebody who has nothing to do with the customer any more."""
    planned = plan(cast.wang, add_to_schedule=True)
    record = planned.record_id
    release_customer(session, customer, actor(cast.wang, NOW))
    assign_customer(session, customer, actor(cast.manager, NOW), cast.li.id)
    corrected = session.get_one(ContactRecord, record)
    save_contact_record(session, corrected, customer, {"content": "改"}, actor(cast.admin, NOW + timedelta(hours=1)))
    alive = select(ScheduleItem).where(ScheduleItem.deleted_at.is_(None))
    assert [item.owner_id for item in session.scalars(alive)] == [cast.li.id]


def test_quotes_and_unapproved_orders_go_along_and_approved_ones_stay(session, cast, actor, customer):
    quote = bare_quote(session, customer, cast.wang)
    orders = {
        state: bare_order(session, customer, cast.wang, state)
        for state in ("draft", "pending", "rejected", "approved", "void")
    }
    version = orders["draft"].version
    transfer_customer(session, customer, actor(cast.manager, NOW), cast.li.id)
    assert (quote.owner_id, quote.unit_id) == (cast.li.id, cast.li.unit_id)
    assert {state for state, order in orders.items() if order.owner_id == cast.li.id} == {
        "draft",
        "pending",
        "rejected",
    }
    assert orders["draft"].version == version + 1


def test_who_has_the_customer_is_reminded_and_in_the_pool_nobody(session, cast, actor, customer, plan):
    """R-3: the reminder of a contact record goes where the plan went."""
    plan(cast.wang, remind_by_email=True)

    def reminded():
        return [r.person.id for r in due_reminders(session, NOW, LATER)]

    assert reminded() == [cast.wang.id]
    transfer_customer(session, customer, actor(cast.wang, NOW), cast.li.id)
    assert reminded() == [cast.li.id]
    release_customer(session, customer, actor(cast.li, NOW))
    assert reminded() == []
    made = NOW + timedelta(hours=1)
    values = {"next_contact_at": LATER, "next_plan": "分配前再問", "remind_by_email": True}
    make_record(session, customer, cast.manager, at=made, **values)
    assert reminded() == [cast.manager.id]
