"""What is kept in memory follows what is committed, also where a part of the transaction was taken back."""

import pytest

from crm.domain.office.notices import notify, unread_count
from crm.domain.platform.settings import change_settings, read_settings
from crm.models.table_versions import get_or_compute
from tests.cast import FOUNDED


@pytest.fixture
def leave(session, cast):
    return lambda: notify(session, cast.wang.id, "x", "x", {}, None, FOUNDED)


def test_a_savepoint_that_is_taken_back_does_not_hide_what_was_written_before(session, cast, leave):
    assert unread_count(session, cast.wang.id) == 0
    leave()
    savepoint = session.begin_nested()
    leave()
    savepoint.rollback()
    session.commit()
    assert unread_count(session, cast.wang.id) == 1


def test_nothing_counts_as_written_before_the_whole_is_committed(session, leave):
    """Else another thread would keep the old value under the new number."""
    kept = []
    get_or_compute("mine", ("notices",), lambda: kept.append(1))
    with session.begin_nested():
        leave()
    get_or_compute("mine", ("notices",), lambda: kept.append(2))
    session.commit()
    get_or_compute("mine", ("notices",), lambda: kept.append(3))
    assert kept == [1, 3]


def test_who_changed_the_settings_sees_them_before_others_do(session):
    before = read_settings(session).recycle_days
    change_settings(session, recycle_days=before + 1)
    assert read_settings(session).recycle_days == before + 1
    session.rollback()
    assert read_settings(session).recycle_days == before
