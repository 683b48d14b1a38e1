"""S-2, F-4: those who take part are told when they are invited, and when the item is moved or called off."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.domain.customers.contact_records import save_contact_record
from crm.domain.office.notices import notices_of
from crm.domain.platform.settings import change_settings
from crm.domain.schedule.items import complete_item, delete_item, save_item
from crm.models import MailMessage, ScheduleItem
from tests.factories import make_customer, make_record

NOW = datetime(2026, 8, 31, 4, 0, tzinfo=UTC)
START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)  # 09:00 in Taipei
HOUR = timedelta(hours=1)


@pytest.fixture
def by(cast, actor):
    return actor(cast.wang, NOW)


@pytest.fixture
def put(session, cast, by):
    def put(**values):
        given = {"title": "週會", "starts_at": START, "ends_at": START + HOUR, "participants": {cast.li.id}, **values}
        return save_item(session, None, given, by)

    return put


@pytest.fixture
def told(session):
    """What the person was told since the last look, the oldest first."""
    seen = {}

    def told(user):
        every = [(n.message % n.values, n.url) for n in reversed(notices_of(session, user.id, 100))]
        new = every[seen.get(user.id, 0) :]
        seen[user.id] = len(every)
        return new

    return told


def test_who_is_invited_is_told_and_nobody_else(session, cast, put, told):
    item = put()
    assert told(cast.li) == [("王小明 invites you to “週會”, 2026-09-01 09:00–10:00.", f"/schedule/{item.id}")]
    assert told(cast.wang) == told(cast.manager) == []


def test_one_who_is_invited_later(session, cast, by, put, told):
    item = put()
    told(cast.li)
    save_item(session, item, {"participants": {cast.li.id, cast.manager.id}}, by)
    assert told(cast.li) == []
    assert [text for text, _ in told(cast.manager)] == ["王小明 invites you to “週會”, 2026-09-01 09:00–10:00."]


def test_moved(session, cast, by, put, told):
    item = put()
    told(cast.li)
    save_item(session, item, {"starts_at": START + HOUR, "ends_at": START + 2 * HOUR}, by)
    assert told(cast.li) == [("王小明 moved “週會” to 2026-09-01 10:00–11:00.", f"/schedule/{item.id}")]
    save_item(session, item, {"all_day": True}, by)
    assert told(cast.li)[0][0] == "王小明 moved “週會” to 2026-09-01."


def test_other_words_are_no_news(session, cast, by, put, told):
    item = put()
    told(cast.li)
    save_item(
        session, item, {"title": "月會", "content": "帶樣品", "starts_at": START, "participants": {cast.li.id}}, by
    )
    complete_item(session, item, "好", by)
    assert told(cast.li) == []


def test_taken_out_and_called_off(session, cast, by, put, told):
    item = put(participants={cast.li.id, cast.manager.id})
    told(cast.li), told(cast.manager)
    save_item(session, item, {"participants": {cast.manager.id}}, by)
    week = "/schedule/week?day=2026-09-01"
    assert told(cast.li) == [("王小明 took you out of “週會”, 2026-09-01 09:00–10:00.", week)]
    delete_item(session, item, by)
    assert told(cast.manager) == [("王小明 cancelled “週會”, 2026-09-01 09:00–10:00.", week)]
    assert told(cast.li) == told(cast.wang) == []


def test_what_is_over_is_no_news(session, cast, by, put, told):
    long_ago = {"starts_at": NOW - 3 * HOUR, "ends_at": NOW - 2 * HOUR}
    item = put(**long_ago)
    save_item(session, item, {"starts_at": NOW - 4 * HOUR}, by)
    delete_item(session, item, by)
    assert told(cast.li) == []
    item = put(starts_at=NOW - 4 * HOUR, ends_at=None, all_day=True)
    assert told(cast.li) != []
    put(**long_ago, title="補會")
    assert told(cast.li) == []
    save_item(session, item, {"starts_at": NOW - 50 * HOUR}, by)
    assert "moved" in told(cast.li)[0][0]


def test_a_repetition_is_told_once(session, cast, by, put, told):
    item = put(repeat="weekly", repeat_until=date(2026, 9, 29))
    assert [text for text, _ in told(cast.li)] == [
        "王小明 invites you to “週會”, 2026-09-01 09:00–10:00, repeated until 2026-09-29."
    ]
    rows = session.query(ScheduleItem).order_by(ScheduleItem.starts_at).all()
    assert len(rows) == 5
    rule = {"repeat": "weekly", "repeat_until": date(2026, 9, 29)}
    later = {"starts_at": rows[2].starts_at + HOUR, "ends_at": rows[2].ends_at + HOUR}
    save_item(session, rows[2], {**later, **rule, "applies_to": "following"}, by)
    assert [text for text, _ in told(cast.li)] == [
        "王小明 moved “週會” and the following ones to 2026-09-15 10:00–11:00."
    ]
    save_item(session, rows[1], {"starts_at": rows[1].starts_at + HOUR / 2, "applies_to": "this"}, by)
    assert [text for text, _ in told(cast.li)] == ["王小明 moved “週會” to 2026-09-08 09:30–10:00."]
    delete_item(session, rows[3], by, following=True)
    assert [text for text, _ in told(cast.li)] == [
        "王小明 cancelled “週會”, 2026-09-22 10:00–11:00, and the following ones."
    ]
    assert item.deleted_at is None


def test_another_rule_is_told_once(session, cast, by, put, told):
    item = put(repeat="weekly", repeat_until=date(2026, 9, 29))
    told(cast.li)
    save_item(session, item, {"repeat": "weekly", "repeat_until": date(2026, 9, 15), "applies_to": "following"}, by)
    assert [text for text, _ in told(cast.li)] == ["王小明 changed the repetition of “週會”, 2026-09-01 09:00–10:00."]
    save_item(session, item, {"repeat": None, "repeat_until": None, "applies_to": "following"}, by)
    assert len(told(cast.li)) == 1


def test_who_left_is_told_nothing(session, cast, by, put, told):
    item = put()
    told(cast.li)
    cast.li.disabled_at = NOW
    session.flush()
    save_item(session, item, {"starts_at": START + HOUR / 2}, by)
    assert told(cast.li) == []


def test_the_plan_of_a_record_is_told_when_it_moves_or_goes(session, cast, by, told):
    customer = make_customer(session, cast.wang, "大同公司", NOW)
    record = make_record(session, customer, cast.wang, NOW, next_contact_at=START, next_plan="一起去拜訪")
    item = session.query(ScheduleItem).one()
    save_item(session, item, {"participants": {cast.li.id}}, by)
    told(cast.li)
    save_contact_record(session, record, customer, {"next_contact_at": START + HOUR}, by)
    assert [text for text, _ in told(cast.li)] == ["王小明 moved “一起去拜訪” to 2026-09-01 10:00."]
    save_contact_record(session, record, customer, {"add_to_schedule": False}, by)
    assert [text for text, _ in told(cast.li)] == ["王小明 cancelled “一起去拜訪”, 2026-09-01 10:00."]


def test_by_email_as_the_other_notices(session, cast, put):
    cast.li.email = "li@example.com"
    change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com", mail_notices=False)
    put()
    assert session.query(MailMessage).count() == 0
    change_settings(session, mail_notices=True)
    put()
    assert session.query(MailMessage).one().user_id == cast.li.id
