"""How many wrong tries a name and an address have (L-2, hostile case 48)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from crm.domain.accounts.logged_logins import logged_login
from crm.domain.accounts.login_limits import (
    ADDRESS_PAUSE,
    KNOWN_FOR,
    MAX_PER_ADDRESS,
    MAX_PER_NAME,
    WINDOW,
    Device,
    FailedAttempts,
    device_mark,
    failed_attempts,
    wants_captcha,
)
from crm.domain.accounts.sign_in import FAILED, SIGNED_IN, start_session
from crm.models import SystemLog
from tests.cast import Cast

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DESK, ELSEWHERE, STRANGER = "192.0.2.10", "192.0.2.20", "198.51.100.66"
FREE = timedelta()


def note(session: Session, kind: str, name: str, address: str, at: datetime) -> None:
    session.add(SystemLog(at=at, kind=kind, name=name, address=address))
    session.flush()


def fail(session: Session, name: str, address: str, times: int, at: datetime = NOW) -> None:
    for _ in range(times):
        note(session, FAILED, name, address, at)


def wait(session: Session, name: str, address: str, now: datetime = NOW) -> timedelta:
    return failed_attempts(session, name, address, now).wait(now)


def test_a_name_has_ten_tries_whatever_the_address(session: Session) -> None:
    fail(session, "wang", STRANGER, 5)
    fail(session, "wang", ELSEWHERE, MAX_PER_NAME - 6)
    assert wait(session, "wang", DESK) == FREE
    fail(session, "wang", STRANGER, 1)
    assert wait(session, "Wang ", DESK) == WINDOW
    assert wait(session, "li", DESK) == FREE


def test_a_name_that_nobody_has_is_limited_alike(session: Session) -> None:
    for _ in range(MAX_PER_NAME):
        note(session, FAILED, logged_login(session, "nobody"), STRANGER, NOW)
    assert wait(session, "nobody", DESK) == WINDOW


def test_an_address_has_forty_tries_whatever_the_name(session: Session) -> None:
    for number in range(MAX_PER_ADDRESS):
        fail(session, f"name{number}", STRANGER, 1)
    assert wait(session, "li", STRANGER) == ADDRESS_PAUSE
    assert wait(session, "li", DESK) == FREE
    assert wait(session, "li", STRANGER, NOW + ADDRESS_PAUSE) == FREE
    fail(session, "another", STRANGER, 1, NOW + ADDRESS_PAUSE)
    assert wait(session, "li", STRANGER, NOW + ADDRESS_PAUSE) == ADDRESS_PAUSE


def test_the_wait_ends_when_the_oldest_try_that_counts_is_old(session: Session) -> None:
    fail(session, "wang", STRANGER, 1, NOW - timedelta(minutes=14))
    fail(session, "wang", STRANGER, MAX_PER_NAME - 1, NOW - timedelta(minutes=2))
    assert wait(session, "wang", DESK) == timedelta(minutes=1)
    assert wait(session, "wang", DESK, NOW + timedelta(minutes=1)) == FREE


def test_strangers_do_not_lock_people_out_at_their_own_desk(session: Session, cast: Cast) -> None:
    start_session(session, cast.wang, DESK, "", NOW - timedelta(days=3))
    fail(session, "wang", STRANGER, MAX_PER_NAME)
    assert wait(session, "wang", STRANGER) == WINDOW
    assert wait(session, "wang", DESK) == FREE
    fail(session, "wang", DESK, MAX_PER_NAME)
    assert wait(session, "wang", DESK) == WINDOW


def test_a_desk_is_forgotten_after_a_month(session: Session, cast: Cast) -> None:
    start_session(session, cast.wang, DESK, "", NOW - KNOWN_FOR - timedelta(days=1))
    fail(session, "wang", STRANGER, MAX_PER_NAME)
    assert wait(session, "wang", DESK) == WINDOW


def test_coming_in_gives_the_tries_back_there_only(session: Session) -> None:
    fail(session, "wang", DESK, MAX_PER_NAME - 1, NOW - timedelta(minutes=5))
    note(session, SIGNED_IN, "wang", DESK, NOW - timedelta(minutes=4))
    fail(session, "wang", STRANGER, MAX_PER_NAME - 1, NOW - timedelta(minutes=3))
    assert len(failed_attempts(session, "wang", DESK, NOW).by_name) == MAX_PER_NAME - 1
    assert wait(session, "wang", STRANGER) == timedelta(minutes=10)


class TestKnownDevices:
    def wait(self, session: Session, name: str, device: Device) -> timedelta:
        return failed_attempts(session, name, STRANGER, NOW, device).wait(NOW)

    def test_what_others_type_does_not_count_there(self, session: Session, cast: Cast) -> None:
        fail(session, "wang", STRANGER, MAX_PER_NAME)
        fail(session, "other", STRANGER, MAX_PER_ADDRESS)
        assert self.wait(session, "wang", Device("a", (cast.li.id, cast.wang.id))) == FREE
        assert self.wait(session, "wang", Device("a", (cast.li.id,))) == WINDOW
        assert self.wait(session, "wang", Device("a")) == WINDOW

    def test_its_own_wrong_tries_do(self, session: Session, cast: Cast) -> None:
        mine, other = Device("a", (cast.wang.id,)), Device("b", (cast.wang.id,))
        for _ in range(MAX_PER_NAME):
            assert self.wait(session, "wang", mine) == FREE
            session.add(SystemLog(at=NOW, kind=FAILED, name="wang", address=STRANGER, detail=device_mark(mine)))
            session.flush()
        assert self.wait(session, "wang", mine) == WINDOW
        assert self.wait(session, "wang", other) == FREE


class TestClockSetBack:
    def test_tries_of_the_future_count_for_as_long_as_others_at_most(self, session: Session) -> None:
        fail(session, "wang", STRANGER, MAX_PER_NAME)
        assert wait(session, "wang", STRANGER, NOW - timedelta(seconds=90)) == WINDOW
        assert wait(session, "wang", STRANGER, NOW - timedelta(hours=8)) == FREE

    @pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=8)])
    def test_coming_in_gives_no_tries_for_what_is_wrong_after_it(self, session: Session, back: timedelta) -> None:
        """Else whoever comes in and sets the clock back guesses for hours."""
        note(session, SIGNED_IN, "wang", DESK, NOW)
        fail(session, "wang", DESK, MAX_PER_NAME, NOW - back)
        assert wait(session, "wang", DESK, NOW - back) == WINDOW


@pytest.mark.parametrize(
    ("mode", "of_name", "of_address", "wanted"),
    [
        ("always", 0, 0, True),
        ("after_failures", 2, 2, False),
        ("after_failures", 3, 0, True),
        ("after_failures", 0, 3, True),
        ("off", 9, 9, False),
        ("no such word", 0, 0, True),
    ],
)
def test_when_a_captcha_is_asked_for(mode: str, of_name: int, of_address: int, wanted: bool) -> None:
    assert wants_captcha(mode, FailedAttempts([NOW] * of_name, [NOW] * of_address)) is wanted
