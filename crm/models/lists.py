"""A person's preferences of the lists: saved searches, and the columns they chose (C-5)."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Identified


class SavedSearch(Identified, Base):
    """A search of one list under a name; `query` is its address. Shared ones are everybody's to use."""

    __tablename__ = "saved_searches"
    __table_args__ = (Index("ix_saved_searches_list", "list_key", "user_id"),)

    list_key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    query: Mapped[str] = mapped_column(Text)


class ListColumns(Base):
    """The columns a person wants in a list, in order."""

    __tablename__ = "list_columns"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    list_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    columns: Mapped[list[Any]] = mapped_column(JSON)
