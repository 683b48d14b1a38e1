"""Templates of imports, and each import with its file, person and counts (I-1, I-3, I-6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.models.base import Base, Discardable, Identified, Moment, Traced, Versioned

CHECKING, CHECKED, RUNNING, DONE, FAILED = "checking", "checked", "running", "done", "failed"
CHOOSING = "choosing"
"""The file has several sheets, and its person is asked which."""
CANCELLED = "cancelled"
UNDOING, UNDONE = "undoing", "undone"
"""What it wrote is being taken back, or was (I-7)."""


class ImportTemplate(Identified, Versioned, Traced, Discardable, Base):
    """Which headings of a file fill which fields; `kind` is customers, contacts or products."""

    __tablename__ = "import_templates"

    kind: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(60))
    columns: Mapped[list["ImportColumn"]] = relationship(
        order_by="ImportColumn.position", cascade="all, delete-orphan", lazy="selectin"
    )


class ImportColumn(Identified, Base):
    """A field filled from the heading, or with a fixed value (one file then serves several templates)."""

    __tablename__ = "import_columns"

    template_id: Mapped[int] = mapped_column(ForeignKey("import_templates.id"), index=True)
    position: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    heading: Mapped[str | None] = mapped_column(String(100))
    fixed_value: Mapped[str | None] = mapped_column(String(200))


class ImportRun(Identified, Base):
    """One file's way: read and checked, then imported. `task_id` is the long work that does the one or the other."""

    __tablename__ = "import_runs"
    __table_args__ = (Index("ix_import_runs_list", "kind", "started_at"),)

    kind: Mapped[str] = mapped_column(String(20))
    template_id: Mapped[int | None] = mapped_column(ForeignKey("import_templates.id"))
    """None where the columns were assigned by hand (I-9)."""
    file_name: Mapped[str] = mapped_column(String(200))
    stored_name: Mapped[str] = mapped_column(String(60), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    choices: Mapped[dict[str, Any]] = mapped_column(JSON)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str | None] = mapped_column(Text)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("long_tasks.id", ondelete="SET NULL"), index=True)


class ImportWrite(Identified, Base):
    """What one step of an import wrote, so that it can be taken back (I-7); the row goes as that is done.

    `at` is the moment of the import, which stands in what it wrote. `made` maps kinds to the ids of new records,
    `changed` are [kind, id, {column: [before, after]}], `items` are [table, id] of what was added to lists.
    """

    __tablename__ = "import_writes"

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    made: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    changed: Mapped[list[Any]] = mapped_column(JSON, deferred=True)
    items: Mapped[list[Any]] = mapped_column(JSON)
