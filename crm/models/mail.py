"""Queued emails, and notes on the notice board."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.i18n import N_
from crm.models.base import Base, Discardable, Identified, Moment, Traced, Versioned
from crm.models.encrypted import EncryptedText
from crm.models.states import State


class MailState(State):
    """How far an email is."""

    WAITING = "waiting", N_("Waiting to retry"), "orange"
    SENDING = "sending", N_("Being sent"), "blue"
    SENT = "sent", N_("Sent"), "green"
    FAILED = "failed", N_("Not sent"), "red"
    UNSURE = "unsure", N_("Possibly sent"), "yellow"


WAITING, SENDING, SENT, FAILED, UNSURE = MailState


class MailMessage(Identified, Base):
    """An email to one person. `message` is a message id with places for `values`, translated when it is sent.

    `key` makes it single: nothing is sent twice. `handed_at` is when its text was begun to be handed to the mail
    server: an email that was cut off after that becomes `unsure` and is never sent again automatically.
    """

    __tablename__ = "mail_messages"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unsure')", name="state"),
        Index("ix_mail_messages_waiting", "state", "next_try_at"),
        Index("uq_mail_messages_key", "key", unique=True),
    )

    key: Mapped[str] = mapped_column(String(160))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(10))
    message: Mapped[str] = mapped_column(String(300))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[str | None] = mapped_column(Text)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """A report that it carries (`key`, `query`), drawn when it is sent, with its reader's rights."""
    url: Mapped[str | None] = mapped_column(String(200))
    private_url: Mapped[str | None] = mapped_column(EncryptedText)
    """An address that lets whoever knows it in; forgotten as soon as it is handed over."""
    state: Mapped[str] = mapped_column(String(8), default=WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    handed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(String(500))


class Bulletin(Identified, Versioned, Traced, Discardable, Base):
    """A note on the notice board (公告): everybody reads it until its last day."""

    __tablename__ = "bulletins"
    __table_args__ = (Index("ix_bulletins_posted", "posted_on", "id"),)

    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str | None] = mapped_column(Text)
    posted_on: Mapped[date]
    until: Mapped[date | None]
