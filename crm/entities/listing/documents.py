"""Finding orders and quotes by what stands in them: their customer, the products on their lines, each other (SO-2)."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union

from crm.entities.linked_records import seen_by
from crm.entities.listing.customers import customers_matching, join_customer, may_be_matched, reaches_all_customers
from crm.entities.listing.declaration import Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import MANY_HITS, among_hits, search_hits
from crm.i18n import N_
from crm.models import Customer, Order, OrderLine, Permission, Product, Quote, QuoteLine, Receipt, Scope
from crm.models.permissions import Right

LINES: dict[Any, tuple[Any, Any]] = {Order: (OrderLine, OrderLine.order_id), Quote: (QuoteLine, QuoteLine.quote_id)}
"""The lines of each kind of document, and by what they belong to it."""
Condition = Callable[[Reader, str], ColumnElement[bool]]


def by_document_content(model: Any, hurried_for: Right | None = None) -> Condition:
    """Found by code, title and numbers of its own, by its customer or a product; a quote by its order, too.

    Asked for one of several things at once, a database looks at every document: their ids are put together first.
    While one types (`hurried_for`: what one must be allowed to see), the first thousand of each are enough for who sees
    every document, and others are asked about their own alone.
    """

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        found = list(_documents_matching(model, reader, typed, hurried_for))
        if hurried_for is not None and reader.rights.scope(hurried_for) is Scope.EVERYTHING:
            first: ColumnElement[bool] = model.id.in_(union(*map(_first_hits, found)))
            return first
        key = ("document hits", model.__tablename__, typed, reader.rights.user_id)
        return among_hits(reader.session, model, union(*found), key, SEARCHED_TABLES)

    return condition


def _first_hits(ids: Select[Any]) -> Select[Any]:
    return select(ids.limit(MANY_HITS).subquery())


SEARCHED_TABLES = tuple(m.__tablename__ for m in (Order, OrderLine, Quote, QuoteLine, Receipt, Customer, Product))


def _documents_matching(
    model: Any, reader: Reader, typed: str, hurried_for: Right | None = None
) -> Iterator[Select[tuple[int]]]:
    """The ids of what is found by each."""
    yield search_hits(reader.session, model, typed)
    if reaches_all_customers(reader) or hurried_for is None:
        yield select(model.id).where(model.customer_id.in_(customers_matching(reader, typed)))
    else:
        joined = join_customer(model)(select(model.id)).where(model.seen_by(reader.rights, hurried_for))
        yield joined.where(
            model.customer_id.in_(search_hits(reader.session, Customer, typed)), may_be_matched(reader, typed)
        )
    if model in LINES:
        line, document = LINES[model]
        yield select(document).where(line.product_id.in_(search_hits(reader.session, Product, typed)))
    if _is_found_by_its_order(model, reader):
        yield _by_their_orders(reader, search_hits(reader.session, Order, typed))


def by_product(model: Any) -> Condition:
    """By name, initials, code or specification of a product on its lines."""
    line, document = LINES[model]

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        products = search_hits(reader.session, Product, typed)
        found: ColumnElement[bool] = model.id.in_(select(document).where(line.product_id.in_(products)))
        return found

    return condition


def _is_found_by_its_order(model: Any, reader: Reader) -> bool:
    return model is Quote and reader.rights.may(Permission.ORDERS_VIEW)


def _by_their_orders(reader: Reader, hits: Select[Any]) -> Select[Any]:
    """The quotes of the orders that match by code, title or contract number, as far as the reader may see those."""
    orders = select(Order.quote_id).join(Customer, Customer.id == Order.customer_id)
    return orders.where(Order.quote_id.is_not(None), seen_by(Order, reader.rights), Order.id.in_(hits))


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
