"""Signing in: who it is, and sessions that can be ended (L-1, L-7). The limits on guessing: `login_limits`."""

import hashlib
import secrets
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, select, update
from sqlalchemy.orm import Session

from crm.domain.accounts.passwords import password_fits
from crm.models import LoginSession, User
from crm.text import login_key

FAILED, SIGNED_IN, SIGNED_OUT = "login_failed", "login", "logout"
REFUSED, WRONG_CAPTCHA = "login_refused", "login_captcha"
"""Kinds of rows in the system log. Only FAILED counts against the limits."""
MAX_SESSION_AGE = timedelta(days=30)
"""No session lasts longer, however busy it is."""


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_user(session: Session, login: str) -> User | None:
    """The person with this login. Older logins may be stored full width: they are found as typed, too."""
    keys = [login_key(login), login.strip().casefold()[:60]]
    users = session.scalars(select(User).where(User.login_key.in_(keys), User.deleted_at.is_(None)))
    return min(users, key=lambda user: keys.index(user.login_key), default=None)


def authenticate(session: Session, login: str, password: str) -> User | None:
    """The person, if the password is right and the account is open; same time in every case."""
    user = find_user(session, login)
    fits = password_fits(user.password_hash if user else None, password)
    return user if user is not None and fits and user.is_active else None


def start_session(session: Session, user: User, address: str, device: str, now: datetime) -> str:
    """A new session's token; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=token_hash(token), user_id=user.id, started_at=now, address=address[:60], device=device[:300]
        )
    )
    session.flush()
    return token


_SIGNED_IN = (
    select(User, LoginSession.last_sent_at)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(LoginSession.token_hash == bindparam("wanted", type_=String), LoginSession.ended_at.is_(None))
    .where(LoginSession.started_at > bindparam("since", type_=LoginSession.started_at.type))
    .where(User.deleted_at.is_(None), User.disabled_at.is_(None))
)
"""Made once: every request asks it."""


_ended_unsaved: deque[str] = deque(maxlen=1000)
"""Sessions that this process ended while the database could not be written (a full disk)."""


def block_token(token: str) -> None:
    """Block the session in this process, although the database does not know yet that it has ended."""
    _ended_unsaved.append(token_hash(token))


def user_of_token(session: Session, token: str, now: datetime) -> User | None:
    """Whoever the session belongs to, while it, and the account, are open."""
    if token_hash(token) in _ended_unsaved:
        return None
    row = session.execute(_SIGNED_IN, {"wanted": token_hash(token), "since": now - MAX_SESSION_AGE}).first()
    if row is None:
        return None
    user: User = row[0]
    user.session_token, user.last_sent_at = token, row[1]
    return user


def end_sessions(
    session: Session, user_id: int, now: datetime, except_token: str = "", only_tokens: Iterable[str] = ()
) -> None:
    """End a person's sessions: all, all but one token's, or only the given tokens'."""
    ending = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
    if except_token:
        ending = ending.where(LoginSession.token_hash != token_hash(except_token))
    tokens = [token_hash(token) for token in only_tokens]
    if tokens:
        ending = ending.where(LoginSession.token_hash.in_(tokens))
    session.execute(ending.values(ended_at=now).execution_options(synchronize_session=False))
