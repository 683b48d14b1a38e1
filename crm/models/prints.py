"""Print templates with their versions (A-11)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Moment, Traced, Versioned


class PrintTemplate(Identified, Versioned, Traced, Discardable, Base):
    """A template of one kind of document; `built_in` names the text it came from and can go back to (恢復默認)."""

    __tablename__ = "print_templates"
    __table_args__ = (Index("ix_print_templates_module", "module", "position", "id"),)

    module: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    is_default: Mapped[bool] = mapped_column(default=False)
    built_in: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    paper: Mapped[str] = mapped_column(String(12), default="a4", server_default="a4")
    choices: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The ticked choices (`crm.domain.prints.choices`); None for older templates, which are only HTML."""


class PrintTemplateVersion(Identified, Base):
    """A text that a template has or had: since when, and who saved it (none: it came with the program)."""

    __tablename__ = "print_template_versions"
    __table_args__ = (Index("ix_print_template_versions_template", "template_id", "at"),)

    template_id: Mapped[int] = mapped_column(ForeignKey("print_templates.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
