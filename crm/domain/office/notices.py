"""Telling people what they should know, and what of it they have not read yet (F-4)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.platform.mail import queue_email
from crm.domain.platform.settings import read_settings
from crm.models import Notice
from crm.models.base import Moment
from crm.models.table_versions import get_or_compute


def notify(
    session: Session,
    user_id: int,
    kind: str,
    message: str,
    values: Mapping[str, Any],
    url: str | None,
    now: datetime,
    key: str | None = None,
    by_mail: bool = False,
) -> Notice | None:
    """Leave the person a notice; None where one with this `key` was sent to them before.

    `message` is a message id with places for `values` (texts and numbers, kept as JSON); `url` is the
    address within this site that it leads to. It goes out by email too where the firm wants that of all notices, or
    `by_mail` asks for it.
    """
    notice = Notice(user_id=user_id, kind=kind, message=message, values=dict(values), url=url, key=key, at=now)
    if key is None:
        session.add(notice)
        session.flush()
        _mail(session, notice, now, by_mail)
        return notice
    if _was_sent(session, user_id, key):
        return None
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:
        # Another process sent the same at the same moment.
        if not _was_sent(session, user_id, key):
            raise
        return None
    _mail(session, notice, now, by_mail)
    return notice


def _mail(session: Session, notice: Notice, now: datetime, requested: bool) -> None:
    """Send the notice by email too, where it is wanted, a mail server is set up and the person has an address."""
    if requested or read_settings(session).mail_notices:
        key = f"notice-{notice.id}"
        queue_email(session, key, notice.user_id, notice.message, notice.values, now, url=notice.url)


def _was_sent(session: Session, user_id: int, key: str) -> bool:
    statement = select(Notice.id).where(Notice.user_id == user_id, Notice.key == key)
    return session.scalar(statement) is not None


def unread_count(session: Session, user_id: int) -> int:
    """How many notices the person has not read; cached until a notice is written."""
    return unread_state(session, user_id)[0]


def unread_state(session: Session, user_id: int) -> tuple[int, int]:
    """The same, and the number of the newest of them: both together tell whether something is new (W-9)."""

    def count() -> tuple[int, int]:
        unread = (Notice.user_id == user_id, Notice.read_at.is_(None))
        row = session.execute(select(func.count(), func.max(Notice.id)).where(*unread)).one()
        return row[0], row[1] or 0

    state: tuple[int, int] = get_or_compute(("unread_notices", user_id), ("notices",), count)
    return state


def unread_since(session: Session, user_id: int, number: int, kind: str, limit: int) -> list[Notice]:
    """The person's unread notices of a kind that came after the one with this number, the oldest first."""
    statement = select(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None), Notice.kind == kind)
    return list(session.scalars(statement.where(Notice.id > number).order_by(Notice.id).limit(limit)))


def notices_of(session: Session, user_id: int, limit: int, offset: int = 0) -> list[Notice]:
    """The person's notices, newest first; what they asked for and was done is gone."""
    newest_first = (Notice.at.desc(), Notice.id.desc())
    statement = select(Notice).where(Notice.user_id == user_id, Notice.done_at.is_(None)).order_by(*newest_first)
    return list(session.scalars(statement.limit(limit).offset(offset)))


def mark_read(notice: Notice, now: datetime) -> None:
    """The moment of the first reading stays."""
    notice.read_at = notice.read_at or now


def mark_done(
    session: Session, people: Collection[int], kind: str, messages: Collection[str], url: str, now: datetime
) -> None:
    """What these notices asked for is done: they count as read, and are not shown any more."""
    parameters = {"people": list(people), "of_kind": kind, "messages": list(messages), "of_url": url, "now": now}
    session.execute(_MARK_DONE, parameters)


_NOW = bindparam("now", type_=Moment)
_MARK_DONE = (
    update(Notice)
    .where(Notice.user_id.in_(bindparam("people", expanding=True)), Notice.done_at.is_(None))
    .where(Notice.kind == bindparam("of_kind"), Notice.url == bindparam("of_url"))
    .where(Notice.message.in_(bindparam("messages", expanding=True)))
    .values(read_at=func.coalesce(Notice.read_at, _NOW), done_at=_NOW)
    .execution_options(synchronize_session=False)
)
"""Made once: each saved record asks it. Nobody holds the notices: finding out which of them lie in the session would
take longer than all the rest."""


def mark_all_read(session: Session, user_id: int, now: datetime) -> None:
    unread = (Notice.user_id == user_id, Notice.read_at.is_(None))
    session.execute(update(Notice).where(*unread).values(read_at=now))
