"""The operation log: who changed what, from what to what (A-9)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment


class OperationLog(Identified, Base):
    """One act on one record. `user_id` is empty for what no person asked for (a job).

    `entity` is the kind's key, `name` what the record was called then; `changes` maps attributes to [before, after],
    as values of JSON: ids, texts, ISO days and moments (UTC), decimals as texts.
    """

    __tablename__ = "operation_log"
    __table_args__ = (Index("ix_operation_log_record", "entity", "record_id", "at"),)

    at: Mapped[datetime] = mapped_column(Moment, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str | None] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(20))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(String(200))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
