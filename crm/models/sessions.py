"""Sign-in sessions, used-up one-time values, sent forms, and the system log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment


class LoginSession(Identified, Base):
    """One sign-in of one person on one device. Only the token's hash is kept (L-7).

    `last_sent_at`: when something was last sent from there, to some minutes; reading alone writes nothing (O-1).
    """

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    last_sent_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str | None] = mapped_column(String(60))
    device: Mapped[str | None] = mapped_column(String(300))


class UsedNonce(Base):
    """A captcha's nonce that has been posted; it is good for one try (L-1)."""

    __tablename__ = "used_nonces"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Moment, index=True)


class SentForm(Base):
    """A content that was sent with a form's token: the same again gets the same answer and changes nothing.

    Only where the answer led and what it said is kept; `record_kind` is the table of the record that it made.
    """

    __tablename__ = "sent_forms"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime] = mapped_column(Moment, index=True)
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    messages: Mapped[list[list[str]]] = mapped_column(JSON)
    made: Mapped[bool]
    record_kind: Mapped[str | None] = mapped_column(String(40))
    record_id: Mapped[int | None]


class SystemLog(Identified, Base):
    """Logins and failures, jobs, backups, exports, errors with their number (A-9)."""

    __tablename__ = "system_log"
    __table_args__ = (
        Index("ix_system_log_kind_name_at", "kind", "name", "at"),
        Index("ix_system_log_kind_address_at", "kind", "address", "at"),
        # Each filter of its page, in the order of the page.
        Index("ix_system_log_kind_at", "kind", "at"),
        Index("ix_system_log_user_at", "user_id", "at"),
        Index("ix_system_log_address_at", "address", "at"),
        Index("ix_system_log_name", "name", "at"),
    )

    at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(60))
    path: Mapped[str | None] = mapped_column(String(300))
    number: Mapped[str | None] = mapped_column(String(20), index=True)
    detail: Mapped[str | None] = mapped_column(Text)
