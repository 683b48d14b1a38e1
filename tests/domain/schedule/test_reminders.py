"""S-2, R-3: who is reminded of what, and when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.domain.schedule.reminders import due_reminders, send_reminders
from crm.models import Notice
from tests.factories import give, make_customer, make_record

NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)  # 12:00 in Taipei
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def put(session, actor):
    def put(user, **values):
        given = {"title": "會", "starts_at": NOON, "remind_minutes": 15, **values}
        return save_item(session, None, given, actor(user, NOON - 9 * DAY))

    return put


@pytest.fixture
def due(session):
    def due(since, until):
        session.flush()
        return [(r.person.login, r.moment) for r in due_reminders(session, since, until)]

    return due


def test_so_many_minutes_before_and_once(cast, put, due):
    put(cast.wang)
    moment = NOON - 15 * MINUTE
    assert due(moment - MINUTE, moment) == [("wang", moment)]
    assert due(moment, moment + MINUTE) == due(moment - 2 * MINUTE, moment - MINUTE) == []


@pytest.mark.parametrize("minutes", [0, 1440])
def test_at_the_start_and_a_day_before(cast, put, due, minutes):
    put(cast.wang, remind_minutes=minutes)
    assert due(NOON - 2 * DAY, NOON) == [("wang", NOON - minutes * MINUTE)]


def test_a_whole_day_counts_from_nine(cast, put, due):
    put(cast.wang, all_day=True, remind_minutes=0)
    put(cast.li, all_day=True, remind_minutes=1440)
    nine = datetime(2026, 8, 31, 1, 0, tzinfo=UTC)
    assert due(nine - MINUTE, nine) == [("wang", nine)]
    assert due(nine - DAY - MINUTE, nine - DAY) == [("li", nine - DAY)]


def test_participants_too_and_every_item_of_a_repetition(cast, put, due):
    put(cast.wang, participants={cast.li.id}, repeat="daily", repeat_until=date(2026, 9, 1))
    first = NOON - 15 * MINUTE
    expected = [(login, first + n * DAY) for n in (0, 1) for login in ("li", "wang")]
    assert sorted(due(NOON - DAY, NOON + 5 * DAY), key=lambda each: (each[1], each[0])) == expected


def test_not_of_what_is_over_nor_of_people_who_left(session, cast, put, due, actor):
    by = actor(cast.wang, NOON)
    complete_item(session, put(cast.wang), "好", by)
    delete_item(session, put(cast.wang), by)
    put(cast.wang, remind_minutes=None)
    put(cast.li)
    cast.li.disabled_at = NOON
    assert due(NOON - DAY, NOON + DAY) == []


class TestRecords:
    @pytest.fixture
    def customer(self, session, cast):
        return make_customer(session, cast.wang, now=NOON - 9 * DAY)

    def record(self, session, cast, customer, days=-1, **values):
        given = {"next_contact_at": NOON, "remind_by_email": True, **values}
        return make_record(session, customer, cast.wang, NOON + days * DAY, **given)

    def test_at_the_next_contact(self, session, cast, customer, due):
        self.record(session, cast, customer)
        assert due(NOON - MINUTE, NOON) == [("wang", NOON)]

    def test_only_where_it_was_ticked(self, session, cast, customer, due):
        self.record(session, cast, customer, remind_by_email=False)
        assert due(NOON - MINUTE, NOON) == []

    def test_not_after_a_later_contact_said_otherwise(self, session, cast, customer, due):
        self.record(session, cast, customer, days=-2)
        self.record(session, cast, customer, next_contact_at=NOON + 5 * DAY)
        assert due(NOON - MINUTE, NOON) == []

    def test_the_new_owner_is_reminded(self, session, cast, customer, due):
        self.record(session, cast, customer)
        give(session, customer, cast.li, by=cast.manager)
        assert due(NOON - MINUTE, NOON) == [("li", NOON)]


def test_the_key_is_one_for_each_moment(session, cast, put, actor):
    item = put(cast.wang)
    (before,) = due_reminders(session, NOON - DAY, NOON)
    save_item(session, item, {"starts_at": NOON + DAY}, actor(cast.wang, NOON))
    (after,) = due_reminders(session, NOON, NOON + DAY)
    assert before.key != after.key
    assert (before.starts_at, after.starts_at) == (NOON, NOON + DAY)


class TestDone:
    """A reminder of what is done by now waits for nobody any more (F-4)."""

    def unread(self, session, user):
        session.expire_all()
        wanted = select(Notice.url).where(Notice.user_id == user.id, Notice.kind == "reminder")
        return list(session.scalars(wanted.where(Notice.read_at.is_(None)).order_by(Notice.id)))

    def test_completing_an_item_settles_everybodys(self, session, cast, put, actor):
        item, other = put(cast.wang, participants={cast.li.id}), put(cast.wang)
        assert send_reminders(session, actor(cast.wang, NOON)) == 3
        complete_item(session, item, "好", actor(cast.wang, NOON + MINUTE))
        assert self.unread(session, cast.wang) == [f"/schedule/{other.id}"]
        assert self.unread(session, cast.li) == []

    def test_a_newer_record_settles_that_of_the_contact(self, session, cast, actor):
        customers = [make_customer(session, cast.wang, now=NOON - 9 * DAY) for _ in "ab"]
        for customer in customers:
            given = {"next_contact_at": NOON, "remind_by_email": True}
            make_record(session, customer, cast.wang, NOON - DAY, **given)
        assert send_reminders(session, actor(cast.wang, NOON)) == 2
        make_record(session, customers[0], cast.wang, NOON + MINUTE)
        assert self.unread(session, cast.wang) == [f"/customers/{customers[1].id}"]
