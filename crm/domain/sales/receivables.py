"""What is owed of orders: total, received, pending, open, derived in one place (RV-1, RC-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.measures import AWAITED, COLLECTABLE, RECEIVED, SOLD, is_sold
from crm.entities.orders import ORDER
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import Customer, Order, Permission, Receipt, ReceiptLine, Rights
from crm.models.rights import surely_in_scope
from crm.models.table_versions import invalidate

COLLECT = "collect"
"""To enter a receipt for an order (RC-1)."""


def _collected_by(rights: Rights) -> ColumnElement[bool]:
    """The orders that are seen, and within the reach of saving receipts. For a select that joins the customer (A-7)."""
    visible = or_(Order.seen_by(rights), Order.seen_by(rights, Permission.RECEIVABLES_VIEW))
    return and_(Order.seen_by(rights, Permission.RECEIPTS_SAVE), visible)


def _surely_collected(rights: Rights, order: Order) -> bool | None:
    """By whose order it is: that spares a statement."""
    permissions = (Permission.RECEIPTS_SAVE, Permission.ORDERS_VIEW)
    return all(surely_in_scope(order.owner_id, rights, permission) for permission in permissions) or None


policy.declare_action("orders", COLLECT, Permission.RECEIPTS_SAVE, reached=_collected_by, known=_surely_collected)


@policy.guard("orders", COLLECT)
def _owes(session: Session, order: Order, actor: Actor) -> DomainError | None:
    """It must be approved, and not yet wholly paid or awaited."""
    return None if is_sold(order) and order.collectable > 0 else DomainError(N_("No payment can be recorded for it."))


def collectable_by(rights: Rights) -> tuple[ColumnElement[bool], ...]:
    """The orders for which this person can enter a receipt. For a select that joins the customer."""
    return (*COLLECTABLE, policy.reached(ORDER, rights, COLLECT))


def paying_customers(rights: Rights, owed: tuple[ColumnElement[bool], ...] = COLLECTABLE) -> Select[Any]:
    """The customers that have such orders; with `owed` SOLD also those whose orders are all paid or awaited now."""
    orders = select(Order.customer_id).where(
        Order.customer_id == Customer.id, *owed, policy.reached(ORDER, rights, COLLECT)
    )
    return select(Customer).where(Customer.deleted_at.is_(None), orders.correlate(Customer).exists())


@dataclass(frozen=True)
class Debtor:
    """A customer that money can be received from: how many orders, how much, the earliest due date."""

    customer_id: int
    name: str
    orders: int
    amount: Decimal
    due_on: date | None


def debtors(session: Session, rights: Rights, limit: int = 20) -> list[Debtor]:
    """The customers with something to collect, the longest due first."""
    due = func.min(Order.due_on)
    statement = (
        select(Customer.id, Customer.name, func.count(), func.sum(Order.collectable), due)
        .join(Order, Order.customer_id == Customer.id)
        .where(Customer.deleted_at.is_(None), *collectable_by(rights))
        .group_by(Customer.id, Customer.name, Customer.pinyin)
        .order_by(due.is_(None), due, Customer.pinyin, Customer.id)
        .limit(limit)
    )
    return [Debtor(*row) for row in session.execute(statement)]


@dataclass(frozen=True)
class CustomerTotals:
    """What was sold to a customer and received from it."""

    sold: Decimal = Decimal(0)
    received: Decimal = Decimal(0)

    @property
    def open(self) -> Decimal:
        return self.sold - self.received


_SUMS = select(func.sum(Order.total), func.sum(Order.received)).where(
    Order.customer_id == bindparam("wanted", type_=Integer), *SOLD
)
_LOOKS = (Permission.ORDERS_VIEW, Permission.RECEIVABLES_VIEW)


def customer_totals(session: Session, customer: Customer, rights: Rights) -> CustomerTotals:
    """Over the approved orders of the customer that the person may see."""
    statement = _SUMS
    if not any(surely_in_scope(customer.owner_id, rights, permission) for permission in _LOOKS):
        visible = or_(*(Order.seen_by(rights, permission) for permission in _LOOKS))
        statement = _SUMS.join(Customer, Customer.id == Order.customer_id).where(visible)
    sold, received = session.execute(statement, {"wanted": customer.id}).one()
    return CustomerTotals(sold or Decimal(0), received or Decimal(0))


def lock_orders(session: Session, order_ids: Iterable[int]) -> dict[int, Order]:
    """The orders, held until the end of the transaction, in one order for everybody."""
    statement = select(Order).where(Order.id.in_(sorted(set(order_ids)))).order_by(Order.id).with_for_update()
    orders = session.scalars(statement.execution_options(populate_existing=True))
    return {order.id: order for order in orders}


def recount(session: Session, order_ids: Iterable[int]) -> None:
    """Count `received` and `pending` of the orders anew from their receipts.

    Raises DomainError where more would be taken than the order is worth, or less than nothing; whoever calls rolls
    back to before the receipt's change.
    """
    ids = sorted(set(order_ids))
    orders = lock_orders(session, ids)
    positive = case((ReceiptLine.amount > 0, ReceiptLine.amount), else_=Decimal(0))
    statement = (
        select(
            ReceiptLine.order_id,
            func.sum(case((and_(*RECEIVED), ReceiptLine.amount), else_=Decimal(0))).label("received"),
            func.sum(case((and_(*AWAITED), positive), else_=Decimal(0))).label("pending"),
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .where(ReceiptLine.order_id.in_(ids), Receipt.deleted_at.is_(None))
        .group_by(ReceiptLine.order_id)
    )
    sums: dict[int, Any] = {row.order_id: row for row in session.execute(statement)}
    for order in orders.values():
        row = sums.get(order.id)
        received, pending = (row.received, row.pending) if row else (Decimal(0), Decimal(0))
        if received < 0:
            raise DomainError(N_("The reversal for %(code)s exceeds the amount received."), code=order.code)
        if received + pending > order.total:
            raise over_collection_error(order)
        order.received, order.pending = received, pending
    invalidate(session, "orders")
    session.flush()


def over_collection_error(order: Order) -> DomainError:
    return DomainError(
        N_("Only %(open)s can still be received for %(code)s; other receipts may be awaiting approval."),
        code=order.code,
        open=f"{order.collectable:,.2f}",
    )
