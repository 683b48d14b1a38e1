"""Companies and departments as a tree, with people in them (A-1)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Moment, Traced, Versioned

COMPANY, DEPARTMENT = "company", "department"


class OrgUnit(Identified, Versioned, Traced, Discardable, Base):
    """A company or a department; the root has no parent."""

    __tablename__ = "org_units"
    __table_args__ = (CheckConstraint("kind IN ('company', 'department')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"), index=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    phone: Mapped[str | None] = mapped_column(String(40))
    fax: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(200))
    leader: Mapped[str | None] = mapped_column(String(60))
    notes: Mapped[str | None] = mapped_column(Text)
    # No foreign keys here: people point to units, and the two tables must not wait for each other.
    created_by_id: Mapped[int | None] = mapped_column()
    deleted_by_id: Mapped[int | None] = mapped_column()


class User(Identified, Versioned, Traced, Discardable, Base):
    """A person of the firm who may sign in."""

    __tablename__ = "users"
    __allow_unmapped__ = True
    __table_args__ = (Index("ix_users_unit_id", "unit_id", "id"),)

    login: Mapped[str] = mapped_column(String(60))
    login_key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_units.id"))
    email: Mapped[str | None] = mapped_column(String(200))
    gender: Mapped[str | None] = mapped_column(String(8))
    phone: Mapped[str | None] = mapped_column(String(40))
    mobile: Mapped[str | None] = mapped_column(String(40))
    job_title: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(10))
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)
    workbench: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    workbench_version: Mapped[int] = mapped_column(default=0, server_default="0")

    # What Flask-Login asks of a person; the session's token stands in for the id (L-7).
    session_token: str = ""
    # When something was sent in this session the last time that was noted.
    last_sent_at: datetime | None = None
    # What the person may do; read once per request by whoever loads the person.
    rights: Any = None

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None and self.deleted_at is None

    @property
    def is_authenticated(self) -> bool:
        return self.is_active

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        return self.session_token
