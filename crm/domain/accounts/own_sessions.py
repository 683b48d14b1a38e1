"""我的登錄: where one is signed in, and ending it from afar (O-1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from crm.domain.accounts.sign_in import MAX_SESSION_AGE, token_hash
from crm.models import LoginSession

NOTED_EVERY = timedelta(minutes=5)
"""A session that sends form after form is written down this seldom."""
MAX_SESSIONS = 50


def _is_open(user_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = LoginSession
    return row.user_id == user_id, row.ended_at.is_(None), row.started_at > now - MAX_SESSION_AGE


def open_sessions(session: Session, user_id: int, now: datetime) -> Sequence[LoginSession]:
    """The person's sessions that nobody has ended, the latest in use first."""
    latest = func.coalesce(LoginSession.last_sent_at, LoginSession.started_at).desc()
    statement = select(LoginSession).where(*_is_open(user_id, now)).order_by(latest, LoginSession.id.desc())
    return session.scalars(statement.limit(MAX_SESSIONS)).all()


def end_own_session(session: Session, user_id: int, session_id: int, now: datetime) -> bool:
    """End one of the person's own sessions; False where there is no such one."""
    ending = update(LoginSession).where(*_is_open(user_id, now), LoginSession.id == session_id)
    ended = session.execute(ending.values(ended_at=now).returning(LoginSession.id)).all()
    return len(ended) == 1


def record_activity(session: Session, token: str, last: datetime | None, now: datetime) -> None:
    """Record that something was sent in this session, `last` before now; a GET writes nothing."""
    if last is not None and abs(now - last) <= NOTED_EVERY:
        return
    row = LoginSession
    due = or_(row.last_sent_at.is_(None), row.last_sent_at < now - NOTED_EVERY, row.last_sent_at > now + NOTED_EVERY)
    noting = update(row).where(row.token_hash == token_hash(token), due).values(last_sent_at=now)
    session.execute(noting.execution_options(synchronize_session=False))
