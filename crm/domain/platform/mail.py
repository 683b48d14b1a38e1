"""Letters to the firm's people: queued with what they are about, sent by a job, never twice (reminders by email)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from crm.domain.platform.settings import FirmSettings, read_settings
from crm.models import MailMessage, User
from crm.models.mail import FAILED, SENDING, SENT, UNSURE, WAITING

RETRY_MINUTES = (1, 5, 15, 60, 240)
"""After so many minutes it is tried again; after the last the letter has failed."""
STUCK = timedelta(minutes=10)
"""A letter that is being sent for so long was left behind by a process that ended."""


def is_mail_configured(firm: FirmSettings) -> bool:
    """Whether a mail server is set up."""
    return bool(firm.mail_host and firm.mail_from)


def email_address_of(user: User) -> str | None:
    """Where letters to a person go; none to somebody who left or has no address."""
    return user.email if user.deleted_at is None and user.disabled_at is None and user.email else None


def queue_email(
    session: Session,
    key: str,
    user_id: int,
    message: str,
    values: Mapping[str, Any],
    now: datetime,
    body: str | None = None,
    url: str | None = None,
    report: Mapping[str, str] | None = None,
) -> MailMessage | None:
    """Leave a letter to be sent; None without a mail server, without an address, or where the key was used before.

    `message` is a message id with places for `values`; `body` is further text as it was written by a person.
    """
    firm = read_settings(session)
    user = session.get(User, user_id)
    address = email_address_of(user) if user is not None else None
    if user is None or address is None or not is_mail_configured(firm):
        return None
    if session.scalar(select(MailMessage.id).where(MailMessage.key == key)) is not None:
        return None
    letter = MailMessage(
        key=key,
        user_id=user_id,
        address=address,
        language=user.language or firm.language,
        message=message,
        values=dict(values),
        body=body,
        url=url,
        report=dict(report) if report is not None else None,
        created_at=now,
        next_try_at=now,
    )
    session.add(letter)
    session.flush()
    return letter


def due_emails(now: datetime) -> Select[int]:
    """The ids of the letters whose time has come, the oldest first."""
    due = (MailMessage.state == WAITING, or_(MailMessage.next_try_at <= now, _scheduled_by_a_wrong_clock(now)))
    return select(MailMessage.id).where(*due).order_by(MailMessage.next_try_at, MailMessage.id)


def _scheduled_by_a_wrong_clock(now: datetime) -> ColumnElement[bool]:
    """Farther away than the next try ever is: the clock was set back since, and it would wait for as long."""
    row, waits = MailMessage, (0, *RETRY_MINUTES)
    return or_(
        *(
            and_(row.attempts == tries, row.next_try_at > now + timedelta(minutes=minutes))
            for tries, minutes in enumerate(waits)
        )
    )


def claim_email(session: Session, letter_id: int, now: datetime) -> MailMessage | None:
    """Take the letter for this process; None where another one was first."""
    mine = update(MailMessage).where(MailMessage.id == letter_id, MailMessage.state == WAITING)
    claimed = session.scalar(
        mine.values(state=SENDING, claimed_at=now, handed_at=None, attempts=MailMessage.attempts + 1)
        .returning(MailMessage.id)
        .execution_options(synchronize_session=False)
    )
    return session.get_one(MailMessage, claimed, populate_existing=True) if claimed is not None else None


def mark_transmitting(session: Session, letter: MailMessage, now: datetime) -> bool:
    """Written before its text goes out: from here on it may have arrived, and is not sent again by itself.

    False where the claim was taken back meanwhile, as when the clock jumped: then somebody else sends it.
    """
    row = MailMessage
    mine = (row.id == letter.id, row.state == SENDING, row.claimed_at == letter.claimed_at)
    handing = update(row).where(*mine).values(handed_at=now).returning(MailMessage.id)
    return session.scalar(handing.execution_options(synchronize_session=False)) is not None


def mark_sent(session: Session, letter_id: int, now: datetime) -> None:
    session.execute(update(MailMessage).where(MailMessage.id == letter_id).values(state=SENT, sent_at=now, error=None))


def mark_failed(session: Session, letter_id: int, error: str, now: datetime, for_good: bool) -> None:
    """Try again later, or give it up: after the last try, or where the server says it will never take it."""
    letter = session.get_one(MailMessage, letter_id, populate_existing=True)
    letter.error = error[:500]
    if for_good or letter.attempts > len(RETRY_MINUTES):
        letter.state = FAILED
    else:
        letter.state = WAITING
        letter.next_try_at = now + timedelta(minutes=RETRY_MINUTES[letter.attempts - 1])
    session.flush()


def requeue_stuck(session: Session, now: datetime) -> int:
    """Letters of a process that ended: those not handed over wait again, the others are `unsure`. How many."""
    stuck = _stuck(now)
    session.execute(update(MailMessage).where(*stuck, MailMessage.handed_at.is_not(None)).values(state=UNSURE))
    again = update(MailMessage).where(*stuck, MailMessage.handed_at.is_(None))
    return len(list(session.scalars(again.values(state=WAITING, next_try_at=now).returning(MailMessage.id))))


def has_stuck(session: Session, now: datetime) -> bool:
    return session.scalar(select(MailMessage.id).where(*_stuck(now)).limit(1)) is not None


def _stuck(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Claimed long ago, or by a clock that was set back since."""
    claimed_at = MailMessage.claimed_at
    return MailMessage.state == SENDING, or_(claimed_at < now - STUCK, claimed_at > now + STUCK)


def failed_emails() -> Select[MailMessage]:
    """What an administrator should see: failed, unsure, or waiting after a failure; the newest first."""
    bad = MailMessage.state.in_((FAILED, UNSURE)) | ((MailMessage.state == WAITING) & (MailMessage.attempts > 0))
    return select(MailMessage).where(bad).order_by(MailMessage.created_at.desc(), MailMessage.id.desc())


def counts_by_state(session: Session) -> dict[str, int]:
    """State → how many letters."""
    rows = session.execute(select(MailMessage.state, func.count()).group_by(MailMessage.state))
    return {row[0]: row[1] for row in rows}


def retry_email(session: Session, letter: MailMessage, now: datetime) -> bool:
    """An administrator sends a failed or unsure letter once more; False where it is not one any more."""
    session.refresh(letter, with_for_update=True)
    if letter.state not in (FAILED, UNSURE, WAITING):
        return False
    user = session.get_one(User, letter.user_id)
    letter.state, letter.attempts, letter.next_try_at, letter.error = WAITING, 0, now, None
    letter.address = email_address_of(user) or letter.address
    session.flush()
    return True
