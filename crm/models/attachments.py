"""Files that hang on records of any kind: what is on disk, and where it hangs (附件)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Moment, OfAnyKind, Traced

ATTACHMENTS = "attachments"
"""What they are called among the kinds of record."""


class StoredFile(Base):
    """A file on disk, called by its content (`digest` is its SHA-256), so that the same one is there once.

    The database decides: what stands on disk without a row is thrown away. `media_type` was found in the content;
    `pictured` says that a small picture of it stands beside it.
    """

    __tablename__ = "stored_files"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    pictured: Mapped[bool] = mapped_column(default=False)
    stored_at: Mapped[datetime] = mapped_column(Moment)


class Attachment(OfAnyKind, Identified, Traced, Discardable, Base):
    """A file at a record; `name` is what its sender calls it, and no name of any file here."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_record", "kind", "record_id", "id"),
        Index("ix_attachments_digest", "digest"),
    )

    digest: Mapped[str] = mapped_column(ForeignKey("stored_files.digest"))
    name: Mapped[str] = mapped_column(String(200))
