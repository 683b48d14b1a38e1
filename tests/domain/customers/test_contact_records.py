"""R-1 to R-4 and K-3: what a contact record does to its customer and to the schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.customers.contact_records import delete_contact_record, save_contact_record
from crm.domain.customers.pool import release_customer
from crm.domain.schedule.items import save_item
from crm.errors import FieldError, NotAllowed
from crm.models import CustomerEvent, CustomerLevel, RoleGrant, ScheduleItem
from tests.cast import ZONE
from tests.factories import give, level, made_by, make_contact, make_customer, make_record

AUGUST_31 = datetime(2026, 8, 31, 6, 30, tzinfo=UTC)  # 14:30 in Taipei


def local(moment):
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def items(session):
    return list(session.scalars(select(ScheduleItem).where(ScheduleItem.deleted_at.is_(None))))


def test_the_level_sets_the_next_contact_three_days_later_at_nine(session, cast):
    """R-2: 31 August + 3 days = 3 September, at 09:00."""
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    record = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id)
    assert local(record.next_contact_at) == "2026-09-03 09:00"
    assert customer.next_contact_at == record.next_contact_at
    assert customer.last_contact_at == AUGUST_31
    assert customer.level_id == record.level_id


def test_a_level_that_stays_the_same_sets_the_date_too(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31, level_id=level(session, "一般客戶").id)
    make_record(session, customer, cast.wang, AUGUST_31, level_id=customer.level_id)
    assert local(customer.next_contact_at) == "2026-09-07 09:00"


def test_a_level_left_empty_is_the_customers(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31, level_id=level(session, "一般客戶").id)
    record = make_record(session, customer, cast.wang, AUGUST_31)
    assert (record.level_id, customer.level_id) == (None, level(session, "一般客戶").id)
    assert customer.next_contact_at.astimezone(ZONE).isoformat() == "2026-09-07T09:00:00+08:00"
    assert make_record(session, make_customer(session, cast.wang), cast.wang).next_contact_at is None


def test_a_date_typed_by_hand_stays(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    by_hand = AUGUST_31 + timedelta(days=10)
    make_record(
        session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id, next_contact_at=by_hand
    )
    assert customer.next_contact_at == by_hand


def test_a_level_without_days_leaves_the_date_as_it_is(session, cast):
    lasting = CustomerLevel(name="長期", reminder_days=None)
    session.add(lasting)
    session.flush()
    planned = AUGUST_31 + timedelta(days=20)
    customer = make_customer(session, cast.wang, now=AUGUST_31, next_contact_at=planned)
    make_record(session, customer, cast.wang, AUGUST_31, level_id=lasting.id)
    assert customer.next_contact_at == planned


@pytest.mark.parametrize(
    ("hour", "planned"), [(8, "2026-08-31 09:00"), (9, "2026-08-31 09:00"), (14, "2026-09-01 09:00")]
)
def test_a_level_of_no_days_never_plans_before_the_visit(session, cast, hour, planned):
    level(session, "重要客戶").reminder_days = 0
    at = datetime(2026, 8, 31, hour, tzinfo=ZONE)
    record = make_record(
        session, make_customer(session, cast.wang), cast.wang, at, level_id=level(session, "重要客戶").id
    )
    assert local(record.next_contact_at) == planned


def test_the_plan_stands_in_the_schedule_at_the_next_contact(session, cast):
    """R-3."""
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    record = make_record(
        session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id, next_plan="帶樣品去"
    )
    (found,) = items(session)
    assert (found.title, found.starts_at, found.owner_id) == ("帶樣品去", record.next_contact_at, cast.wang.id)
    assert found.customer_id == customer.id


def test_without_the_tick_nothing_comes_into_the_schedule(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    make_record(
        session, customer, cast.wang, AUGUST_31, next_contact_at=AUGUST_31 + timedelta(days=1), add_to_schedule=False
    )
    assert items(session) == []


def test_correcting_a_record_moves_its_item_in_the_schedule(session, cast, actor):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    plan = {"next_contact_at": AUGUST_31 + timedelta(days=1), "next_plan": "帶樣品"}
    record = make_record(session, customer, cast.wang, AUGUST_31, **plan)
    later = AUGUST_31 + timedelta(days=5)
    save_contact_record(session, record, customer, {"next_contact_at": later}, actor(cast.wang, AUGUST_31))
    (found,) = items(session)
    assert found.starts_at == later
    assert customer.next_contact_at == later


def test_deleting_the_newest_puts_the_customer_back(session, cast, actor):
    """R-4."""
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    plan = {"next_plan": "帶樣品"}
    first = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "一般客戶").id, **plan)
    second_at = AUGUST_31 + timedelta(hours=2)
    second = make_record(session, customer, cast.wang, second_at, level_id=level(session, "重要客戶").id, **plan)
    assert customer.level_id == second.level_id
    delete_contact_record(session, second, actor(cast.wang, second_at))
    assert customer.last_contact_at == first.contacted_at
    assert customer.next_contact_at == first.next_contact_at
    assert customer.level_id == first.level_id
    assert [i.record_id for i in items(session)] == [first.id]


def test_deleting_the_only_one_puts_the_customer_back_to_what_it_was(session, cast, actor):
    planned = AUGUST_31 + timedelta(days=20)
    before = level(session, "潛在客戶").id
    customer = make_customer(session, cast.wang, now=AUGUST_31, next_contact_at=planned, level_id=before)
    record = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id)
    delete_contact_record(session, record, actor(cast.wang, AUGUST_31))
    assert (customer.last_contact_at, customer.next_contact_at, customer.level_id) == (None, planned, before)


def test_deleting_one_in_the_middle_changes_nothing_until_the_newest_goes(session, cast, actor):
    start = level(session, "低價值客戶").id
    customer = make_customer(session, cast.wang, now=AUGUST_31, level_id=start)
    names = ("潛在客戶", "一般客戶", "重要客戶")
    records = [
        make_record(session, customer, cast.wang, AUGUST_31 + timedelta(hours=n), level_id=level(session, name).id)
        for n, name in enumerate(names)
    ]
    now = AUGUST_31 + timedelta(hours=3)
    delete_contact_record(session, records[1], actor(cast.wang, now))
    assert customer.level_id == records[2].level_id
    delete_contact_record(session, records[2], actor(cast.wang, now))
    assert customer.level_id == records[0].level_id
    assert customer.next_contact_at == records[0].next_contact_at
    delete_contact_record(session, records[0], actor(cast.wang, now))
    assert (customer.level_id, customer.next_contact_at) == (start, None)


def test_a_level_changed_by_hand_since_stays_when_the_record_goes(session, cast, actor):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    record = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id)
    by_hand = level(session, "低價值客戶").id
    customer.level_id = by_hand
    delete_contact_record(session, record, actor(cast.wang, AUGUST_31))
    assert customer.level_id == by_hand


def test_a_record_written_late_does_not_become_the_last_contact(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    newest = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "重要客戶").id)
    make_record(
        session,
        customer,
        cast.wang,
        AUGUST_31 - timedelta(days=3),
        now=AUGUST_31,
        level_id=level(session, "一般客戶").id,
    )
    assert customer.last_contact_at == newest.contacted_at
    assert customer.level_id == newest.level_id
    assert customer.next_contact_at == newest.next_contact_at


def test_moving_the_newest_before_another_lets_the_other_speak(session, cast, actor):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    first = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "一般客戶").id)
    second = make_record(
        session, customer, cast.wang, AUGUST_31 + timedelta(hours=1), level_id=level(session, "重要客戶").id
    )
    earlier = AUGUST_31 - timedelta(days=1)
    save_contact_record(
        session, second, customer, {"contacted_at": earlier}, actor(cast.wang, AUGUST_31 + timedelta(hours=2))
    )
    assert customer.last_contact_at == first.contacted_at
    assert customer.level_id == first.level_id


def test_the_change_of_level_is_in_the_ledger(session, cast):
    """C-9."""
    before, after = level(session, "潛在客戶").id, level(session, "重要客戶").id
    customer = make_customer(session, cast.wang, now=AUGUST_31, level_id=before)
    make_record(session, customer, cast.wang, AUGUST_31, level_id=after)
    event = session.scalars(select(CustomerEvent).where(CustomerEvent.kind == "level")).one()
    assert (event.before_id, event.after_id, event.by_id) == (before, after, cast.wang.id)


def test_a_contact_of_another_customer_is_refused(session, cast):
    mine, other = make_customer(session, cast.wang), make_customer(session, cast.wang)
    stranger = make_contact(session, other, cast.wang)
    with pytest.raises(FieldError) as refused:
        make_record(session, mine, cast.wang, contact_id=stranger.id)
    assert refused.value.field == "contact_id"


def test_the_future_and_a_next_contact_before_this_one_are_refused(session, cast):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    with pytest.raises(FieldError) as refused:
        make_record(session, customer, cast.wang, AUGUST_31 + timedelta(days=1), now=AUGUST_31)
    assert refused.value.field == "contacted_at"
    with pytest.raises(FieldError) as refused:
        make_record(session, customer, cast.wang, AUGUST_31, next_contact_at=AUGUST_31 - timedelta(days=1))
    assert refused.value.field == "next_contact_at"


def test_only_the_maker_deletes_and_only_on_the_same_day(session, cast, actor):
    """K-3, in the firm's days: 23:59 is the same day, 00:00 the next."""
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    record = make_record(session, customer, cast.wang, AUGUST_31)
    with pytest.raises(NotAllowed):
        delete_contact_record(session, record, actor(cast.manager, AUGUST_31))
    midnight = datetime(2026, 8, 31, 16, 0, tzinfo=UTC)
    with pytest.raises(NotAllowed):
        delete_contact_record(session, record, actor(cast.wang, midnight))
    delete_contact_record(session, record, actor(cast.wang, midnight - timedelta(seconds=1)))
    assert record.deleted_at is not None


def test_an_administrator_always_deletes(session, cast, actor):
    customer = make_customer(session, cast.wang, now=AUGUST_31)
    record = make_record(session, customer, cast.wang, AUGUST_31)
    delete_contact_record(session, record, actor(cast.admin, AUGUST_31 + timedelta(days=40)))
    assert record.deleted_at is not None


def test_what_was_there_before_the_assignment_stays(session, cast, actor):
    """K-3, Q-2: a customer from the pool, a record from before."""
    customer = make_customer(session, cast.li, now=AUGUST_31)
    record = make_record(session, customer, cast.li, AUGUST_31)
    release_customer(session, customer, actor(cast.li, AUGUST_31 + timedelta(minutes=30)))
    give(session, customer, cast.li, cast.manager, AUGUST_31 + timedelta(hours=1))
    with pytest.raises(NotAllowed):
        delete_contact_record(session, record, actor(cast.li, AUGUST_31 + timedelta(hours=2)))


def test_a_correction_writes_only_what_it_changed_into_the_ledger(session, cast, actor):
    """C-9: not the level there and back again."""
    customer = make_customer(session, cast.wang, now=AUGUST_31, level_id=level(session, "重要客戶").id)
    record = make_record(session, customer, cast.wang, AUGUST_31, level_id=level(session, "一般客戶").id)

    def changes():
        wanted = select(CustomerEvent).where(CustomerEvent.kind == "level").order_by(CustomerEvent.id)
        return [(e.before_id, e.after_id) for e in session.scalars(wanted)]

    important, usual, low = (level(session, name).id for name in ("重要客戶", "一般客戶", "低價值客戶"))
    save_contact_record(session, record, customer, {"content": "改"}, actor(cast.wang, AUGUST_31))
    assert changes() == [(important, usual)]
    save_contact_record(session, record, customer, {"level_id": low}, actor(cast.wang, AUGUST_31))
    delete_contact_record(session, record, actor(cast.wang, AUGUST_31))
    assert changes() == [(important, usual), (usual, low), (low, important)]


class TestPlannedAndOver:
    """What was planned for the contact's day, or before it, has taken place by it; nothing stays overdue (R-4)."""

    DAY = timedelta(days=1)

    def planned(self, session, customer, by, at, days, **values):
        return make_record(session, customer, by, at, next_contact_at=at + days * self.DAY, **values)

    @pytest.mark.parametrize("days", [2, 5])
    def test_a_newer_record_without_a_plan_takes_the_date_away(self, session, cast, days):
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 2)
        later = AUGUST_31 + days * self.DAY
        record = make_record(session, customer, cast.wang, later)
        assert (customer.next_contact_at, customer.last_contact_at) == (None, later)
        delete_contact_record(session, record, made_by(session, cast.wang, later))
        assert (customer.next_contact_at, customer.last_contact_at) == (AUGUST_31 + 2 * self.DAY, AUGUST_31)

    def test_a_date_to_come_stays(self, session, cast):
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 5)
        make_record(session, customer, cast.wang, AUGUST_31 + self.DAY)
        assert customer.next_contact_at == AUGUST_31 + 5 * self.DAY

    def test_its_item_is_completed_with_the_words_and_open_again_without_the_record(self, session, cast):
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 2, next_plan="拜訪")
        self.planned(session, customer, cast.wang, AUGUST_31, 30, next_plan="年底再訪")
        later = AUGUST_31 + 4 * self.DAY
        record = make_record(session, customer, cast.wang, later, content="去過了")
        visit, end_of_year = items(session)
        assert (visit.done_at, visit.done_by_id, visit.done_note) == (later, cast.wang.id, "去過了")
        assert end_of_year.done_at is None
        delete_contact_record(session, record, made_by(session, cast.wang, later))
        assert [each.done_at for each in items(session)] == [None, None]

    def test_a_colleagues_plan_and_what_was_entered_by_hand_stay(self, session, cast):
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 2, next_plan="拜訪")
        by_hand = {"title": "簽約", "starts_at": AUGUST_31 + self.DAY, "customer_id": customer.id}
        save_item(session, None, by_hand, made_by(session, cast.manager, AUGUST_31))
        make_record(session, customer, cast.manager, AUGUST_31 + 4 * self.DAY)
        assert [each.done_at for each in items(session)] == [None, None]

    def test_a_record_of_earlier_days_completes_nothing_of_later_ones(self, session, cast):
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 2, next_plan="拜訪")
        make_record(session, customer, cast.wang, AUGUST_31 + self.DAY, now=AUGUST_31 + 9 * self.DAY)
        (visit,) = items(session)
        assert visit.done_at is None

    def test_it_needs_no_right_to_the_schedule(self, session, cast):
        """As 加入日程 needs none: whoever may write the record has it all."""
        customer = make_customer(session, cast.wang, now=AUGUST_31)
        self.planned(session, customer, cast.wang, AUGUST_31, 2, next_plan="拜訪")
        for permission in ("schedule:view", "schedule:save"):
            session.query(RoleGrant).filter_by(permission=permission).delete()
        session.commit()
        make_record(session, customer, cast.wang, AUGUST_31 + 4 * self.DAY)
        assert items(session)[0].done_at is not None
