"""Saved reports, and to whom they are emailed when (X-6)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Identified, Moment, Versioned

NEVER, DAILY, WEEKLY, MONTHLY, FIRST_WORKDAY = "never", "daily", "weekly", "monthly", "first_workday"


class SavedReport(Identified, Versioned, Base):
    """A question to a report under a name; `query` is its address, relative periods stay relative.

    Shared with the people of a role where `role_id` names one. It is emailed to its receivers `every` day, week (on
    `weekday`, Monday is 0), month (on `month_day`, or the month's last day where it is shorter) or on the first
    working day of each month, at `hour` o'clock of the firm. `emailed_for` is the last such moment that was attended
    to.
    """

    __tablename__ = "saved_reports"
    __table_args__ = (
        CheckConstraint("every IN ('never', 'daily', 'weekly', 'monthly', 'first_workday')", name="every"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("month_day BETWEEN 1 AND 31", name="month_day"),
        Index("ix_saved_reports_user", "user_id", "name"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    report: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    every: Mapped[str] = mapped_column(String(14), default=NEVER, server_default=NEVER)
    weekday: Mapped[int] = mapped_column(default=0, server_default="0")
    month_day: Mapped[int] = mapped_column(default=1, server_default="1")
    hour: Mapped[int] = mapped_column(default=8, server_default="8")
    emailed_for: Mapped[datetime | None] = mapped_column(Moment)
    receivers: Mapped[list["ReportReceiver"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class ReportReceiver(Base):
    """A receiver of a saved report, which is counted with their own rights."""

    __tablename__ = "report_receivers"

    saved_report_id: Mapped[int] = mapped_column(ForeignKey("saved_reports.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
