"""S-6: the private calendar address, and the file behind it."""

import re
from contextvars import Context
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from lxml import html
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.entities.record_saving import Actor
from crm.models import CalendarAddress, PersonalGrant, RoleMember, rights_of
from tests.factories import make_customer

PAGE = "/schedule/calendar"
TODAY = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)  # noon in Taipei
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def wang(as_user):
    return as_user("wang")


@pytest.fixture
def put(session, actor):
    def put(user, title="拜訪", starts_at=TODAY, **values):
        return save_item(session, None, {"title": title, "starts_at": starts_at, **values}, actor(user))

    return put


@pytest.fixture
def subscribe(app, session):
    """Make an address, and fetch it as a telephone does: without a session."""

    def subscribe(person):
        answer = person.post(PAGE)
        assert answer.status_code == 200
        (address,) = html.fromstring(answer.text).xpath("//*[@id='calendar-address']/@value")
        return re.sub("^http://[^/]+", "", address)

    return subscribe


@pytest.fixture
def fetch(app, session):
    def fetch(address, **headers):
        session.commit()
        return Context().run(app.test_client().get, address, headers=headers)

    return fetch


def events(answer):
    assert answer.status_code == 200
    return {str(e["summary"]): e for e in Calendar.from_ical(answer.data).walk("VEVENT")}


class TestAddress:
    def test_it_is_shown_once_and_kept_as_a_hash(self, wang, session, subscribe):
        token = subscribe(wang).removeprefix("/calendar/").removesuffix(".ics")
        assert len(token) >= 43
        (row,) = session.scalars(select(CalendarAddress))
        assert token not in repr(vars(row))
        page = wang.get(PAGE).text
        assert token not in page
        assert "網址已於" in page

    def test_nothing_of_it_is_kept_with_the_sent_forms(self, app, wang, subscribe):
        from tests.conventions.test_access import contents

        token = subscribe(wang).removeprefix("/calendar/").removesuffix(".ics")
        assert token not in repr(contents(app))

    def test_renewed_and_revoked(self, wang, subscribe, fetch):
        old = subscribe(wang)
        new = subscribe(wang)
        assert fetch(old).status_code == 404
        assert fetch(new).status_code == 200
        assert wang.post(f"{PAGE}/revoke").status_code == 303
        assert fetch(new).status_code == 404
        assert "還沒有行事曆網址" in wang.get(PAGE).text

    @pytest.mark.parametrize("token", ["x", "0" * 43, "a" * 5000, "%00", "..%2f", "王"])
    def test_guessing_finds_nothing(self, wang, subscribe, fetch, token):
        subscribe(wang)
        assert fetch(f"/calendar/{token}.ics").status_code in (400, 404)

    def test_a_closed_account_is_dead(self, wang, session, cast, subscribe, fetch):
        address = subscribe(wang)
        cast.wang.disabled_at = TODAY
        assert fetch(address).status_code == 404
        cast.wang.disabled_at, cast.wang.deleted_at = None, TODAY
        assert fetch(address).status_code == 404

    def test_so_is_who_may_see_no_schedule_any_more(self, wang, session, cast, subscribe, fetch):
        address = subscribe(wang)
        session.query(RoleMember).filter_by(user_id=cast.wang.id).delete()
        session.query(PersonalGrant).filter_by(user_id=cast.wang.id).delete()
        assert fetch(address).status_code == 404

    def test_it_opens_nothing_but_reading(self, wang, app, subscribe, fetch):
        address = subscribe(wang)
        answer = fetch(address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "text/calendar"
        assert "Set-Cookie" not in answer.headers
        assert Context().run(app.test_client().post, address).status_code == 405
        assert fetch("/schedule").status_code == 303

    def test_each_reads_their_own(self, as_user, cast, put, subscribe, fetch):
        put(cast.wang, "王的")
        put(cast.li, "李的")
        li = subscribe(as_user("li"))
        assert list(events(fetch(li))) == ["李的"]
        # Also where somebody else is signed in at the same browser.
        assert list(events(as_user("wang").get(li))) == ["李的"]


class TestFile:
    def test_own_items_and_those_taken_part_in(self, wang, session, cast, put, actor, subscribe, fetch):
        customer = make_customer(session, cast.wang, "大同公司")
        put(cast.wang, "自己的", customer_id=customer.id, content="帶樣品", ends_at=TODAY + HOUR, remind_minutes=30)
        put(cast.li, "受邀的", participants={cast.wang.id, cast.manager.id})
        put(cast.li, "別人的")
        delete_item(session, put(cast.wang, "刪掉的"), actor(cast.wang))
        complete_item(session, put(cast.wang, "做完的"), "簽約了", actor(cast.wang))
        put(cast.wang, "太早", TODAY - timedelta(days=100))
        put(cast.wang, "太晚", TODAY + timedelta(days=400))
        found = events(fetch(subscribe(wang)))
        assert set(found) == {"自己的", "受邀的", "✓ 做完的"}
        own = found["自己的"]
        assert (own["dtstart"].dt, own["dtend"].dt) == (TODAY, TODAY + HOUR)
        assert "帶樣品\n客戶：大同公司" in own["description"]
        assert own.walk("VALARM")[0]["trigger"].dt == -timedelta(minutes=30)
        assert "李小華" in found["受邀的"]["description"]
        assert "陳經理" in found["受邀的"]["description"]
        assert "簽約了" in found["✓ 做完的"]["description"]

    def test_a_customer_out_of_sight_is_not_named(self, wang, session, cast, put, subscribe, fetch):
        put(cast.li, "受邀的", participants={cast.wang.id}, customer_id=make_customer(session, cast.li, "李的客戶").id)
        assert "李的客戶" not in fetch(subscribe(wang)).text

    def test_whole_days_end_with_the_day_after(self, wang, cast, put, subscribe, fetch):
        put(cast.wang, "一天", all_day=True)
        put(cast.wang, "三天", all_day=True, ends_at=TODAY + timedelta(days=2))
        found = events(fetch(subscribe(wang)))
        day = TODAY.date()
        assert [found["一天"][k].dt for k in ("dtstart", "dtend")] == [day, day + timedelta(days=1)]
        assert found["三天"]["dtend"].dt == day + timedelta(days=3)

    @pytest.mark.parametrize("zone", ["Asia/Taipei", "America/New_York"])
    def test_whole_days_are_the_days_of_the_firm(self, wang, session, cast, subscribe, fetch, zone):
        """A day has no zone in the file: it is the same date wherever it is read."""
        here = ZoneInfo(zone)
        change_settings(session, timezone=zone)
        by = Actor(rights_of(session, cast.wang), TODAY, here)
        begin = datetime.combine(TODAY.astimezone(here).date() + timedelta(days=1), time(15), here)
        save_item(session, None, {"title": "展覽", "starts_at": begin, "ends_at": begin + DAY, "all_day": True}, by)
        (event,) = Calendar.from_ical(fetch(subscribe(wang)).data).walk("VEVENT")
        assert [event[k].dt for k in ("dtstart", "dtend")] == [begin.date(), begin.date() + 2 * DAY]

    @pytest.mark.parametrize(("minutes", "hour"), [(0, 9), (60, 8), (1440, -15)])
    def test_a_whole_day_rings_when_the_firm_reminds(self, wang, cast, put, subscribe, fetch, minutes, hour):
        """The program counts back from 09:00, the calendar from midnight."""
        put(cast.wang, "盤點", all_day=True, remind_minutes=minutes)
        alarm = events(fetch(subscribe(wang)))["盤點"].walk("VALARM")[0]
        assert alarm["trigger"].dt == timedelta(hours=hour)

    def test_every_file_is_one_that_a_second_reading_leaves_alone(self, wang, cast, put, subscribe, fetch):
        put(cast.wang, "會", TODAY, ends_at=TODAY + HOUR, repeat="weekly", repeat_until=TODAY.date() + 30 * DAY)
        put(cast.wang, "全天", all_day=True, remind_minutes=15)
        first = Calendar.from_ical(fetch(subscribe(wang)).data)
        again = Calendar.from_ical(first.to_ical())
        assert [dict(e.property_items()) for e in first.walk()] == [dict(e.property_items()) for e in again.walk()]
        for event in first.walk("VEVENT"):
            begin, end = event["dtstart"].dt, event["dtend"].dt
            assert type(begin) is type(end) and begin < end
            assert isinstance(begin, datetime) is (str(event["summary"]) == "會")
            assert not isinstance(begin, datetime) or begin.utcoffset() == timedelta(0)

    def test_a_repetition_keeps_its_clock_over_summer_time(self, wang, session, cast, subscribe, fetch):
        berlin = ZoneInfo("Europe/Berlin")
        change_settings(session, timezone="Europe/Berlin")
        by = Actor(rights_of(session, cast.wang), TODAY, berlin)
        start = (TODAY.astimezone(berlin) + timedelta(days=1)).replace(hour=9)
        until = (start + timedelta(days=7 * 40)).date()
        save_item(session, None, {"title": "會", "starts_at": start, "repeat": "weekly", "repeat_until": until}, by)
        calendar = Calendar.from_ical(fetch(subscribe(wang)).data)
        starts = [event["dtstart"].dt for event in calendar.walk("VEVENT")]
        assert len(starts) == 41
        assert {s.astimezone(berlin).hour for s in starts} == {9}
        assert len({s.astimezone(UTC).hour for s in starts}) == 2
        assert calendar["x-wr-timezone"] == "Europe/Berlin"

    def test_hostile_words_stay_words(self, wang, cast, put, subscribe, fetch):
        title = 'A;B,C\\n"x" BEGIN:VEVENT' + "很長的標題" * 30
        put(cast.wang, title[:200], content="一\nEND:VEVENT\nATTACH:file:///etc/passwd\r\nX")
        answer = fetch(subscribe(wang))
        assert set(events(answer)) == {title[:200]}
        assert b"\nATTACH" not in answer.data
        for line in answer.data.split(b"\r\n"):
            assert len(line) <= 75
            assert b"\n" not in line
            line.decode()

    def test_each_event_has_what_the_standard_asks(self, wang, cast, put, subscribe, fetch):
        put(cast.wang, "會", repeat="daily", repeat_until=TODAY.date() + timedelta(days=9))
        calendar = Calendar.from_ical(fetch(subscribe(wang)).data)
        assert {"prodid", "version"} <= {key.lower() for key in calendar}
        parts = calendar.walk("VEVENT")
        assert len({str(e["uid"]) for e in parts}) == len(parts) >= 9
        assert all(e["dtstamp"].dt.tzinfo is not None for e in parts)
        assert calendar.errors == [] and all(e.errors == [] for e in parts)

    def test_a_moved_item_is_the_same_event_anew(self, wang, session, cast, put, actor, subscribe, fetch):
        item = put(cast.wang, "會")
        address = subscribe(wang)
        before = events(fetch(address))["會"]
        save_item(session, item, {"starts_at": TODAY + HOUR}, actor(cast.wang))
        after = events(fetch(address))["會"]
        assert before["uid"] == after["uid"]
        assert after["sequence"] > before["sequence"]
        assert after["dtstart"].dt == TODAY + HOUR

    @pytest.mark.parametrize(("language", "word"), [("en", "Customer: "), ("zh_Hans", "客户：")])
    def test_it_speaks_the_persons_language(self, wang, session, cast, put, subscribe, fetch, language, word):
        put(cast.wang, customer_id=make_customer(session, cast.wang).id)
        address = subscribe(wang)
        cast.wang.language = language
        session.commit()
        assert word in str(next(iter(events(fetch(address)).values()))["description"])
