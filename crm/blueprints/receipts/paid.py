"""應收款列表: the customer's open orders in the form of a receipt, with what is received for each (RC-1, RC-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, and_, or_, select

from crm.domain.sales.receipts import lines_of
from crm.domain.sales.receivables import collectable_by
from crm.entities.measures import SOLD
from crm.entities.receipts import PAID
from crm.errors import DomainError, FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Order, Permission, Receipt
from crm.web.access import may, rights
from crm.web.errors import error_text
from crm.web.firm_settings import field_context
from crm.web.translation import gettext as _

PREFIX, WAS = "amount-", "was-"
NOT_PAYABLE = N_("No payment can be recorded for this order. Please choose again.")


@dataclass
class Row:
    """One order. `typed` is what stands in its amount; a filled amount counts as ticked, unless a tick that the form
    was shown with has been taken away."""

    number: int
    order: Order
    typed: str = ""
    ticked: bool = False
    amount: Decimal | None = None
    error: str = ""
    openable: bool = False

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.order.id}"

    @property
    def shown_as(self) -> str:
        """The name under which the form tells with which amount the row was ticked when it was shown."""
        return f"{WAS}{self.order.id}"

    @property
    def url(self) -> str:
        """Where the order can be looked at."""
        return url_for("receivables.show", id=self.order.id) if self.openable else ""


def offered_orders(customer: Customer, receipt: Receipt | None = None, changeable: bool = True) -> list[Order]:
    """The orders that the receipt names, and those that can be paid where it can be changed; the oldest first."""
    named = [line.order_id for line in lines_of(db.session(), receipt)] if receipt is not None else []
    condition: ColumnElement[bool] = Order.id.in_(named)
    if changeable:
        condition = or_(condition, and_(*collectable_by(rights())))
    statement = select(Order).join(Customer, Customer.id == Order.customer_id)
    statement = statement.where(Order.customer_id == customer.id, condition)
    return list(db.session.scalars(statement.order_by(Order.ordered_on, Order.id)))


def stored_rows(orders: Sequence[Order], amounts: Mapping[int, Decimal]) -> list[Row]:
    """The rows with amounts that are stored or offered."""
    shown = {order_id: PAID.type.edit(amount, field_context()) for order_id, amount in amounts.items()}
    openable = _openable(orders)
    return [
        Row(n, order, shown.get(order.id, ""), order.id in shown, amounts.get(order.id), openable=order.id in openable)
        for n, order in enumerate(orders, 1)
    ]


def sent_rows(orders: Sequence[Order]) -> list[Row]:
    """The rows as they were sent, each with its complaint."""
    openable = _openable(orders)
    return [_read_amount(Row(n, order, openable=order.id in openable)) for n, order in enumerate(orders, 1)]


def _openable(orders: Sequence[Order]) -> set[int]:
    """Those whose page as a receivable the person may open."""
    if not may(Permission.RECEIVABLES_VIEW):
        return set()
    joined = select(Order.id).join(Customer, Customer.id == Order.customer_id)
    visible = joined.where(*SOLD, Order.seen_by(rights(), Permission.RECEIVABLES_VIEW))
    return set(db.session.scalars(visible.where(Order.id.in_([order.id for order in orders]))))


def _read_amount(row: Row) -> Row:
    row.typed = request.form.get(row.name, "").strip()
    ticked, was = str(row.order.id) in request.form.getlist("orders"), request.form.get(row.shown_as)
    if not ticked and row.typed and row.typed == was:
        row.typed = ""  # without scripts the amount stays behind when the tick is taken away
    row.ticked = bool(row.typed) or ticked
    try:
        row.amount = PAID.type.parse(row.typed, field_context()) if row.typed else None
    except DomainError as problem:
        row.error = error_text(problem)
    if not ticked and row.typed and was:
        row.error = _(
            "It was unticked although its amount was changed. It has been ticked again: save it like this, or untick "
            "it."
        )
    if row.ticked and not row.typed:
        row.error = _("Please enter an amount above zero.")
    return row


def row_problems(rows: Sequence[Row]) -> list[str]:
    """What is wrong with the rows, in words that name each; an order that is not offered was sent or has gone."""
    offered = {row.name for row in rows}
    unknown_names = [name for name in request.form if name.startswith(PREFIX) and name not in offered]
    messages = [_(NOT_PAYABLE)] if any(request.form.get(name, "").strip() for name in unknown_names) else []
    return [*(f"{_(PAID.label)} {row.number}{_(': ')}{row.error}" for row in rows if row.error), *messages]


def lines_from(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What the domain's verb takes."""
    return [{"order_id": row.order.id, "amount": row.amount} for row in rows if row.amount is not None]


def add_row_error(rows: Sequence[Row], error: FieldError) -> None:
    """Put the verb's complaint about an order beside its amount."""
    for row in rows:
        if error.field == f"lines-{row.order.id}":
            row.error = error_text(error)
