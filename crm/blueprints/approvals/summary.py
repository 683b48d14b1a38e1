"""What a document says in short, where somebody decides on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from crm.domain.sales import document_lines as order_lines
from crm.domain.sales import receipts
from crm.entities.linked_records import visible_link
from crm.extensions import db
from crm.fields import PriceType, QuantityType, RateType
from crm.models import Customer, Order, OrderLine, Receipt
from crm.web.access import rights
from crm.web.firm_settings import field_context, lookups
from crm.web.formatting import show_amount, show_day, show_person
from crm.web.lines.products import floor_words
from crm.web.translation import gettext as _


@dataclass(frozen=True)
class Lines:
    """A small table: `headings` are (label, whether its column holds numbers)."""

    title: str
    headings: list[tuple[str, bool]]
    rows: Sequence[tuple[str, ...]]


def facts_of(kind: str, record: Any) -> list[tuple[str, str]]:
    """(label, value) of what matters for the decision."""
    customer = db.session.get_one(Customer, record.customer_id)
    named = [(_("Customer"), customer.name), (_("Salesperson"), show_person(record.owner_id))]
    own = _order_facts(record) if kind == "orders" else _receipt_facts(record)
    submitted = [(_("Submitted by"), show_person(record.submitted_by_id))] if record.submitted_by_id else []
    return [fact for fact in (*named, *own, *submitted) if fact[1]]


def _order_facts(order: Order) -> list[tuple[str, str]]:
    return [
        (_("Order date"), show_day(order.ordered_on)),
        (_("Due date"), show_day(order.due_on)),
        (_("Discount amount"), show_amount(order.discount_amount) if order.discount_amount else ""),
        (_("Tax"), show_amount(order.tax_amount) if order.tax_amount else ""),
        (_("Total"), show_amount(order.total)),
        (_("Notes"), order.notes or ""),
    ]


def _receipt_facts(receipt: Receipt) -> list[tuple[str, str]]:
    reversed_ = visible_link(db.session(), rights(), Receipt, receipt.reverses_id)
    return [
        (_("Reverses receipt"), reversed_.code if reversed_ else ""),
        (_("Receipt date"), show_day(receipt.received_on)),
        (_("Payer"), receipt.payer or ""),
        (_("Payment method"), lookups().dictionary("payment_method").name(receipt.payment_method_id)),
        (_("Amount received"), show_amount(receipt.amount)),
        (_("Notes"), receipt.notes or ""),
    ]


def lines_of(kind: str, record: Any) -> Lines:
    return _order_lines(record) if kind == "orders" else _receipt_lines(record)


def _order_lines(order: Order) -> Lines:
    context = field_context()
    headings = [(_("Product"), False), (_("Quantity"), True), (_("Unit price"), True), (_("Discount %"), True)]
    lines = order_lines.lines_of(db.session(), order)
    floors = order_lines.minimum_prices(db.session(), lines)
    rows = [
        (
            line.name,
            QuantityType().show(line.quantity, context),
            _price(line, floors.get(line.product_id)),
            RateType().show(line.discount, context),
            show_amount(line.amount),
        )
        for line in lines
    ]
    return Lines(_("Lines"), [*headings, (_("Amount"), True)], rows)


def _price(line: OrderLine, floor: Decimal | None) -> str | Markup:
    """The price; one below the product's lowest says so, as on the order's page (SO-1)."""
    price = PriceType().show(line.price, field_context())
    if not order_lines.is_below_minimum(line.price, line.discount, floor):
        return price
    return Markup('{}<div class="line-warning">{}</div>').format(price, floor_words(floor))


def _receipt_lines(receipt: Receipt) -> Lines:
    paid = receipts.lines_of(db.session(), receipt)
    paid_orders = db.session.scalars(select(Order).where(Order.id.in_([line.order_id for line in paid])))
    orders = {order.id: order for order in paid_orders}
    headings = [(_("Sales order"), False), (_("Order's total"), True), (_("Already received"), True)]
    rows = [
        (
            orders[line.order_id].code,
            show_amount(orders[line.order_id].total),
            show_amount(orders[line.order_id].received),
            show_amount(line.amount),
        )
        for line in paid
    ]
    return Lines(_("Orders paid"), [*headings, (_("Amount received"), True)], rows)
