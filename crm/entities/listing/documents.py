"""Finding orders and quotes by what stands in them: their customer, the products on their lines, each other (SO-2)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from crm.entities.linked_records import seen_by
from crm.entities.listing.customers import matches_customer
from crm.entities.listing.declaration import Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import matches_search
from crm.i18n import N_
from crm.models import Customer, Order, OrderLine, Permission, Product, Quote, QuoteLine

LINES: dict[Any, tuple[Any, Any]] = {Order: (OrderLine, OrderLine.order_id), Quote: (QuoteLine, QuoteLine.quote_id)}
"""The lines of each kind of document, and by what they belong to it."""
Condition = Callable[[Reader, str], ColumnElement[bool]]


def by_document_content(model: Any) -> Condition:
    """Found by code, title and numbers of its own, by its customer or a product; a quote by its order, too."""

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        found = [matches_search(reader.session, model, typed), matches_customer(reader, typed)]
        if model in LINES:
            found.append(by_product(model)(reader, typed))
        if model is Quote and reader.rights.may(Permission.ORDERS_VIEW):
            found.append(_by_its_order(reader, typed))
        return or_(*found)

    return condition


def by_product(model: Any) -> Condition:
    """By name, initials, code or specification of a product on its lines."""
    line, document = LINES[model]

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        products = select(Product.id).where(matches_search(reader.session, Product, typed))
        found: ColumnElement[bool] = model.id.in_(select(document).where(line.product_id.in_(products)))
        return found

    return condition


def _by_its_order(reader: Reader, typed: str) -> ColumnElement[bool]:
    """The order that it became, as far as the reader may see it: by its code, title or contract number."""
    orders = select(Order.quote_id).join(Customer, Customer.id == Order.customer_id)
    seen = orders.where(Order.quote_id.is_not(None), seen_by(Order, reader.rights))
    return Quote.id.in_(seen.where(matches_search(reader.session, Order, typed)))


def product_filter(model: Any) -> Filter:
    return Filter("product", N_("Product"), by_product(model), caps_count=True)


def has_matching_line(model: Any) -> Callable[[ColumnElement[bool]], ColumnElement[bool]]:
    """The documents with a line that fits."""
    line, document = LINES[model]
    joined = select(document).join(Product, Product.id == line.product_id)
    return lambda fits: model.id.in_(joined.where(fits))


def first_product(model: Any) -> tuple[Any, Any]:
    """What a list shows of the lines: how the first is called, and how many there are."""
    line, document = LINES[model]
    name = select(line.name).where(document == model.id).order_by(line.position, line.id).limit(1)
    number = select(func.count()).where(document == model.id)
    return name.correlate(model).scalar_subquery(), number.correlate(model).scalar_subquery()
