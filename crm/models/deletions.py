"""The entries of the recycle bin (A-10)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment

RESTORABLE_FOR = timedelta(days=30)
"""How long deletions, merges and imports can be undone, and the files of deleted attachments are kept (A-10, I-7)."""


class Deletion(Identified, Base):
    """One record deleted with its dependents; the entry is removed when the record is restored or purged.

    Those of several ticked records that were deleted at once have one `batch`, and are one line of the list.

    `name` and `customer_name` (of what belongs to one) are as they were then, `owner_id` is whose it was. `counts` are
    (kind, how many) of what went along; `changes` is everything that the deletion wrote (`crm.entities.undo`), so that
    it can be taken back exactly.
    """

    __tablename__ = "deletions"
    __table_args__ = (
        Index("ix_deletions_list", "at", "id"),
        Index("ix_deletions_record", "kind", "record_id"),
        Index("ix_deletions_batch", "batch", "id"),
    )

    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    customer_name: Mapped[str | None] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    batch: Mapped[str | None] = mapped_column(String(32))
    counts: Mapped[list[Any]] = mapped_column(JSON)
    changes: Mapped[list[Any]] = mapped_column(JSON, deferred=True)
