"""S-1 to S-4: whose items stand on which day, and what may be done with them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.domain.schedule import agenda
from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.errors import FieldError, NotAllowed
from tests.factories import give, make_customer

NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Taipei
TODAY = date(2026, 8, 31)
HOUR = timedelta(hours=1)


@pytest.fixture
def put(session, actor):
    def make(user, title="拜訪", starts_at=NOON, **values):
        return save_item(session, None, {"title": title, "starts_at": starts_at, **values}, actor(user, NOON))

    return make


@pytest.fixture
def titles(session, cast, actor):
    """The titles of Wang's items on the days, as Wang sees them."""

    def find(first, last, user=None):
        by = actor(user or cast.wang, NOON)
        wanted = agenda.owned_by(by.user_id), agenda.covering(first, last, by)
        return [entry.item.title for entry in agenda.entries(session, by.rights, *wanted)]

    return find


class TestDays:
    def test_the_day_is_the_firms(self, cast, put, titles):
        put(cast.wang, "夜", starts_at=datetime(2026, 8, 30, 16, 0, tzinfo=UTC))  # 00:00 in Taipei
        put(cast.wang, "昨", starts_at=datetime(2026, 8, 30, 15, 59, tzinfo=UTC))
        put(cast.wang, "明", starts_at=datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
        assert titles(TODAY, TODAY) == ["夜"]

    def test_an_item_of_several_days_stands_on_each(self, cast, put, titles):
        put(cast.wang, "出差", all_day=True, ends_at=NOON + timedelta(days=2))
        for days in range(-1, 4):
            day = TODAY + timedelta(days=days)
            assert titles(day, day) == (["出差"] if 0 <= days <= 2 else [])

    def test_what_ends_at_midnight_does_not_reach_the_next_day(self, cast, put, titles):
        put(cast.wang, "晚餐", ends_at=datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
        tomorrow = TODAY + timedelta(days=1)
        assert titles(tomorrow, tomorrow) == []

    def test_whole_days_come_first(self, cast, put, titles):
        put(cast.wang, "早", starts_at=datetime(2026, 8, 30, 16, 0, tzinfo=UTC))
        put(cast.wang, "全", all_day=True)
        assert titles(TODAY, TODAY) == ["全", "早"]

    def test_others_items_are_not_mine(self, cast, put, titles):
        put(cast.li)
        assert titles(TODAY, TODAY) == []
        assert titles(TODAY, TODAY, cast.manager) == []

    def test_overdue_is_what_earlier_days_left_undone(self, session, cast, put, actor):
        by = actor(cast.wang, NOON)
        put(cast.wang, "前天", NOON - timedelta(days=2))
        put(cast.wang, "今早", NOON - 3 * HOUR)
        complete_item(session, put(cast.wang, "做完", NOON - timedelta(days=1)), "好", by)
        put(cast.wang, "還在", NOON - timedelta(days=1), all_day=True, ends_at=NOON)
        found = agenda.latest_overdue(session, by.rights, TODAY, by, 20)
        assert [entry.item.title for entry in found] == ["前天"]

    def test_a_month_is_shown_in_whole_weeks(self, session, cast, put, actor):
        assert agenda.month_of(date(2026, 8, 15)) == (date(2026, 7, 27), date(2026, 9, 6))
        assert agenda.month_of(date(2027, 2, 1)) == (date(2027, 2, 1), date(2027, 2, 28))
        put(cast.wang, "跨月", datetime(2026, 7, 20, 4, tzinfo=UTC), all_day=True, ends_at=NOON - timedelta(days=28))
        weeks = agenda.grid(session, cast.wang.id, *agenda.month_of(TODAY), actor(cast.wang, NOON))
        assert [len(week) for week in weeks] == [7] * 6
        marked = [place.day.day for week in weeks for place in week if place.entries]
        assert marked == [27, 28, 29, 30, 31, 1, 2, 3]

    def test_a_customer_no_longer_mine_is_not_named(self, session, cast, put, actor):
        customer = make_customer(session, cast.wang, "大同公司")
        put(cast.wang, customer_id=customer.id)
        by = actor(cast.wang, NOON)
        day = agenda.owned_by(cast.wang.id), agenda.covering(TODAY, TODAY, by)
        assert [e.customer for e in agenda.entries(session, by.rights, *day)] == ["大同公司"]
        give(session, customer, cast.li, by=cast.manager)
        assert [e.customer for e in agenda.entries(session, by.rights, *day)] == [None]


class TestSaving:
    def test_the_end_is_not_before_the_start(self, cast, put):
        with pytest.raises(FieldError) as refused:
            put(cast.wang, ends_at=NOON - HOUR)
        assert refused.value.field == "ends_at"

    def test_an_item_does_not_last_for_months(self, cast, put):
        with pytest.raises(FieldError):
            put(cast.wang, ends_at=NOON + timedelta(days=93))

    def test_a_whole_day_has_no_clock(self, cast, put):
        item = put(cast.wang, all_day=True, ends_at=NOON - HOUR)
        assert item.starts_at == item.ends_at == datetime(2026, 8, 30, 16, 0, tzinfo=UTC)

    def test_completed_with_words_time_and_person(self, session, cast, put, actor):
        item = complete_item(session, put(cast.wang), "簽了合約", actor(cast.wang, NOON + HOUR))
        assert (item.done_note, item.done_at, item.done_by_id) == ("簽了合約", NOON + HOUR, cast.wang.id)

    def test_what_is_completed_stays(self, session, cast, put, actor):
        """S-3: it can be neither deleted, changed nor completed again."""
        by = actor(cast.wang, NOON)
        item = complete_item(session, put(cast.wang), "好", by)
        with pytest.raises(NotAllowed):
            delete_item(session, item, by)
        with pytest.raises(NotAllowed):
            complete_item(session, item, "又", by)
        with pytest.raises(NotAllowed):
            save_item(session, item, {"title": "改"}, by)
        assert (item.deleted_at, item.done_note, item.title) == (None, "好", "拜訪")

    def test_others_may_look_but_not_touch(self, session, cast, put, actor):
        item = put(cast.wang)
        manager = actor(cast.manager, NOON)
        assert item in session.scalars(type(item).visible_to(manager.rights)).all()
        for verb in (
            lambda: save_item(session, item, {"title": "改"}, manager),
            lambda: complete_item(session, item, "", manager),
            lambda: delete_item(session, item, manager),
        ):
            with pytest.raises(NotAllowed):
                verb()
        assert (item.title, item.done_at, item.deleted_at) == ("拜訪", None, None)
