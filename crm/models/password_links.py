"""Links by which a person sets a new password, once (A-1, O-1)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment


class PasswordLink(Identified, Base):
    """One link. Only the hash of its token is kept.

    `purpose`: `reset`, asked for at the login page, or `invitation`, by `made_by_id`. `mark` stands for the password
    and the email address that the person had when it was made: with others the link is dead. `ended_at`: used, or
    another one took its place.
    """

    __tablename__ = "password_links"
    __table_args__ = (
        CheckConstraint("purpose IN ('reset', 'invitation')", name="purpose"),
        Index("ix_password_links_user_made", "user_id", "made_at"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str] = mapped_column(String(12))
    mark: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
