"""The tree of product categories, and goods and services (G-1, G-2)."""

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
    false,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.i18n import N_
from crm.models.base import Base, Coded, Discardable, Identified, Price, Traced, Versioned
from crm.models.custom_values import Customised
from crm.models.permissions import Permission
from crm.models.rights import BY_FIRM, Rights, Way, any_way
from crm.models.states import State

GOODS, SERVICE = "goods", "service"
ALIVE = text("deleted_at IS NULL")


class ProductState(State):
    """Whether a product is offered (G-2)."""

    ON_SALE = "on_sale", N_("On sale"), "green"
    STOPPED = "stopped", N_("No longer sold"), "gray"


ON_SALE, STOPPED = ProductState


class ProductCategory(Identified, Versioned, Traced, Discardable, Base):
    """A branch of the tree; `parent_id` None is a root. Deleted only when empty."""

    __tablename__ = "product_categories"
    __table_args__ = (
        Index("uq_product_categories_code", "code", unique=True, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_product_categories_parent", "parent_id", "position", "id"),
    )

    name: Mapped[str] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("product_categories.id"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class Product(Identified, Coded, Versioned, Traced, Discardable, Customised, Base):
    """Something the firm sells. Prices are of one unit; the cost is shown only with `products:cost`."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("kind IN ('goods', 'service')", name="kind"),
        CheckConstraint("state IN ('on_sale', 'stopped')", name="state"),
        Index("ix_products_list", "pinyin", "id", "state", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_products_category", "category_id", "pinyin", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("product_categories.id"))
    kind: Mapped[str] = mapped_column(String(8), default=GOODS)
    specification: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    price: Mapped[Decimal | None] = mapped_column(Price)
    cost: Mapped[Decimal | None] = mapped_column(Price)
    floor_price: Mapped[Decimal | None] = mapped_column(Price)
    state: Mapped[str] = mapped_column(String(8), default=ON_SALE.value)
    notes: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")

    @classmethod
    def ways(cls, rights: Rights, permission: Permission = Permission.PRODUCTS_VIEW) -> tuple[Way, ...]:
        """Products are the firm's: who holds the permission reaches all of them."""
        return (Way(BY_FIRM, true() if rights.may(permission) else false()),)

    @classmethod
    def seen_by(cls, rights: Rights, permission: Permission = Permission.PRODUCTS_VIEW) -> ColumnElement[bool]:
        return and_(cls.deleted_at.is_(None), any_way(cls.ways(rights, permission)))

    @classmethod
    def visible_to(cls, rights: Rights) -> Select["Product"]:
        return select(cls).where(cls.seen_by(rights))
