"""F-4: notices are left once, counted cheaply, read by their own person."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from crm.domain.office.notices import mark_all_read, mark_read, notices_of, notify, unread_count
from crm.models import Notice
from crm.models.table_versions import clear_cache
from tests.conventions.test_statements import counted

NOW = datetime(2026, 8, 31, 6, 5, tzinfo=UTC)
MESSAGE = "The customer %(customer)s is assigned to you."


def leave(session, user, key=None, now=NOW, customer="台積電"):
    return notify(session, user.id, "assigned", MESSAGE, {"customer": customer}, "/customers/1", now, key)


def test_each_person_has_their_own(session, cast):
    leave(session, cast.wang)
    leave(session, cast.wang, now=NOW + timedelta(hours=1), customer="聯發科")
    leave(session, cast.li, customer="鴻海")
    session.commit()
    assert [n.values["customer"] for n in notices_of(session, cast.wang.id, 10)] == ["聯發科", "台積電"]
    assert [n.values["customer"] for n in notices_of(session, cast.li.id, 10)] == ["鴻海"]
    assert [n.values["customer"] for n in notices_of(session, cast.wang.id, 1, 1)] == ["台積電"]


def test_the_same_key_is_sent_once_to_a_person(session, cast):
    assert leave(session, cast.wang, "recycle-1-2026-09-01") is not None
    assert leave(session, cast.wang, "recycle-1-2026-09-01") is None
    assert leave(session, cast.li, "recycle-1-2026-09-01") is not None
    assert leave(session, cast.wang, "recycle-1-2026-09-02") is not None
    assert leave(session, cast.wang) is not None
    assert leave(session, cast.wang) is not None
    session.commit()
    assert unread_count(session, cast.wang.id) == 4


def test_the_count_follows_what_is_read(session, cast):
    first, _second, _third = leave(session, cast.wang), leave(session, cast.wang), leave(session, cast.li)
    session.commit()
    assert unread_count(session, cast.wang.id) == 2
    mark_read(first, NOW)
    session.commit()
    assert unread_count(session, cast.wang.id) == 1
    mark_all_read(session, cast.wang.id, NOW + timedelta(hours=2))
    session.commit()
    assert (unread_count(session, cast.wang.id), unread_count(session, cast.li.id)) == (0, 1)
    assert session.scalars(select(Notice.read_at).order_by(Notice.id)).first() == NOW


def test_the_first_reading_stays(session, cast):
    notice = leave(session, cast.wang)
    mark_read(notice, NOW)
    mark_read(notice, NOW + timedelta(days=1))
    assert notice.read_at == NOW


def test_counting_asks_the_database_once(app, session, cast):
    leave(session, cast.wang)
    session.commit()
    clear_cache()
    with counted(app) as statements:
        for _ in range(5):
            assert unread_count(session, cast.wang.id) == 1
    assert len([s for s in statements if "notices" in s]) == 1
