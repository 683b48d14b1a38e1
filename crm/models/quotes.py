"""Offers with product lines (QT-1 to QT-3)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Coded, Discardable, Identified, Traced, Versioned
from crm.models.documents import Line, Priced, line_checks
from crm.models.shared_scopes import SoldToCustomer

ALIVE = text("deleted_at IS NULL")


class Quote(SoldToCustomer, Identified, Coded, Versioned, Traced, Priced, Discardable, Base):
    """An offer to a customer, of an opportunity or standing alone; `owner_id` is the salesperson (業務員)."""

    __tablename__ = "quotes"
    FUNCTION = "quotes"
    __table_args__ = (
        CheckConstraint("tax_mode IN ('excluded', 'included')", name="tax_mode"),
        CheckConstraint("total >= 0", name="total"),
        Index("ix_quotes_list", "quoted_on", "id", "owner_id", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_quotes_owner", "owner_id", "quoted_on", "id"),
        Index("ix_quotes_customer", "customer_id", "quoted_on"),
        Index("ix_quotes_opportunity", "opportunity_id"),
        Index("ix_quotes_revises", "revises_id"),
    )

    title: Mapped[str] = mapped_column(String(200))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunities.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    quoted_on: Mapped[date]
    valid_until: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    notes: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")


class QuoteLine(Identified, Line, Base):
    __tablename__ = "quote_lines"
    __table_args__ = (*line_checks(), Index("ix_quote_lines_quote", "quote_id", "position"))

    quote_id: Mapped[int] = mapped_column(ForeignKey("quotes.id"))
