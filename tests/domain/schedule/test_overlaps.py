"""S-1: items of the same person at the same time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.domain.schedule import agenda
from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.domain.schedule.overlaps import in_conflict, overlaps_of
from crm.domain.schedule.series import items_saved_with
from tests.cast import ZONE
from tests.factories import make_customer, make_record

NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Taipei
TODAY = date(2026, 8, 31)
HOUR = timedelta(hours=1)


@pytest.fixture
def put(session, actor):
    def put(user, begin=0.0, end=None, **values):
        """An item from so many hours after noon to so many."""
        times = {"starts_at": NOON + begin * HOUR, "ends_at": None if end is None else NOON + end * HOUR}
        return save_item(session, None, {"title": "會", **times, **values}, actor(user, NOON))

    return put


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ((0, 2), (1, 3), True),
        ((0, 3), (1, 2), True),
        ((0, 1), (1, 2), False),
        ((0, 1), (0, 1), True),
        ((0, 2), (1, None), True),
        ((0, 2), (2, None), False),
        ((0, 2), (0, None), True),
        ((1, None), (1, None), True),
        ((1, None), (1.5, None), False),
    ],
)
def test_two_items(cast, put, one, other, clash):
    pair = [put(cast.wang, *one), put(cast.wang, *other)]
    expected = frozenset(item.id for item in pair) if clash else frozenset()
    assert in_conflict(pair, ZONE) == in_conflict(pair[::-1], ZONE) == expected


def test_a_whole_day_takes_all_of_it(cast, put):
    day, night, next_day = put(cast.wang, all_day=True), put(cast.wang, 11, 11.9), put(cast.wang, 12, 13)
    assert in_conflict([day, night, next_day], ZONE) == {day.id, night.id}


def test_what_a_record_plans_is_to_be_done_some_time_that_day(session, cast, put):
    """Two customers are both to be called at 09:00: no conflict."""
    for name in ("甲公司", "乙公司"):
        plan = {"next_contact_at": NOON + HOUR, "next_plan": "致電"}
        make_record(session, make_customer(session, cast.wang, name), cast.wang, NOON, **plan)
    items = session.query(type(put(cast.wang, 0, 2))).all()
    assert len(items) == 3
    assert in_conflict(items, ZONE) == frozenset()


def test_what_is_completed_is_over(session, cast, put, actor):
    done = complete_item(session, put(cast.wang, 0, 2), "好", actor(cast.wang, NOON))
    assert in_conflict([done, put(cast.wang, 1, 3)], ZONE) == frozenset()


def test_three_where_the_middle_one_touches_both(cast, put):
    items = [put(cast.wang, 0, 5), put(cast.wang, 1, 2), put(cast.wang, 3, 4), put(cast.wang, 5, 6)]
    assert in_conflict(items, ZONE) == {item.id for item in items[:3]}


class TestGrid:
    def test_today_week_and_month_mark_them(self, session, cast, put, actor):
        put(cast.wang, 0, 2), put(cast.wang, 1, 3), put(cast.wang, 4, 5), put(cast.li, 0, 9)
        by = actor(cast.wang, NOON)
        for first, last in ((TODAY, TODAY), agenda.month_of(TODAY)):
            entries = [
                e for week in agenda.grid(session, cast.wang.id, first, last, by) for d in week for e in d.entries
            ]
            assert [entry.in_conflict for entry in entries] == [True, True, False]

    def test_what_i_take_part_in_counts_as_mine(self, session, cast, put, actor):
        put(cast.wang, 0, 2), put(cast.li, 1, 3, participants={cast.wang.id})
        by = actor(cast.wang, NOON)
        (day,) = agenda.grid(session, cast.wang.id, TODAY, TODAY, by)[0]
        assert [entry.in_conflict for entry in day.entries] == [True, True]
        (day,) = agenda.grid(session, cast.li.id, TODAY, TODAY, actor(cast.li, NOON))[0]
        assert [entry.in_conflict for entry in day.entries] == [False]


class TestSaving:
    def told(self, session, by, item):
        return [(o.person_id, o.other_id) for o in overlaps_of(session, items_saved_with(session, item), by)]

    def test_of_the_owner(self, session, cast, put, actor):
        other = put(cast.wang, 0, 2)
        put(cast.li, 0, 2)
        item = put(cast.wang, 1, 3)
        assert self.told(session, actor(cast.wang, NOON), item) == [(cast.wang.id, other.id)]

    def test_of_the_participants(self, session, cast, put, actor):
        own, invited = put(cast.li, 0, 2), put(cast.manager, 0, 2, participants={cast.li.id})
        item = put(cast.wang, 1, 3, participants={cast.li.id})
        found = self.told(session, actor(cast.wang, NOON), item)
        assert found == [(cast.li.id, own.id), (cast.li.id, invited.id)]

    def test_of_every_item_of_a_repetition(self, session, cast, put, actor):
        put(cast.wang, 0, 2), put(cast.wang, 24 * 7, 24 * 7 + 2)
        item = put(cast.wang, 1, 3, repeat="weekly", repeat_until=date(2026, 10, 1))
        assert len(self.told(session, actor(cast.wang, NOON), item)) == 2

    def test_a_long_absence_begun_weeks_ago(self, session, cast, put, actor):
        away = put(cast.wang, -24 * 60, 24 * 5, all_day=True)
        assert self.told(session, actor(cast.wang, NOON), put(cast.wang, 1)) == [(cast.wang.id, away.id)]

    def test_not_with_what_is_deleted_nor_itself(self, session, cast, put, actor):
        by = actor(cast.wang, NOON)
        delete_item(session, put(cast.wang, 0, 2), by)
        item = put(cast.wang, 1, 3)
        assert self.told(session, by, item) == []
        save_item(session, item, {"title": "改"}, by)
        assert self.told(session, by, item) == []
