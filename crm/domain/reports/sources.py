"""What reports count, each within the reader's reach of the report that asks (X-3)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Select, cast, extract, func, select, type_coerce

from crm.domain.reports.declaration import Source
from crm.domain.reports.dimensions import OF_CUSTOMER
from crm.entities.measures import RECEIVED, RECEIVED_BY_DAY, SOLD, SOLD_BY_ONE, SOLD_LINE
from crm.models import Customer, Order, OrderLine, Permission, Product, Receipt, Rights, User
from crm.models.base import Money
from crm.models.engine import unindexed
from crm.models.permissions import Right, Scope

THE_CUSTOMERS = {key: getattr(Customer, f"{key}_id") for key in OF_CUSTOMER}


def month_in(day: Any) -> Any:
    """202611 for a day of November 2026."""
    return cast(extract("year", day), Integer) * 100 + cast(extract("month", day), Integer)


def of_document(model: Any, day: Any) -> Mapping[str, Any]:
    """By its salesperson, their department then, and its customer."""
    own = {"owner": model.owner_id, "unit": model.unit_id, "customer": model.customer_id, "month": month_in(day)}
    return {**own, **THE_CUSTOMERS}


def customer_rows(rights: Rights, permission: Right) -> Select[Any]:
    """Customers of the people in the reader's scope; beyond the scope "own" those of the pools count too."""
    alone = rights.scope(permission) is Scope.OWN
    pooled = None if alone else Permission.POOL_VIEW
    return select(Customer.id).where(Customer.seen_by(rights, permission, pooled))


def order_rows(rights: Rights, permission: Right) -> Select[Any]:
    joined = select(Order.id).join(Customer, Customer.id == Order.customer_id)
    return joined.where(*SOLD, Order.seen_by(rights, permission))


def receipt_rows(rights: Rights, permission: Right) -> Select[Any]:
    joined = select(Receipt.id).join(Customer, Customer.id == Receipt.customer_id)
    return joined.where(*RECEIVED_BY_DAY, Receipt.seen_by(rights, permission))


THE_PRODUCT = unindexed(OrderLine.product_id)
"""By the bare number SQLite would walk through all lines ever written, product by product, looking each order up."""


def line_rows(rights: Rights, permission: Right) -> Select[Any]:
    """The lines of the same orders."""
    joined = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    joined = joined.join(Customer, Customer.id == Order.customer_id).join(Product, Product.id == THE_PRODUCT)
    return joined.where(*SOLD, Order.seen_by(rights, permission))


OWNERS_UNIT = select(User.unit_id).where(User.id == Customer.owner_id).scalar_subquery()
"""A customer's department is where its owner is now."""

CUSTOMERS = Source(
    key="customers",
    listing="customers",
    model=Customer,
    rows=customer_rows,
    day=Customer.registered_on,
    columns={
        "owner": Customer.owner_id,
        "unit": OWNERS_UNIT,
        "customer": Customer.id,
        "month": month_in(Customer.registered_on),
        **THE_CUSTOMERS,
    },
    depends=("customers", "users", "org_units"),
)
TRAITS = (Customer, "ix_customers_traits", False)
"""What is asked of customers beside others is found in a compact index of them."""

ORDERS = Source(
    key="orders",
    listing="orders",
    model=Order,
    rows=order_rows,
    unscoped_rows=(select(Order.id).where(*SOLD),),
    day=Order.ordered_on,
    columns=of_document(Order, Order.ordered_on),
    of_owner=SOLD_BY_ONE,
    own_of=("customers", "orders"),
    depends=("orders", "customers", "users", "org_units"),
    index_hints=(TRAITS, (Order, "ix_orders_bought", True)),
    unscoped_index_hints=((Order, "ix_orders_sold", False),),
)
RECEIPTS = Source(
    key="receipts",
    listing="receipts",
    model=Receipt,
    rows=receipt_rows,
    unscoped_rows=(select(Receipt.id).where(*RECEIVED_BY_DAY),),
    day=Receipt.received_on,
    columns=of_document(Receipt, Receipt.received_on),
    of_owner=RECEIVED,
    depends=("receipts", "customers", "users", "org_units"),
    index_hints=(TRAITS,),
    unscoped_index_hints=((Receipt, "ix_receipts_days", False),),
)
EACH_PRODUCT = OrderLine.product_id.in_(select(Product.id))
"""True of every line. SQLite takes one product after the other, with the days of the period alone of each."""
LINES_ALONE = Source(
    key="lines_alone",
    listing="order_lines",
    model=OrderLine,
    rows=line_rows,
    unscoped_rows=(
        select(OrderLine.id).where(EACH_PRODUCT),
        select(OrderLine.id).join(Product, Product.id == OrderLine.product_id),
    ),
    day=OrderLine.sold_on,
    without_first_day=SOLD_LINE,
    columns={
        "product": OrderLine.product_id,
        "product_category": Product.category_id,
        "month": month_in(OrderLine.sold_on),
    },
    depends=("order_lines", "orders", "products", "product_categories"),
    summed=ORDERS,
    unscoped_index_hints=((OrderLine, "ix_order_lines_products", False),),
)
SOLD_LINES = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id).where(*SOLD)
LINES = Source(
    key="lines",
    listing="order_lines",
    model=OrderLine,
    rows=line_rows,
    unscoped_rows=(SOLD_LINES, SOLD_LINES.join(Product, Product.id == THE_PRODUCT)),
    day=Order.ordered_on,
    columns={
        **of_document(Order, Order.ordered_on),
        "product": OrderLine.product_id,
        "product_category": Product.category_id,
    },
    groups={"product": THE_PRODUCT},
    of_owner=ORDERS.of_owner,
    own_of=("customers", "orders", "products"),
    depends=("order_lines", "orders", "customers", "products", "product_categories", "users", "org_units"),
    index_hints=(TRAITS,),
    unscoped_index_hints=((Order, "ix_orders_sold", False),),
    alone=LINES_ALONE,
    summed=ORDERS,
    summed_columns={
        "": func.sum(Order.line_count),
        "quantity": func.sum(Order.quantity),
        "net": func.sum(Order.total),
        "net_untaxed": func.sum(Order.untaxed),
        "cost_amount": func.sum(Order.cost),
        "profit": func.sum(type_coerce(Order.untaxed_costed - Order.cost, Money)),
    },
)
"""What was sold by product: each line's part of its order's total, so that the lines add up to 合計 (X-3a).

An order holds what its lines come to: they are counted themselves only where products are asked for.
"""
