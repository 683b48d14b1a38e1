"""The operation log: who changed what, from what to what; and the seals of both logs (A-9)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment


class OperationLog(Identified, Base):
    """One act on one record. `user_id` is empty for what no person asked for (a job).

    `entity` is the kind's key, `name` what the record was called then; `changes` maps attributes to [before, after],
    as values of JSON: ids, texts, ISO days and moments (UTC), decimals as texts.
    """

    __tablename__ = "operation_log"
    __table_args__ = (
        Index("ix_operation_log_record", "entity", "record_id", "at"),
        # Each filter of its page, in the order of the page.
        Index("ix_operation_log_entity_at", "entity", "at"),
        Index("ix_operation_log_user_at", "user_id", "at"),
        Index("ix_operation_log_action_at", "action", "at"),
        Index("ix_operation_log_address_at", "address", "at"),
        Index("ix_operation_log_name", "name", "at"),
    )

    at: Mapped[datetime] = mapped_column(Moment, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str | None] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(20))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(String(200))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)


class LogSeal(Identified, Base):
    """What the entries of a log were when they were sealed, up to `last_id` (A-9): its link in a chain.

    `log` is the log's table, `number` counts its seals from 1. `marks` tell the entries one by one, `digest` all of
    them together; `previous` is the signature before it, and `signature` signs all of this. `until` is the moment of
    the last entry. `kind`: entries; or the first link of a new chapter: after older ones were deleted as the firm
    set it (pruned), or after a backup was restored (restored). `key_mark` says which installation's key signed it.
    """

    __tablename__ = "log_seals"
    __table_args__ = (
        CheckConstraint("kind IN ('entries', 'pruned', 'restored')", name="kind"),
        Index("uq_log_seals_log", "log", "number", unique=True),
    )

    log: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    last_id: Mapped[int]
    entries: Mapped[int]
    marks: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    key_mark: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(64))
