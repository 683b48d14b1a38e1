"""What quotes, orders and receipts have in common: amounts, lines, states of approval (03-sales)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm.i18n import N_
from crm.models.base import Base, Identified, Moment, Money, OfAnyKind, Price, Quantity, Rate
from crm.models.states import State


class DocumentState(State):
    """States of a document that somebody else decides on (SO-2)."""

    DRAFT = "draft", N_("Draft"), "gray"
    PENDING = "pending", N_("Awaiting approval"), "orange"
    APPROVED = "approved", N_("Approved"), "green"
    REJECTED = "rejected", N_("Rejected"), "red"
    VOID = "void", N_("Void"), "purple"


DRAFT, PENDING, APPROVED, REJECTED, VOID = DocumentState
TAX_EXCLUDED, TAX_INCLUDED = "excluded", "included"


def approval_checks(*states: str) -> tuple[CheckConstraint, ...]:
    """The state is one of those, and agrees with its facts: approved or void ⇔ it was approved at a time."""
    state_list = ", ".join(f"'{state}'" for state in states)
    return (
        CheckConstraint(f"state IN ({state_list})", name="state"),
        CheckConstraint("(state IN ('approved', 'void')) = (approved_at IS NOT NULL)", name="approved"),
        CheckConstraint("state <> 'pending' OR submitted_at IS NOT NULL", name="submitted"),
    )


class Approvable:
    """A document that is decided by somebody else (SO-2 to SO-7, RC-3)."""

    state: Mapped[str] = mapped_column(String(8), default=DRAFT.value)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_at: Mapped[datetime | None] = mapped_column(Moment)

    @declared_attr
    def submitted_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def approver_id(cls) -> Mapped[int | None]:
        """Who was asked to decide (審核人); somebody else who may can decide too."""
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def approved_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("users.id"))


class Priced:
    """The sums of a document with lines: `goods_amount` without tax, less `discount_amount`, plus `tax_amount`."""

    tax_mode: Mapped[str] = mapped_column(String(8), default=TAX_EXCLUDED)
    discount_amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    goods_amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    tax_amount: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))


class Line:
    """One line: what is sold, as it was called then. `amount` is quantity × price × discount % / 100 (half up)."""

    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(200))
    specification: Mapped[str | None] = mapped_column(String(200))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    price: Mapped[Decimal] = mapped_column(Price)
    discount: Mapped[Decimal] = mapped_column(Rate, default=Decimal(100))
    tax_rate: Mapped[Decimal] = mapped_column(Rate, default=Decimal(0))
    amount: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money, default=Decimal(0))
    notes: Mapped[str | None] = mapped_column(Text)

    @declared_attr
    def product_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("products.id"), index=True)

    @declared_attr
    def unit_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("dictionary_items.id"))


def line_checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("discount >= 0", name="discount"),
    )


class WorkflowEvent(OfAnyKind, Identified, Base):
    """One step in the history of a document: who, when, from which state to which, with what opinion (SO-4)."""

    __tablename__ = "workflow_events"
    __table_args__ = (Index("ix_workflow_events_record", "kind", "record_id", "at", "id"),)

    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    step: Mapped[str] = mapped_column(String(20))
    state_before: Mapped[str | None] = mapped_column(String(8))
    state_after: Mapped[str] = mapped_column(String(8))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opinion: Mapped[str | None] = mapped_column(Text)
    for_id: Mapped[int | None]
    """In whose place it was taken (代理審核)."""
