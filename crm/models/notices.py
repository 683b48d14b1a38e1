"""What a person should know: customers assigned or about to be recycled, decisions, reminders (F-4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment


class Notice(Identified, Base):
    """`message` is a message id with places for `values`, so that everybody reads it in their language.

    `key` makes a notice single: the same key is not sent twice to the same person.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_person", "user_id", "read_at", "at"),
        Index("uq_notices_key", "user_id", "key", unique=True),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(String(300))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    url: Mapped[str | None] = mapped_column(String(200))
    key: Mapped[str | None] = mapped_column(String(120))
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    """When what it asked for was done: it is not shown any more."""
