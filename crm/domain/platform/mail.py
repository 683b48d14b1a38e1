"""Emails to the firm's people: queued with what they are about, sent by a job, never twice (reminders by email)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from crm.domain.platform.settings import FirmSettings, read_settings
from crm.models import MailMessage, User
from crm.models.mail import FAILED, SENDING, SENT, UNSURE, WAITING

RETRY_MINUTES = (1, 5, 15, 60, 240)
"""It is tried again after so many minutes; after the last try it has failed."""
STUCK = timedelta(minutes=10)
"""An email that is being sent for so long was left behind by a process that ended."""

SHOWN_FOR = timedelta(days=7)
"""What could not be sent before is no longer news."""


def is_mail_configured(firm: FirmSettings) -> bool:
    """Whether a mail server is set up."""
    return bool(firm.mail_host and firm.mail_from)


def email_address_of(user: User) -> str | None:
    """The address for emails to a person; None for somebody who left or has no address."""
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
    private_url: str | None = None,
) -> MailMessage | None:
    """Queue an email; None without a mail server, without an address, or where the key was used before.

    `message` is a message id with places for `values`; `body` is further text as it was written by a person.
    `private_url` is kept encrypted until it is sent.
    """
    firm = read_settings(session)
    user = session.get(User, user_id)
    address = email_address_of(user) if user is not None else None
    if user is None or address is None or not is_mail_configured(firm):
        return None
    if session.scalar(select(MailMessage.id).where(MailMessage.key == key)) is not None:
        return None
    email = MailMessage(
        key=key,
        user_id=user_id,
        address=address,
        language=user.language or firm.language,
        message=message,
        values=dict(values),
        body=body,
        url=url,
        report=dict(report) if report is not None else None,
        private_url=private_url,
        created_at=now,
        next_try_at=now,
    )
    session.add(email)
    session.flush()
    return email


def delete_waiting_emails(session: Session, user_id: int) -> None:
    """Whoever left is sent nothing that was queued before."""
    waiting = (MailMessage.user_id == user_id, MailMessage.state == WAITING)
    session.execute(delete(MailMessage).where(*waiting).execution_options(synchronize_session=False))


def due_emails(now: datetime) -> Select[int]:
    """The ids of the emails that are due, the oldest first."""
    due = (MailMessage.state == WAITING, or_(MailMessage.next_try_at <= now, _scheduled_by_a_wrong_clock(now)))
    return select(MailMessage.id).where(*due).order_by(MailMessage.next_try_at, MailMessage.id)


def _scheduled_by_a_wrong_clock(now: datetime) -> ColumnElement[bool]:
    """The next try is farther away than it can be: the clock was set back since, and it would wait for as long."""
    row, waits = MailMessage, (0, *RETRY_MINUTES)
    return or_(
        *(
            and_(row.attempts == tries, row.next_try_at > now + timedelta(minutes=minutes))
            for tries, minutes in enumerate(waits)
        )
    )


def claim_email(session: Session, email_id: int, now: datetime) -> MailMessage | None:
    """Claim the email for this process; None where another one was first."""
    claim = update(MailMessage).where(MailMessage.id == email_id, MailMessage.state == WAITING)
    claimed = session.scalar(
        claim.values(state=SENDING, claimed_at=now, handed_at=None, attempts=MailMessage.attempts + 1)
        .returning(MailMessage.id)
        .execution_options(synchronize_session=False)
    )
    return session.get_one(MailMessage, claimed, populate_existing=True) if claimed is not None else None


def mark_transmitting(session: Session, email: MailMessage, now: datetime) -> bool:
    """Committed before the text goes out: from here on it may have arrived, and is not sent again automatically.

    False where the claim was taken back meanwhile, as when the clock jumped: then somebody else sends it.
    """
    row = MailMessage
    claimed_by_us = (row.id == email.id, row.state == SENDING, row.claimed_at == email.claimed_at)
    handing = update(row).where(*claimed_by_us).values(handed_at=now).returning(MailMessage.id)
    return session.scalar(handing.execution_options(synchronize_session=False)) is not None


def mark_sent(session: Session, email_id: int, now: datetime) -> None:
    sent_values = {"state": SENT, "sent_at": now, "error": None, "private_url": None}
    session.execute(update(MailMessage).where(MailMessage.id == email_id).values(sent_values))


def mark_failed(session: Session, email_id: int, error: str, now: datetime, for_good: bool) -> None:
    """Schedule the next try, or give up: after the last one, or where the server says it will never accept it."""
    email = session.get_one(MailMessage, email_id, populate_existing=True)
    email.error = error[:500]
    if for_good or email.attempts > len(RETRY_MINUTES):
        email.state, email.private_url = FAILED, None
    else:
        email.state = WAITING
        email.next_try_at = now + timedelta(minutes=RETRY_MINUTES[email.attempts - 1])
    session.flush()


def requeue_stuck(session: Session, now: datetime) -> int:
    """Emails of a process that ended: those not yet transmitting are queued again, the others become `unsure`."""
    stuck = _stuck(now)
    cut_off = update(MailMessage).where(*stuck, MailMessage.handed_at.is_not(None))
    session.execute(cut_off.values(state=UNSURE, private_url=None))
    requeued = update(MailMessage).where(*stuck, MailMessage.handed_at.is_(None))
    return len(list(session.scalars(requeued.values(state=WAITING, next_try_at=now).returning(MailMessage.id))))


def has_stuck(session: Session, now: datetime) -> bool:
    return session.scalar(select(MailMessage.id).where(*_stuck(now)).limit(1)) is not None


def _stuck(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Claimed long ago, or by a clock that was set back since."""
    claimed_at = MailMessage.claimed_at
    return MailMessage.state == SENDING, or_(claimed_at < now - STUCK, claimed_at > now + STUCK)


def failed_emails() -> Select[MailMessage]:
    """The emails an administrator should see: failed, unsure, or waiting after a failure; the newest first."""
    bad = MailMessage.state.in_((FAILED, UNSURE)) | ((MailMessage.state == WAITING) & (MailMessage.attempts > 0))
    return select(MailMessage).where(bad).order_by(MailMessage.created_at.desc(), MailMessage.id.desc())


def counts_by_state(session: Session) -> dict[str, int]:
    """State → number of emails."""
    rows = session.execute(select(MailMessage.state, func.count()).group_by(MailMessage.state))
    return {row[0]: row[1] for row in rows}


def unsent_counts(session: Session, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """State → emails of the last 7 days that were not sent (yet), and since when the first waiting one is due."""
    row, unsent = MailMessage, (WAITING, SENDING, FAILED, UNSURE)
    statement = select(row.state, func.count(), func.min(row.next_try_at)).where(
        row.state.in_(unsent), row.created_at >= now - SHOWN_FOR
    )
    rows = session.execute(statement.group_by(row.state)).all()
    return {state: count for state, count, _ in rows}, next((due for state, _, due in rows if state == WAITING), None)


def retry_email(session: Session, email: MailMessage, now: datetime) -> bool:
    """An administrator sends a failed or unsure email once more; False where it is neither any more."""
    session.refresh(email, with_for_update=True)
    if email.state not in (FAILED, UNSURE, WAITING):
        return False
    user = session.get_one(User, email.user_id)
    email.state, email.attempts, email.next_try_at, email.error = WAITING, 0, now, None
    email.address = email_address_of(user) or email.address
    session.flush()
    return True
