"""Appointments and things to do (S-2, R-3)."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, Text, and_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Moment, Traced, Versioned
from crm.models.permissions import Permission
from crm.models.rights import Rights, in_scope

ALIVE = text("deleted_at IS NULL")
TO_DO = text("deleted_at IS NULL AND done_at IS NULL")


class ScheduleItem(Identified, Versioned, Traced, Discardable, Base):
    """One item in a person's schedule; done items keep the time, the person and the words."""

    __tablename__ = "schedule_items"
    __table_args__ = (
        Index("ix_schedule_items_owner", "owner_id", "starts_at", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_schedule_items_to_do", "owner_id", "starts_at", sqlite_where=TO_DO, postgresql_where=TO_DO),
    )

    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    all_day: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("contact_records.id"), index=True)
    remind_minutes: Mapped[int | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    done_note: Mapped[str | None] = mapped_column(Text)

    @classmethod
    def seen_by(cls, rights: Rights) -> ColumnElement[bool]:
        return and_(cls.deleted_at.is_(None), in_scope(cls.owner_id, rights, Permission.SCHEDULE_VIEW))

    @classmethod
    def visible_to(cls, rights: Rights) -> Select["ScheduleItem"]:
        return select(cls).where(cls.seen_by(rights))
