"""Sales targets of a person and year, month by month (TG-1)."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Select, and_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Money, Traced, Versioned
from crm.models.permissions import Permission
from crm.models.rights import BY_OWNER, Rights, Way, any_way, in_scope

ALIVE = text("deleted_at IS NULL")


class SalesTarget(Identified, Versioned, Traced, Discardable, Base):
    """One target per person and year; `unit_id` is the department it was set for."""

    __tablename__ = "sales_targets"
    __table_args__ = (
        Index("uq_sales_targets_person", "user_id", "year", unique=True, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_sales_targets_year", "year", "unit_id"),
        CheckConstraint("year BETWEEN 1900 AND 2999", name="year"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    year: Mapped[int]

    @classmethod
    def ways(cls, rights: Rights, permission: Permission = Permission.TARGET_SETTING_VIEW) -> tuple[Way, ...]:
        return (Way(BY_OWNER, in_scope(cls.user_id, rights, permission)),)

    @classmethod
    def seen_by(cls, rights: Rights, permission: Permission = Permission.TARGET_SETTING_VIEW) -> ColumnElement[bool]:
        return and_(cls.deleted_at.is_(None), any_way(cls.ways(rights, permission)))

    @classmethod
    def visible_to(cls, rights: Rights) -> Select["SalesTarget"]:
        return select(cls).where(cls.seen_by(rights))


class TargetMonth(Base):
    """A month's figure of a target; `month` from 1 to 12."""

    __tablename__ = "target_months"
    __table_args__ = (
        CheckConstraint("month BETWEEN 1 AND 12", name="month"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    target_id: Mapped[int] = mapped_column(ForeignKey("sales_targets.id"), primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
