"""Limits on guessing at the login page, per name and per address (L-2, hostile case 48).

A name's limit must not become a way to lock its owner out: whoever wants to could type ten wrong passwords
every quarter of an hour. So at an address where the person has signed in in the last 30 days only the wrong
tries made at that very address count; strangers use up the tries of all other addresses together. What is
refused here is not a wrong try itself: the wait ends even if somebody goes on trying.

The same holds for a browser in which the person has signed in before, wherever it is; and there the wrong tries of the
address do not count at all. For others an address with too many of them is slowed down, not closed: behind one address
sits a whole office, and one person's typing must not keep the colleagues out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from crm.domain.accounts.logged_logins import logged_login
from crm.domain.accounts.sign_in import FAILED, SIGNED_IN, WRONG_CAPTCHA
from crm.domain.platform.settings import CAPTCHA_AFTER_FAILURES, CAPTCHA_OFF
from crm.models import LoginSession, SystemLog, User
from crm.text import login_key

WINDOW = timedelta(minutes=15)
ADDRESS_PAUSE = timedelta(minutes=1)
"""After too many wrong tries at an address, so long from each one to the next try of anybody there."""
MAX_PER_NAME, MAX_PER_ADDRESS = 10, 40
CAPTCHA_FROM = 3
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Device:
    """A browser that says, signed by this server, who has signed in with it; without a number it says nothing."""

    number: str = ""
    people: tuple[int, ...] = ()


NO_DEVICE = Device()


def device_mark(device: Device) -> str:
    """How the system log names the browser of a failed attempt."""
    return f"device {device.number}" if device.number else ""


@dataclass(frozen=True)
class FailedAttempts:
    """The moments of the failed attempts that count, the newest first."""

    by_name: Sequence[datetime]
    by_address: Sequence[datetime]

    def wait(self, now: datetime) -> timedelta:
        """How long nobody may try here; zero while there are tries left."""
        ends = [now]
        if len(self.by_name) >= MAX_PER_NAME:
            ends.append(self.by_name[MAX_PER_NAME - 1] + WINDOW)
        if len(self.by_address) >= MAX_PER_ADDRESS:
            ends.append(min(self.by_address[0], now) + ADDRESS_PAUSE)
        return min(max(ends) - now, WINDOW)


def failed_attempts(
    session: Session, login: str, address: str, now: datetime, device: Device = NO_DEVICE
) -> FailedAttempts:
    """The failed attempts of the last quarter of an hour: of the login since its last success here, and of the address.

    A wrong password is one, and so is a captcha that does not fit or was left empty.

    A clock may have been set back since: what lies farther ahead than the wait is long does not count, or it would
    count for hours; and what came first is told by the rows' numbers, not by their moments.
    """
    key, recent = login_key(login), and_(SystemLog.at > now - WINDOW, SystemLog.at < now + WINDOW)
    here, name = SystemLog.address == address, logged_login(session, login)
    last = select(func.max(SystemLog.id)).where(SystemLog.kind == SIGNED_IN, SystemLog.name == name, here, recent)
    of_name = [SystemLog.name == name, recent]
    success = session.scalar(last)
    if success is not None:
        of_name.append(SystemLog.id > success)
    if _is_known_device(session, key, device):
        return FailedAttempts(_moments(session, MAX_PER_NAME, *of_name, SystemLog.detail == device_mark(device)), ())
    if _is_known(session, key, address, now):
        of_name.append(here)
    return FailedAttempts(_moments(session, MAX_PER_NAME, *of_name), _moments(session, MAX_PER_ADDRESS, here, recent))


def _moments(session: Session, limit: int, *conditions: ColumnElement[bool]) -> Sequence[datetime]:
    statement = select(SystemLog.at).where(SystemLog.kind.in_((FAILED, WRONG_CAPTCHA)), *conditions)
    return session.scalars(statement.order_by(SystemLog.at.desc()).limit(limit)).all()


def _is_known_device(session: Session, key: str, device: Device) -> bool:
    if not device.people:
        return False
    statement = select(User.id).where(User.login_key == key, User.id.in_(device.people))
    return session.scalar(statement.limit(1)) is not None


def _is_known(session: Session, key: str, address: str, now: datetime) -> bool:
    statement = (
        select(LoginSession.id)
        .join(User, User.id == LoginSession.user_id)
        .where(User.login_key == key, LoginSession.address == address, LoginSession.started_at > now - KNOWN_FOR)
    )
    return session.scalar(statement.limit(1)) is not None


def wants_captcha(mode: str, tries: FailedAttempts) -> bool:
    """Whether this try must come with a captcha; an unknown mode is the strict one (L-2)."""
    if mode == CAPTCHA_AFTER_FAILURES:
        return max(len(tries.by_name), len(tries.by_address)) >= CAPTCHA_FROM
    return mode != CAPTCHA_OFF
