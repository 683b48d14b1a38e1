"""The second factor at signing in: a secret shared with an authenticator app, and recovery codes (L-6)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment
from crm.models.encrypted import EncryptedText


class SecondFactor(Base):
    """A person's secret. `confirmed_at` is empty while it is only being set up, and nothing is asked for yet.

    `last_step` is the number of the half minute whose code was used last: no code is good twice.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_step: Mapped[int] = mapped_column(default=0, server_default="0")


class RecoveryCode(Identified, Base):
    """A recovery code for a lost telephone: stored as a hash, valid once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Moment)
