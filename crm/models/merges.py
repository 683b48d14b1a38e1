"""Records that were made one (C-4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment, OfAnyKind


class Merge(OfAnyKind, Identified, Base):
    """`record_id` is the record that stayed, `merged` are [id, name, code] of those that went into it.

    `counts` are (kind, how many) of what moved; `changes` is everything that was written (`crm.entities.undo`). A merge
    that was undone, or is too old to be, has no row any more.
    """

    __tablename__ = "merges"
    __table_args__ = (Index("ix_merges_record", "kind", "record_id", "at"), Index("ix_merges_at", "at"))

    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    merged: Mapped[list[Any]] = mapped_column(JSON)
    counts: Mapped[list[Any]] = mapped_column(JSON)
    changes: Mapped[list[Any]] = mapped_column(JSON, deferred=True)


class FormerNumber(OfAnyKind, Base):
    """Where the address of a record leads that went into another one (`record_id`), also when that can no longer be
    undone."""

    __tablename__ = "former_numbers"
    __table_args__ = (Index("ix_former_numbers_record", "kind", "record_id"),)

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    former_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class NoDuplicate(Base):
    """Two customers that look alike, and that somebody knows to be different ones; `first_id` is the smaller number."""

    __tablename__ = "no_duplicates"

    first_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
