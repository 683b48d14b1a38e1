"""Money received against approved orders (RC-1 to RC-4, A-7)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Coded, Discardable, Identified, Money, Traced, Versioned
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, approval_checks
from crm.models.shared_scopes import ApprovableDocument

STATES = (DRAFT, PENDING, APPROVED, REJECTED)
CHANGEABLE = (DRAFT, REJECTED)
ALIVE = text("deleted_at IS NULL")
LISTED_COLUMNS = ("received_on", "id", "owner_id", "state", "customer_id", "unit_id", "amount")
"""What the list is sorted by, and what it counts and adds up over all receipts."""
OWNER_COLUMNS = ("owner_id", "state", "received_on", "id", "amount")
STATE_COLUMNS = ("state", "received_on", "id", "owner_id", "customer_id", "unit_id", "amount")
DAYS_COLUMNS = ("received_on", "state", "customer_id", "owner_id", "unit_id", "amount")
"""What reports ask of all that was received in a time."""


class Receipt(Identified, Coded, Versioned, Traced, ApprovableDocument, Discardable, Base):
    """`amount` is the sum of its lines; a reversal (紅字) names the receipt it puts right and is negative (RC-4)."""

    __tablename__ = "receipts"
    FUNCTION = "receipts"
    __table_args__ = (
        *approval_checks(*STATES),
        CheckConstraint(
            "(reverses_id IS NULL AND amount >= 0) OR (reverses_id IS NOT NULL AND amount < 0)", name="sign"
        ),
        Index("ix_receipts_list", *LISTED_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_receipts_state", *STATE_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_receipts_owner", *OWNER_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_receipts_days", *DAYS_COLUMNS, sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_receipts_customer", "customer_id", "received_on"),
        Index("ix_receipts_approver", "approver_id", "state"),
        Index("ix_receipts_reverses", "reverses_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    payer: Mapped[str | None] = mapped_column(String(200))
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    received_on: Mapped[date]
    account: Mapped[str | None] = mapped_column(String(100))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("receipts.id"))
    notes: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")

    @property
    def worth(self) -> Decimal:
        """The amount that is decided on, called the same for every kind of document."""
        return self.amount


class ReceiptLine(Identified, Base):
    """What a receipt pays of one order."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        Index("uq_receipt_lines_order", "receipt_id", "order_id", unique=True),
        Index("ix_receipt_lines_order", "order_id"),
        CheckConstraint("amount <> 0", name="amount"),
    )

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[Decimal] = mapped_column(Money)
