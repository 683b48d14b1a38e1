"""Money received against approved orders (RC-1 to RC-4, A-7)."""

from datetime import date
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
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Coded, Discardable, Identified, Money, Traced, Versioned
from crm.models.customers import Customer
from crm.models.documents import APPROVED, DRAFT, PENDING, REJECTED, Approvable, approval_checks
from crm.models.permissions import Permission
from crm.models.rights import Rights, in_scope, in_unit

STATES = (DRAFT, PENDING, APPROVED, REJECTED)
CHANGEABLE = (DRAFT, REJECTED)
ALIVE = text("deleted_at IS NULL")
DAYS_COLUMNS = ("received_on", "state", "customer_id", "owner_id", "unit_id", "amount")
"""What reports ask of all that was received in a time."""


class Receipt(Identified, Coded, Versioned, Traced, Approvable, Discardable, Base):
    """`amount` is the sum of its lines; a reversal (紅字) names the receipt it puts right and is negative (RC-4)."""

    __tablename__ = "receipts"
    __table_args__ = (
        *approval_checks(*STATES),
        CheckConstraint(
            "(reverses_id IS NULL AND amount >= 0) OR (reverses_id IS NOT NULL AND amount < 0)", name="sign"
        ),
        Index("ix_receipts_list", "received_on", "id", "owner_id", "state", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_receipts_state", "state", "received_on", "id", "owner_id"),
        Index("ix_receipts_owner", "owner_id", "state", "received_on", "id", "amount"),
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

    @classmethod
    def seen_by(cls, rights: Rights, permission: Permission = Permission.RECEIPTS_VIEW) -> ColumnElement[bool]:
        """By its salesperson, its department then, or through the customer; or asked to decide.

        For a select that joins the customer.
        """
        own = or_(in_scope(cls.owner_id, rights, permission), in_unit(cls.unit_id, rights, permission))
        through = and_(Customer.owner_id.is_not(None), in_scope(Customer.owner_id, rights, permission))
        asked = and_(cls.approver_id == rights.user_id, cls.state == PENDING)
        may_decide = permission is Permission.RECEIPTS_VIEW and rights.may(Permission.RECEIPTS_APPROVE)
        return and_(cls.deleted_at.is_(None), or_(own, through, asked if may_decide else false()))

    @classmethod
    def visible_to(cls, rights: Rights, permission: Permission = Permission.RECEIPTS_VIEW) -> Select["Receipt"]:
        return select(cls).join(Customer, Customer.id == cls.customer_id).where(cls.seen_by(rights, permission))


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
