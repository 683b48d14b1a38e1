"""Sales orders, their lines, and who sees them (SO-1 to SO-7, A-7)."""

from datetime import date
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Computed,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    text,
    type_coerce,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Coded, Discardable, Identified, Money, Price, Quantity, Traced, Versioned
from crm.models.custom_values import Customised
from crm.models.documents import (
    APPROVED,
    DRAFT,
    PENDING,
    REJECTED,
    VOID,
    Line,
    Priced,
    approval_checks,
    line_checks,
)
from crm.models.shared_scopes import ApprovableDocument

STATES = (DRAFT, PENDING, APPROVED, REJECTED, VOID)
CHANGEABLE = (DRAFT, REJECTED)
ALIVE = text("deleted_at IS NULL")
SOLD = text("deleted_at IS NULL AND approved_at IS NOT NULL")
SUMS = ("line_count", "quantity", "untaxed", "untaxed_costed", "cost")
SOLD_COLUMNS = ("ordered_on", "customer_id", "owner_id", "unit_id", "state", "total", "received", "due_on", *SUMS)
"""What reports ask of all that was sold in a time."""
BOUGHT_COLUMNS = ("customer_id", "ordered_on", "owner_id", "unit_id", "state", "total", "received", "due_on", *SUMS)
"""The same by customer: what is grouped by something of the customer's is read in the order of the customers."""
LISTED_COLUMNS = ("ordered_on", "id", "owner_id", "state", "customer_id", "unit_id", "total", "received")
"""What the list is sorted by, and what it counts and adds up over all orders."""
OWNER_COLUMNS = ("owner_id", "state", "ordered_on", "id", "total", "received")
STATE_COLUMNS = ("state", "ordered_on", "id", "owner_id", "customer_id", "unit_id", "total", "received")
NOT_SOLD = date(1, 1, 1)
"""The day of sale of an order that is none: a day all the same, since the database carries over no NULL."""
SOLD_ON = f"CASE WHEN state = '{APPROVED}' AND deleted_at IS NULL THEN ordered_on ELSE '{NOT_SOLD}' END"
"""The day of sale by the order's state. The database keeps it, and carries it over to the lines."""
OWED = text("deleted_at IS NULL AND approved_at IS NOT NULL AND received < total")
"""What is still owed is a small part of all that was ever sold: it has an index of its own (RV-1)."""
OWED_COLUMNS = (
    *("due_on", "id", "owner_id", "customer_id", "state", "total", "received", "pending"),
    *("ordered_on", "unit_id"),
)

PRODUCT_COLUMNS = ("product_id", "sold_on", "buyer_id", "quantity", "net", "net_untaxed", "cost_amount", "price")
"""What reports ask of the lines by product."""


class Order(Identified, Coded, Versioned, Traced, ApprovableDocument, Priced, Discardable, Customised, Base):
    """An agreed sale, valid once approved; `owner_id` is the salesperson (業務員), `unit_id` their department then.

    `received` and `pending` are kept by `crm.domain.sales.receivables` alone, in the transaction of the receipt that
    changes them; the database refuses more than the total (RC-2). What the lines add up to (`SUMS`) is kept with them
    by `crm.domain.sales.document_lines.set_totals`, so that a report needs the lines only where it asks for products:
    `untaxed_costed` is the amount without tax of the lines that have a cost, `cost` what those cost.

    The column `sold_on` is for the lines alone: the mapper leaves it out.
    """

    __tablename__ = "orders"
    FUNCTION = "orders"
    DERIVED = frozenset(SUMS)
    __mapper_args__ = MappingProxyType({"exclude_properties": ("sold_on",)})
    __table_args__ = (
        Column("sold_on", Date, Computed(SOLD_ON, persisted=True), nullable=False),
        Index("uq_orders_sale", "id", "sold_on", "customer_id", unique=True),
        *approval_checks(*STATES),
        CheckConstraint("tax_mode IN ('excluded', 'included')", name="tax_mode"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("received >= 0 AND pending >= 0 AND received + pending <= total", name="collected"),
        CheckConstraint("state = 'approved' OR received + pending = 0", name="collectable"),
        Index("ix_orders_list", *LISTED_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_orders_state", *STATE_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_orders_owner", *OWNER_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_orders_customer", "customer_id", "ordered_on"),
        Index("ix_orders_approver", "approver_id", "state"),
        Index(
            "ix_orders_due", "due_on", "id", "owner_id", "total", "received", sqlite_where=SOLD, postgresql_where=SOLD
        ),
        Index("ix_orders_sold", *SOLD_COLUMNS, sqlite_where=SOLD, postgresql_where=SOLD),
        Index("ix_orders_bought", *BOUGHT_COLUMNS, sqlite_where=SOLD, postgresql_where=SOLD),
        Index("ix_orders_owed", *OWED_COLUMNS, sqlite_where=OWED, postgresql_where=OWED),
        Index("ix_orders_opportunity", "opportunity_id"),
        Index(
            "uq_orders_quote",
            "quote_id",
            unique=True,
            sqlite_where=text("deleted_at IS NULL AND quote_id IS NOT NULL"),
            postgresql_where=text("deleted_at IS NULL AND quote_id IS NOT NULL"),
        ),
    )

    title: Mapped[str | None] = mapped_column(String(200))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    ordered_on: Mapped[date]
    deliver_on: Mapped[date | None]
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    payment_terms_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    due_on: Mapped[date | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey("opportunities.id"))
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"))
    contract_number: Mapped[str | None] = mapped_column(String(60))
    consignee: Mapped[str | None] = mapped_column(String(60))
    delivery_address: Mapped[str | None] = mapped_column(String(300))
    notes: Mapped[str | None] = mapped_column(Text)
    received: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    pending: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    line_count: Mapped[int] = mapped_column(default=0, server_default="0")
    quantity: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0), server_default="0")
    untaxed: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    untaxed_costed: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    cost: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    search_text: Mapped[str] = mapped_column(Text, default="")

    @property
    def worth(self) -> Decimal:
        """The amount that is decided on, called the same for every kind of document."""
        return self.total

    @hybrid_property
    def open(self) -> Decimal:
        """What is still owed: the total less what was received (RV-1)."""
        return self.total - self.received

    @open.inplace.expression
    @classmethod
    def _open_sql(cls) -> ColumnElement[Decimal]:
        return type_coerce(cls.total - cls.received, Money)

    @hybrid_property
    def collectable(self) -> Decimal:
        """What a new receipt may still take: pending receipts count as taken (RC-2)."""
        return self.total - self.received - self.pending

    @collectable.inplace.expression
    @classmethod
    def _collectable_sql(cls) -> ColumnElement[Decimal]:
        return type_coerce(cls.total - cls.received - cls.pending, Money)


class OrderLine(Identified, Line, Base):
    """`cost` is the product's at the sale, of one unit (SO-1).

    `net` is the line's part of the order's total: its amount with its tax, less its share of 優惠金額. `net_untaxed` is
    the same without tax, `cost_amount` what the whole line cost (None: 成本未填). They are kept by
    `crm.domain.sales.document_lines.set_shares`, so that no report spreads anything while it counts (X-3a).

    `sold_on` and `buyer_id` are the order's day of sale (`NOT_SOLD`) and customer. They follow the order by the foreign
    key: whoever approves, voids, deletes, restores, dates or moves an order, by whatever door, the database takes its
    lines along, and refuses a line that says something else. So a report by product reads one index of the lines.
    """

    __tablename__ = "order_lines"
    DERIVED = frozenset({"sold_on", "buyer_id"})
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "sold_on", "buyer_id"],
            ["orders.id", "orders.sold_on", "orders.customer_id"],
            onupdate="CASCADE",
        ),
        *line_checks(),
        Index("ix_order_lines_products", *PRODUCT_COLUMNS),
        Index("ix_order_lines_order", "order_id", "position"),
        Index(
            "ix_order_lines_sold", "order_id", "product_id", "quantity", "net", "net_untaxed", "cost_amount", "price"
        ),
    )

    order_id: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    sold_on: Mapped[date] = mapped_column(default=NOT_SOLD)
    buyer_id: Mapped[int]
    cost: Mapped[Decimal | None] = mapped_column(Price)
    net: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    net_untaxed: Mapped[Decimal] = mapped_column(Money, default=Decimal(0), server_default="0")
    cost_amount: Mapped[Decimal | None] = mapped_column(Money)
