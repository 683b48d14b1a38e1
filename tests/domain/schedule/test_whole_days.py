"""What is planned for a day keeps its day in every time zone; what lasts an hour lasts an hour (S-2, R-2, R-4)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sqlalchemy.orm import Session

from crm.domain.customers.contact_records import delete_contact_record
from crm.domain.platform.settings import change_settings
from crm.domain.schedule import agenda
from crm.domain.schedule.calendar_file import CalendarTexts, calendar_of
from crm.domain.schedule.items import save_item
from crm.domain.schedule.overlaps import overlaps_of
from crm.domain.schedule.reminders import due_reminders
from crm.domain.schedule.series import items_saved_with
from crm.entities.record_saving import Actor
from crm.models import ScheduleItem, User
from crm.models.schedule import DAILY, FOLLOWING, WEEKLY
from tests.cast import Cast
from tests.factories import make_customer, make_record

TAIPEI = ZoneInfo("Asia/Taipei")
ZONES = ("America/New_York", "Pacific/Auckland", "Asia/Tokyo", "Pacific/Honolulu", "UTC")
NOON = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)
MONDAY = date(2026, 8, 31)
DAY = timedelta(days=1)
Put = Callable[..., ScheduleItem]


@pytest.fixture
def put(session: Session, actor: Callable[..., Actor]) -> Put:
    def make(user: User, title: str = "特休", zone: ZoneInfo = TAIPEI, **values: Any) -> ScheduleItem:
        by = actor(user, NOON)
        return save_item(session, None, {"title": title, **values}, Actor(by.rights, by.now, zone))

    return make


def days_in_grid(session: Session, by: Actor) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for week in agenda.grid(session, by.user_id, MONDAY - 7 * DAY, MONDAY + 20 * DAY, by):
        for place in week:
            for entry in place.entries:
                found.setdefault(entry.item.title, []).append(place.day)
    return found


def words() -> CalendarTexts:
    return CalendarTexts("c", "d", "k", "p", "m", ": ", str, str)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("saved", [True, False])
class TestAnotherZone:
    """The firm moves its clock; also where only whoever asks has another one (`saved` no)."""

    @pytest.fixture
    def by(self, session: Session, cast: Cast, put: Put, actor: Callable[..., Actor], zone: str, saved: bool) -> Actor:
        put(cast.wang, "一天", starts_at=NOON, all_day=True, remind_minutes=0)
        put(cast.wang, "三天", starts_at=NOON + DAY, ends_at=NOON + 3 * DAY, all_day=True)
        put(cast.wang, "每週", starts_at=NOON, all_day=True, repeat=WEEKLY, repeat_until=MONDAY + 14 * DAY)
        session.commit()
        if saved:
            change_settings(session, timezone=zone)
            session.commit()
            session.expire_all()
        one = actor(cast.wang, NOON)
        return Actor(one.rights, one.now, ZoneInfo(zone))

    def test_the_grid_shows_the_days(self, session: Session, by: Actor) -> None:
        assert days_in_grid(session, by) == {
            "一天": [MONDAY],
            "三天": [MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY],
            "每週": [MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY],
        }

    def test_a_day_lists_them_and_they_are_late_from_the_next_day_on(self, session: Session, by: Actor) -> None:
        for day, wanted in ((MONDAY - DAY, set()), (MONDAY, {"一天", "每週"}), (MONDAY + 3 * DAY, {"三天"})):
            found = agenda.entries(session, by.rights, agenda.of_person_on(by.user_id, day, day, by))
            assert {entry.item.title for entry in found} == wanted, day
        late = agenda.latest_overdue(session, by.rights, MONDAY, by, 20)
        assert [entry.item.title for entry in late] == []
        late = agenda.latest_overdue(session, by.rights, MONDAY + DAY, by, 20)
        assert {entry.item.title for entry in late} == {"一天", "每週"}

    def test_the_calendar_file_has_the_days(self, session: Session, by: Actor) -> None:
        events = icalendar.Calendar.from_ical(calendar_of(session, by, words())).walk("VEVENT")
        one = {str(e["summary"]): (e["dtstart"].dt, e["dtend"].dt) for e in events if e["summary"] != "每週"}
        assert one == {"一天": (MONDAY, MONDAY + DAY), "三天": (MONDAY + DAY, MONDAY + 4 * DAY)}

    def test_what_overlaps_them_does_so_by_the_day(self, session: Session, cast: Cast, put: Put, by: Actor) -> None:
        evening = datetime(2026, 8, 31, 23, 0, tzinfo=by.zone).astimezone(UTC)
        item = save_item(session, None, {"title": "晚餐", "starts_at": evening}, by)
        assert {o.other.title for o in self.others(session, item, by)} == {"一天", "每週"}
        early = datetime(2026, 8, 30, 23, 0, tzinfo=by.zone).astimezone(UTC)
        item = save_item(session, None, {"title": "前夜", "starts_at": early}, by)
        assert self.others(session, item, by) == []

    def others(self, session: Session, item: ScheduleItem, by: Actor) -> list[Any]:
        found = overlaps_of(session, [item], by)
        for each in found:
            session.get_one(ScheduleItem, each.other_id)
        return [type("O", (), {"other": session.get_one(ScheduleItem, each.other_id)}) for each in found]

    def test_one_is_reminded_at_nine_of_the_day(self, session: Session, by: Actor, saved: bool) -> None:
        zone = by.zone if saved else TAIPEI
        nine = datetime(2026, 8, 31, 9, 0, tzinfo=zone).astimezone(UTC)
        found = [r.moment for r in due_reminders(session, nine - 2 * DAY, nine + 2 * DAY)]
        assert found == [nine]

    def test_saved_again_it_stays_on_its_day(self, session: Session, by: Actor, saved: bool) -> None:
        item = session.query(ScheduleItem).filter_by(title="三天").one()
        if saved:
            save_item(session, item, {"title": "三日", "starts_at": item.starts_at, "ends_at": item.ends_at}, by)
        else:
            save_item(session, item, {"title": "三日"}, Actor(by.rights, by.now, TAIPEI))
        assert (item.first_day, item.last_day) == (MONDAY + DAY, MONDAY + 3 * DAY)


@pytest.mark.parametrize("zone", ZONES)
def test_a_planned_contact_keeps_its_day_and_is_taken_back_as_before(
    session: Session, cast: Cast, actor: Callable[..., Actor], zone: str
) -> None:
    customer = make_customer(session, cast.wang)
    first = datetime(2026, 9, 3, 1, 0, tzinfo=UTC)  # 09:00 in Taipei
    timed = datetime(2026, 9, 9, 6, 30, tzinfo=UTC)  # 14:30
    make_record(session, customer, cast.wang, NOON, next_contact_at=first, add_to_schedule=True, next_plan="回電")
    newest = make_record(session, customer, cast.wang, NOON + DAY, next_contact_at=timed)
    change_settings(session, timezone=zone)
    session.expire_all()
    assert customer.next_contact_at == timed  # an appointment is a moment
    by = Actor(actor(cast.admin, NOON + 2 * DAY).rights, NOON + 2 * DAY, ZoneInfo(zone))
    delete_contact_record(session, newest, by)
    assert customer.next_contact_at is not None
    assert f"{customer.next_contact_at.astimezone(by.zone):%Y-%m-%d %H:%M}" == "2026-09-03 09:00"
    (item,) = session.query(ScheduleItem).filter_by(title="回電")
    assert item.starts_at == customer.next_contact_at


NEW_YORK = ZoneInfo("America/New_York")


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK, fold=fold).astimezone(UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (local(2027, 3, 12, 1, 30), local(2027, 3, 12, 2, 30)),  # over the hour that is left out on the 14th
        (local(2027, 3, 12, 1, 0), local(2027, 3, 12, 4, 0)),
        (local(2027, 3, 12, 22, 0), local(2027, 3, 13, 6, 0)),  # a night
        (local(2026, 10, 30, 0, 30), local(2026, 10, 30, 1, 30)),  # over the hour that comes twice on 1 November
        (local(2026, 10, 30, 1, 30), local(2026, 10, 30, 2, 0)),
    ],
)
def test_what_repeats_lasts_as_long_on_the_days_when_the_clock_is_changed(
    session: Session, cast: Cast, put: Put, start: datetime, end: datetime
) -> None:
    last = start.astimezone(NEW_YORK).date() + 5 * DAY
    item = put(cast.wang, zone=NEW_YORK, starts_at=start, ends_at=end, repeat=DAILY, repeat_until=last)
    found = items_saved_with(session, item)
    assert len(found) == 6
    assert {each.ends_at - each.starts_at for each in found if each.ends_at} == {end - start}
    clocks = [f"{each.starts_at.astimezone(NEW_YORK):%H:%M}" for each in found]
    assert set(clocks) == {f"{start.astimezone(NEW_YORK):%H:%M}"}


def test_what_lasts_days_ends_at_its_clock_and_moving_all_keeps_the_length(
    session: Session, cast: Cast, put: Put, actor: Callable[..., Actor]
) -> None:
    start, end = local(2027, 3, 1, 9, 0), local(2027, 3, 3, 17, 0)
    fair = put(cast.wang, zone=NEW_YORK, starts_at=start, ends_at=end, repeat=WEEKLY, repeat_until=date(2027, 3, 20))
    ends = [f"{each.ends_at.astimezone(NEW_YORK):%d %H:%M}" for each in items_saved_with(session, fair) if each.ends_at]
    assert ends == ["03 17:00", "10 17:00", "17 17:00"]
    hour = put(
        cast.wang, "會議", NEW_YORK, starts_at=local(2027, 3, 10, 1, 0), ends_at=local(2027, 3, 10, 2, 0),
        repeat=DAILY, repeat_until=date(2027, 3, 16),
    )  # fmt: skip
    moved = {"starts_at": local(2027, 3, 10, 1, 30), "ends_at": local(2027, 3, 10, 2, 30), "applies_to": FOLLOWING}
    by = actor(cast.wang, NOON)
    save_item(session, hour, moved, Actor(by.rights, by.now, NEW_YORK))
    lengths = {each.ends_at - each.starts_at for each in items_saved_with(session, hour) if each.ends_at}
    assert lengths == {timedelta(hours=1)}


def test_an_end_in_the_hour_that_comes_twice_may_be_the_second_one(session: Session, cast: Cast, put: Put) -> None:
    item = put(cast.wang, zone=NEW_YORK, starts_at=local(2026, 11, 1, 1, 45), ends_at=local(2026, 11, 1, 1, 15))
    assert item.ends_at == local(2026, 11, 1, 1, 15, fold=1)
