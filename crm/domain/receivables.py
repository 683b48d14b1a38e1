"""What orders are owed: total, received, pending, open, derived in one place (RV-1, RC-2)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from crm.domain.errors import DomainError
from crm.domain.generations import touch
from crm.i18n import N_
from crm.models import Order, Receipt, ReceiptLine
from crm.models.documents import APPROVED, PENDING


def lock_orders(session: Session, order_ids: Iterable[int]) -> dict[int, Order]:
    """The orders, held until the end of the transaction, in one order for everybody."""
    wanted = select(Order).where(Order.id.in_(sorted(set(order_ids)))).order_by(Order.id).with_for_update()
    found = session.scalars(wanted.execution_options(populate_existing=True))
    return {order.id: order for order in found}


def recount(session: Session, order_ids: Iterable[int]) -> None:
    """Count `received` and `pending` of the orders anew from their receipts.

    Raises DomainError where more would be taken than the order is worth, or less than nothing; whoever calls rolls
    back to before the receipt's change.
    """
    ids = sorted(set(order_ids))
    orders = lock_orders(session, ids)
    positive = case((ReceiptLine.amount > 0, ReceiptLine.amount), else_=Decimal(0))
    wanted = (
        select(
            ReceiptLine.order_id,
            func.sum(case((Receipt.state == APPROVED, ReceiptLine.amount), else_=Decimal(0))).label("received"),
            func.sum(case((Receipt.state == PENDING, positive), else_=Decimal(0))).label("pending"),
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .where(ReceiptLine.order_id.in_(ids), Receipt.deleted_at.is_(None))
        .group_by(ReceiptLine.order_id)
    )
    sums: dict[int, Any] = {row.order_id: row for row in session.execute(wanted)}
    for order in orders.values():
        row = sums.get(order.id)
        received, pending = (row.received, row.pending) if row else (Decimal(0), Decimal(0))
        if received < 0:
            raise DomainError(N_("More would be taken back for %(code)s than was received."), code=order.code)
        if received + pending > order.total:
            raise too_much(order)
        order.received, order.pending = received, pending
    touch(session, "orders")
    session.flush()


def too_much(order: Order) -> DomainError:
    return DomainError(
        N_("Only %(open)s can still be received for %(code)s; other receipts may be awaiting approval."),
        code=order.code,
        open=f"{order.collectable:,.2f}",
    )


def days_overdue(due_on: date | None, open_amount: Decimal, today: date) -> int:
    """How many days the due date is over while something is still owed; 0 otherwise."""
    if due_on is None or open_amount <= 0 or due_on >= today:
        return 0
    return (today - due_on).days
