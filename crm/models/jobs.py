"""What the scheduler ran, and long work that a person asked for, with its progress."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified, Moment

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
STOPPING, CANCELLED = "stopping", "cancelled"
"""Somebody does not want it any more: it is given up between two steps."""
UNFINISHED = (WAITING, RUNNING, STOPPING)


class JobRun(Identified, Base):
    """One run of a registered job. `due` is unique per job: however many processes, it runs once."""

    __tablename__ = "job_runs"
    __table_args__ = (Index("uq_job_runs_due", "job", "due", unique=True),)

    job: Mapped[str] = mapped_column(String(40))
    due: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[str | None] = mapped_column(Text)


class LongTask(Identified, Base):
    """Long work that a person asked for, done in the background: what it is, how far it is, how it ended.

    `payload` is what was asked for, `result` what came of it so far. `done` of `total` are in the unit of its kind
    (records, rows, per cent). `starts` counts how often it was begun without a step coming to its end: what brings the
    server down is not begun for ever. `file` is the name of the file it made, `number` that of the error in the log.
    """

    __tablename__ = "long_tasks"
    __table_args__ = (Index("ix_long_tasks_state", "state", "id"),)

    kind: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    starts: Mapped[int] = mapped_column(default=0, server_default="0")
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    file: Mapped[str | None] = mapped_column(String(60))
    number: Mapped[str | None] = mapped_column(String(20))
    finished_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_busy(self) -> bool:
        return self.state in UNFINISHED

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // max(self.total, 1))
