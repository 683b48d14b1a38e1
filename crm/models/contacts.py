"""Contacts and contact records; both are seen through their customer (K-1, R-1, A-7)."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import YIELDS, Base, Coded, Discardable, Identified, Moment, Traced, Versioned
from crm.models.shared_scopes import BelongsToCustomer

ALIVE = text("deleted_at IS NULL")


class Contact(BelongsToCustomer, Identified, Coded, Versioned, Traced, Discardable, Base):
    """A person at a customer; at most one of a customer's is the main one."""

    __tablename__ = "contacts"
    FUNCTION = "contacts"
    __table_args__ = (
        Index("ix_contacts_list", "pinyin", "id", "customer_id", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_contacts_customer", "customer_id", "is_main", "pinyin"),
        Index(
            "uq_contacts_main",
            "customer_id",
            unique=True,
            info={YIELDS: "is_main"},
            sqlite_where=text("is_main = 1 AND deleted_at IS NULL"),
            postgresql_where=text("is_main AND deleted_at IS NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(String(60))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    gender: Mapped[str | None] = mapped_column(String(8))
    department: Mapped[str | None] = mapped_column(String(60))
    job_title: Mapped[str | None] = mapped_column(String(60))
    mobile: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(200))
    qq: Mapped[str | None] = mapped_column(String(40))
    wechat: Mapped[str | None] = mapped_column(String(60))
    line: Mapped[str | None] = mapped_column(String(60))
    birthday: Mapped[date | None]
    address: Mapped[str | None] = mapped_column(String(300))
    is_main: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str | None] = mapped_column(Text)
    mobile_key: Mapped[str | None] = mapped_column(String(60), index=True)
    email_key: Mapped[str | None] = mapped_column(String(200), index=True)
    search_text: Mapped[str] = mapped_column(Text, default="")


def _by_choice(name: str, column: str) -> Index:
    """For the list of records in the order of what was chosen."""
    columns = (column, "contacted_at", "id", "customer_id")
    return Index(f"ix_contact_records_{name}", *columns, sqlite_where=ALIVE, postgresql_where=ALIVE)


class ContactRecord(BelongsToCustomer, Identified, Versioned, Traced, Discardable, Base):
    """One visit, call or message: what was said and when to contact next (R-1).

    `level_before_id` and `next_contact_before` are the customer's values that this record
    replaced, so that deleting it can put them back (R-4).
    """

    __tablename__ = "contact_records"
    FUNCTION = "records"
    __table_args__ = (
        Index(
            "ix_contact_records_list", "contacted_at", "id", "customer_id", sqlite_where=ALIVE, postgresql_where=ALIVE
        ),
        _by_choice("method", "method_id"),
        _by_choice("level", "level_id"),
        Index(
            "ix_contact_records_counted",
            "customer_id",
            "created_by_id",
            "contacted_at",
            sqlite_where=ALIVE,
            postgresql_where=ALIVE,
        ),
        Index("ix_contact_records_customer", "customer_id", "contacted_at", "id", "deleted_at"),
        Index(
            "ix_contact_records_to_remind",
            "next_contact_at",
            sqlite_where=text("remind_by_email = 1 AND deleted_at IS NULL"),
            postgresql_where=text("remind_by_email AND deleted_at IS NULL"),
        ),
        Index("ix_contact_records_person", "created_by_id", "contacted_at", "id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    contacted_at: Mapped[datetime] = mapped_column(Moment)
    method_id: Mapped[int] = mapped_column(ForeignKey("dictionary_items.id"))
    content: Mapped[str] = mapped_column(Text)
    level_id: Mapped[int | None] = mapped_column(ForeignKey("customer_levels.id"))
    level_before_id: Mapped[int | None] = mapped_column(ForeignKey("customer_levels.id"))
    next_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    next_contact_before: Mapped[datetime | None] = mapped_column(Moment)
    next_plan: Mapped[str | None] = mapped_column(String(500))
    add_to_schedule: Mapped[bool] = mapped_column(default=True)
    remind_by_email: Mapped[bool] = mapped_column(default=False)
