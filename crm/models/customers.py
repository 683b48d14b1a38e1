"""Customers, their ledger of events, and who sees them (C-1, C-9, A-7)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    and_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Coded, Discardable, Identified, Moment, Money, Traced, Versioned
from crm.models.custom_values import Customised
from crm.models.permissions import DeclaredPermission, Permission, Right, Scope
from crm.models.rights import BY_OWNER, BY_POOL, Rights, Way, in_scope

OWNED, POOL, RECYCLED = "owned", "pool", "recycled"

THE_SAME = DeclaredPermission("pool:")
"""The pool's right that matches a right to owned customers."""

ALIVE = "deleted_at IS NULL AND owner_id IS NOT NULL"
NOT_DELETED = text("deleted_at IS NULL")
IDLE_COLUMNS = ("idle_since", "id", "owner_id", "last_contact_at")
"""What CR-5 counts by idle days; contact records of customers in the pools count there, too."""
TRAITS = (
    *("owner_id", "level_id", "region_id", "province_id", "city_id", "category_id", "source_id", "industry_id"),
    *("status_id", "nature_id", "size_id"),
)
"""By what reports group and find customers."""


def _item() -> Mapped[int | None]:
    return mapped_column(ForeignKey("dictionary_items.id"))


def _list_index(name: str, *columns: str) -> Index:
    """An index that answers a page of the list without touching the table."""
    return Index(f"ix_customers_{name}", *columns, sqlite_where=text(ALIVE), postgresql_where=text(ALIVE))


def _reaches_pool(rights: Rights, owned: Right, pooled: Right | None) -> bool:
    if pooled is THE_SAME:
        pooled = Permission.POOL_VIEW if owned.verb == "view" else Permission.POOL_SAVE
    return pooled is not None and rights.may(pooled)


class Customer(Identified, Coded, Versioned, Traced, Discardable, Customised, Base):
    """A company or person the firm sells to. Without an owner it lies in exactly one pool."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("(pool = 'owned') = (owner_id IS NOT NULL)", name="pool"),
        CheckConstraint("pool IN ('owned', 'pool', 'recycled')", name="pool_kind"),
        _list_index("list", "pinyin", "id", "owner_id"),
        _list_index("own", "owner_id", "pinyin", "id"),
        _list_index("next", "next_contact_at", "id", "owner_id", "level_id", "region_id"),
        _list_index("own_next", "owner_id", "next_contact_at", "id"),
        _list_index("last", "last_contact_at", "id", "owner_id"),
        Index("ix_customers_idle", *IDLE_COLUMNS, sqlite_where=NOT_DELETED, postgresql_where=NOT_DELETED),
        _list_index("code_order", "code", "id", "owner_id"),
        _list_index("level", "level_id", "pinyin", "id", "owner_id"),
        _list_index("status", "status_id", "pinyin", "id", "owner_id"),
        _list_index("phone", "phone_key", "pinyin", "id", "owner_id"),
        _list_index("registered", "registered_on", "id", "owner_id"),
        Index(
            "ix_customers_days",
            "registered_on",
            *TRAITS,
            "pinyin",
            "id",
            sqlite_where=NOT_DELETED,
            postgresql_where=NOT_DELETED,
        ),
        Index("ix_customers_traits", "id", "deleted_at", "registered_on", *TRAITS, "idle_since", "last_contact_at"),
        Index("ix_customers_pool", "pool", "pinyin", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str | None] = mapped_column(String(100))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    level_id: Mapped[int | None] = mapped_column(ForeignKey("customer_levels.id"))
    status_id: Mapped[int | None] = _item()
    source_id: Mapped[int | None] = _item()
    category_id: Mapped[int | None] = _item()
    industry_id: Mapped[int | None] = _item()
    nature_id: Mapped[int | None] = _item()
    size_id: Mapped[int | None] = _item()
    tax_number: Mapped[str | None] = mapped_column(String(40), index=True)
    legal_representative: Mapped[str | None] = mapped_column(String(60))
    founded_on: Mapped[date | None]
    region_id: Mapped[int | None] = _item()
    province_id: Mapped[int | None] = mapped_column(ForeignKey("provinces.id"))
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id"))
    district: Mapped[str | None] = mapped_column(String(60))
    address: Mapped[str | None] = mapped_column(String(300))
    postcode: Mapped[str | None] = mapped_column(String(12))
    phone: Mapped[str | None] = mapped_column(String(60))
    fax: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(200))
    website: Mapped[str | None] = mapped_column(String(200))
    bank: Mapped[str | None] = mapped_column(String(100))
    bank_account: Mapped[str | None] = mapped_column(String(60))
    payment_terms_id: Mapped[int | None] = _item()
    credit_limit: Mapped[Decimal | None] = mapped_column(Money)
    registered_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    pool: Mapped[str] = mapped_column(String(8), default=OWNED)
    owned_since: Mapped[datetime | None] = mapped_column(Moment)
    last_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    next_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    idle_since: Mapped[datetime | None] = mapped_column(Moment)
    notes: Mapped[str | None] = mapped_column(Text)
    # Kept for looking up: folded name, its core without company words (of the short name, too), the telephone's digits.
    name_key: Mapped[str] = mapped_column(String(200), index=True, default="")
    core_key: Mapped[str] = mapped_column(String(200), index=True, default="")
    short_key: Mapped[str | None] = mapped_column(String(100), index=True)
    phone_key: Mapped[str | None] = mapped_column(String(60), index=True)
    tax_key: Mapped[str | None] = mapped_column(String(40), index=True)
    email_key: Mapped[str | None] = mapped_column(String(200), index=True)
    website_key: Mapped[str | None] = mapped_column(String(200), index=True)
    search_text: Mapped[str] = mapped_column(Text, default="")

    @classmethod
    def ways(
        cls, rights: Rights, owned: Right = Permission.CUSTOMERS_VIEW, pooled: Right | None = THE_SAME
    ) -> tuple[Way, ...]:
        """Owned ones by scope, pool ones by the pool's right to the same."""
        own = Way(BY_OWNER, and_(cls.owner_id.is_not(None), in_scope(cls.owner_id, rights, owned)))
        return (own, Way(BY_POOL, cls.owner_id.is_(None))) if _reaches_pool(rights, owned, pooled) else (own,)

    @classmethod
    def seen_by(
        cls,
        rights: Rights,
        owned: Right = Permission.CUSTOMERS_VIEW,
        pooled: Right | None = THE_SAME,
    ) -> ColumnElement[bool]:
        """Which customers the person may reach: owned ones by scope, pool ones by the pool's right to the same."""

        def make() -> ColumnElement[bool]:
            not_deleted = cls.deleted_at.is_(None)
            if rights.scope(owned) is Scope.EVERYTHING and _reaches_pool(rights, owned, pooled):
                return not_deleted
            return and_(not_deleted, or_(*(way.condition for way in cls.ways(rights, owned, pooled))))

        reached: ColumnElement[bool] = rights.make_once(("customers", owned, pooled), make)
        return reached

    @classmethod
    def visible_to(cls, rights: Rights) -> Select["Customer"]:
        return select(cls).where(cls.seen_by(rights))


class CustomerEvent(Identified, Base):
    """The ledger: each change of level, owner, pool and status, with before and after (C-9)."""

    __tablename__ = "customer_events"
    __table_args__ = (
        Index("ix_customer_events_customer", "customer_id", "at"),
        Index("ix_customer_events_kind", "kind", "at"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(12))
    before_id: Mapped[int | None]
    after_id: Mapped[int | None]
    before: Mapped[str | None] = mapped_column(String(200))
    after: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(300))
