"""S-2: the days of a repetition, and changing one item of it or this one and the following."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.domain.schedule.participants import participants
from crm.domain.schedule.repetition import days_of_rule, moved_days, moved_span
from crm.domain.schedule.series import MAX_ITEMS, rule_of
from crm.entities.record_saving import Actor
from crm.errors import FieldError, NotAllowed
from crm.models import ScheduleItem, ScheduleSeries, rights_of
from crm.models.schedule import FOLLOWING, THIS_ONE

NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Taipei
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def wang(cast, actor):
    return actor(cast.wang, NOON)


@pytest.fixture
def save(session, wang):
    def save(item=None, by=wang, **values):
        given = {"title": "週會", "starts_at": NOON, "ends_at": NOON + HOUR} if item is None else {}
        return save_item(session, item, {**given, **values}, by)

    return save


@pytest.fixture
def weekly(save):
    """Four Mondays."""
    return save(repeat="weekly", repeat_until=date(2026, 9, 21))


@pytest.fixture
def rows(session):
    """Everything that is not deleted, by its time."""

    def rows():
        session.flush()
        alive = session.query(ScheduleItem).filter(ScheduleItem.deleted_at.is_(None))
        return alive.order_by(ScheduleItem.starts_at, ScheduleItem.id).all()

    return rows


def days(items):
    return [f"{item.starts_at:%m-%d}" for item in items]


class TestRule:
    def test_every_day_and_every_week(self):
        first = date(2026, 12, 30)
        assert [d.day for d in days_of_rule("daily", first, date(2027, 1, 2))] == [30, 31, 1, 2]
        assert [d.day for d in days_of_rule("weekly", first, date(2027, 1, 13))] == [30, 6, 13]

    def test_the_31st_is_the_last_day_of_short_months_and_comes_again(self):
        found = days_of_rule("monthly", date(2027, 12, 31), date(2028, 5, 31))
        assert [f"{d:%m-%d}" for d in found] == ["12-31", "01-31", "02-29", "03-31", "04-30", "05-31"]

    def test_the_last_day_is_included_and_none_before_the_first(self):
        assert list(days_of_rule("daily", date(2026, 9, 1), date(2026, 9, 1))) == [date(2026, 9, 1)]
        assert list(days_of_rule("daily", date(2026, 9, 1), date(2026, 8, 31))) == []

    def test_the_clock_stays_when_summer_time_ends(self):
        nine = datetime(2026, 10, 24, 9, tzinfo=BERLIN)
        assert moved_days(nine, 1, BERLIN) == datetime(2026, 10, 25, 8, tzinfo=UTC)
        assert moved_days(nine, 0, BERLIN) == datetime(2026, 10, 24, 7, tzinfo=UTC)

    def test_an_hour_left_out_in_spring_does_not_turn_the_item_round(self):
        start, end = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN), datetime(2026, 3, 28, 3, 10, tzinfo=BERLIN)
        assert moved_span(start, end, 1, BERLIN) == (
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            datetime(2026, 3, 29, 2, 10, tzinfo=UTC),
        )


class TestMaking:
    def test_every_item_stands_in_the_schedule(self, weekly, rows, save):
        assert days(rows()) == ["08-31", "09-07", "09-14", "09-21"]
        assert {(i.title, i.ends_at - i.starts_at, i.owner_id, i.series_id) for i in rows()} == {
            ("週會", HOUR, weekly.owner_id, weekly.series_id)
        }

    def test_in_a_zone_with_summer_time(self, session, cast, rows):
        by = Actor(rights_of(session, cast.wang), NOON, BERLIN)
        start = datetime(2026, 10, 19, 9, tzinfo=BERLIN)
        values = {"title": "會", "starts_at": start, "repeat": "weekly", "repeat_until": date(2026, 11, 2)}
        save_item(session, None, values, by)
        assert [i.starts_at.astimezone(BERLIN).hour for i in rows()] == [9, 9, 9]

    def test_whole_days(self, save, rows):
        save(all_day=True, ends_at=NOON + 24 * HOUR, repeat="monthly", repeat_until=date(2026, 10, 31))
        midnight = [datetime(2026, m, d, 16, tzinfo=UTC) for m, d in ((8, 30), (9, 29), (10, 30))]
        assert [(i.starts_at, i.ends_at) for i in rows()] == [(m, m + timedelta(days=1)) for m in midnight]

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("repeat_until", {"repeat": "daily"}),
            ("repeat", {"repeat_until": date(2026, 9, 1)}),
            ("repeat_until", {"repeat": "daily", "repeat_until": date(2026, 8, 30)}),
            ("repeat_until", {"repeat": "daily", "repeat_until": date(2027, 9, 1)}),
        ],
    )
    def test_half_a_rule_and_too_long_a_one_are_refused(self, save, field, values):
        with pytest.raises(FieldError) as refused:
            save(**values)
        assert refused.value.field == field

    def test_as_many_as_the_days_of_a_year(self, save, rows):
        save(repeat="daily", repeat_until=date(2026, 8, 31) + timedelta(days=MAX_ITEMS - 1))
        assert len(rows()) == MAX_ITEMS

    def test_one_that_stands_alone_begins_to_repeat(self, save, rows):
        item = save(save(), repeat="daily", repeat_until=date(2026, 9, 2))
        assert days(rows()) == ["08-31", "09-01", "09-02"]
        assert rows()[0] is item


class TestOnlyThisOne:
    def test_the_others_stay(self, weekly, rows, save):
        save(rows()[1], applies_to=THIS_ONE, title="改期", starts_at=NOON + timedelta(days=8), ends_at=None)
        assert [(i.title, f"{i.starts_at:%m-%d}") for i in rows()] == [
            ("週會", "08-31"),
            ("改期", "09-08"),
            ("週會", "09-14"),
            ("週會", "09-21"),
        ]

    def test_without_saying_it_is_this_one(self, weekly, rows, save):
        save(rows()[1], title="改")
        assert [i.title for i in rows()] == ["週會", "改", "週會", "週會"]

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("repeat", {"repeat": "daily", "repeat_until": date(2026, 9, 21)}),
            ("repeat", {"repeat": None, "repeat_until": None}),
            ("repeat_until", {"repeat": "weekly", "repeat_until": date(2026, 9, 14)}),
        ],
    )
    def test_the_rule_is_not_this_ones_alone(self, weekly, rows, save, field, values):
        with pytest.raises(FieldError) as refused:
            save(rows()[1], applies_to=THIS_ONE, **values)
        assert refused.value.field == field

    def test_completing_one(self, session, weekly, rows, wang):
        complete_item(session, rows()[1], "開過了", wang)
        assert [i.done_at is not None for i in rows()] == [False, True, False, False]

    def test_deleting_one(self, session, weekly, rows, wang):
        assert delete_item(session, rows()[1], wang) == 1
        assert days(rows()) == ["08-31", "09-14", "09-21"]


class TestFollowing:
    def test_what_was_before_stays(self, session, weekly, rows, save):
        before, third = rows()[:2], rows()[2]
        start = third.starts_at + timedelta(days=1, hours=1)
        save(third, applies_to=FOLLOWING, title="新會", starts_at=start, ends_at=start + 2 * HOUR)
        assert [(i.title, f"{i.starts_at:%m-%d %H}") for i in rows()] == [
            ("週會", "08-31 04"),
            ("週會", "09-07 04"),
            ("新會", "09-15 05"),
        ]
        assert rows()[:2] == before
        assert rule_of(session, before[0]).last_day == date(2026, 9, 13)

    def test_until_the_same_last_day_counts_from_the_new_day(self, weekly, rows, save):
        start = NOON + timedelta(days=14)
        save(rows()[2], applies_to=FOLLOWING, starts_at=start - timedelta(days=1), ends_at=None)
        assert days(rows()) == ["08-31", "09-07", "09-13", "09-20"]

    def test_what_was_done_deleted_or_changed_alone_keeps_its_place(self, session, save, rows, wang):
        save(repeat="weekly", repeat_until=date(2026, 10, 5))
        second, third, fourth = rows()[1:4]
        complete_item(session, second, "好", wang)
        delete_item(session, third, wang)
        save(fourth, applies_to=THIS_ONE, title="外面開")
        start = NOON + HOUR
        save(rows()[0], applies_to=FOLLOWING, title="新", starts_at=start, ends_at=start + HOUR)
        assert [(i.title, f"{i.starts_at:%m-%d %H}") for i in rows()] == [
            ("新", "08-31 05"),
            ("週會", "09-07 04"),
            ("外面開", "09-21 04"),
            ("新", "09-28 05"),
            ("新", "10-05 05"),
        ]

    def test_a_shorter_and_a_longer_rule(self, weekly, rows, save):
        save(rows()[1], applies_to=FOLLOWING, repeat="weekly", repeat_until=date(2026, 9, 14))
        assert days(rows()) == ["08-31", "09-07", "09-14"]
        save(rows()[1], applies_to=FOLLOWING, repeat="weekly", repeat_until=date(2026, 9, 28))
        assert days(rows()) == ["08-31", "09-07", "09-14", "09-21", "09-28"]

    def test_another_frequency_keeps_what_falls_on_its_days(self, session, weekly, rows, save):
        kept = rows()[1].id
        save(rows()[0], applies_to=FOLLOWING, repeat="daily", repeat_until=date(2026, 9, 8))
        assert len(rows()) == 9
        assert kept in {i.id for i in rows()}
        assert session.query(ScheduleSeries).count() == 1

    def test_no_rule_any_more(self, weekly, rows, save):
        save(rows()[1], applies_to=FOLLOWING, repeat=None, repeat_until=None)
        assert days(rows()) == ["08-31", "09-07"]
        assert rows()[1].series_id is None

    def test_the_31st_stays_the_31st_when_changed_from_a_short_month_on(self, save, rows):
        save(starts_at=NOON, ends_at=None, repeat="monthly", repeat_until=date(2026, 12, 31))
        save(rows()[1], applies_to=FOLLOWING, title="盤點")
        assert days(rows()) == ["08-31", "09-30", "10-31", "11-30", "12-31"]
        assert [i.title for i in rows()] == ["週會", *["盤點"] * 4]

    def test_deleting_from_here_on(self, session, weekly, rows, wang, save):
        complete_item(session, rows()[2], "提前開了", wang)
        assert delete_item(session, rows()[1], wang, following=True) == 2
        assert days(rows()) == ["08-31", "09-14"]
        save(rows()[0], applies_to=FOLLOWING, title="再開")
        assert days(rows()) == ["08-31", "09-14"]

    def test_a_completed_one_is_not_where_to_begin(self, session, weekly, rows, wang, save):
        done = complete_item(session, rows()[1], "好", wang)
        for verb in (
            lambda: delete_item(session, done, wang, following=True),
            lambda: save(done, applies_to=FOLLOWING, title="改"),
        ):
            with pytest.raises(NotAllowed):
                verb()
        assert len(rows()) == 4

    def test_participants_follow_too(self, session, cast, save, rows):
        save(repeat="weekly", repeat_until=date(2026, 9, 14), participants={cast.li.id})
        save(rows()[1], applies_to=FOLLOWING, participants={cast.manager.id})
        assert [participants(session, i.id) for i in rows()] == [{cast.li.id}, {cast.manager.id}, {cast.manager.id}]
        save(rows()[2], applies_to=THIS_ONE, participants=set())
        assert participants(session, rows()[2].id) == set()
        save(rows()[1], applies_to=FOLLOWING, title="新")
        assert [participants(session, i.id) for i in rows()] == [{cast.li.id}, {cast.manager.id}, set()]
