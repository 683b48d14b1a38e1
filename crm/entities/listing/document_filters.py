"""Finding orders and quotes by what stands in them: their customer, the products on their lines, each other (SO-2)."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union

from crm.entities.linked_records import seen_by
from crm.entities.listing.customer_filters import (
    customers_matching,
    join_customer,
    may_be_matched,
    reaches_all_customers,
)
from crm.entities.listing.declaration import Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import among_hits, limited_to, not_by_index, search_hits, uses_fts
from crm.i18n import N_
from crm.models import Customer, Order, OrderLine, Permission, Product, Quote, QuoteLine, Receipt
from crm.models.permissions import Right
from crm.models.rights import BY_CUSTOMER

LINES: dict[Any, tuple[Any, Any]] = {Order: (OrderLine, OrderLine.order_id), Quote: (QuoteLine, QuoteLine.quote_id)}
"""The lines of each kind of document, and by what they belong to it."""
Condition = Callable[[Reader, str], ColumnElement[bool]]


def by_document_content(model: Any) -> Condition:
    """Found by code, title and numbers of its own, by its customer or a product; a quote by its order, too.

    Asked for one of several things at once, a database looks at every document: their ids are put together first.
    """

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        ids = union(*_documents_matching(model, reader, typed))
        key = ("document hits", model.__tablename__, typed, reader.rights.user_id)
        return among_hits(reader.session, model, ids, key, SEARCHED_TABLES)

    return condition


def by_first_document_content(
    model: Any, permission: Right
) -> Callable[[Reader, str, int | None], ColumnElement[bool]]:
    """The same while one types: by the first `limit` hits of each kind, of the documents within the permission.

    Without `limit` all is found, and who sees few documents is asked about these alone.
    """

    def condition(reader: Reader, typed: str, limit: int | None) -> ColumnElement[bool]:
        matches: ColumnElement[bool] = model.id.in_(
            union(*_documents_matching(model, reader, typed, permission, limit))
        )
        return matches

    return condition


def content_models(model: Any) -> tuple[Any, ...]:
    """The kinds of record by whose texts a document is found."""
    return (model, Customer, *((Product,) if model in LINES else ()), *((Order,) if model is Quote else ()))


SEARCHED_TABLES = tuple(m.__tablename__ for m in (Order, OrderLine, Quote, QuoteLine, Receipt, Customer, Product))


def _documents_matching(
    model: Any, reader: Reader, typed: str, permission: Right | None = None, limit: int | None = None
) -> Iterator[Select[tuple[int]]]:
    """The ids of what is found by each: those within the permission at least, or all."""

    def hits(searched: Any) -> Select[tuple[int]]:
        return search_hits(reader.session, searched, typed, limit)

    def first(ids: Select[tuple[int]]) -> Select[tuple[int]]:
        return ids if limit is None else limited_to(ids, limit)

    yield hits(model)
    of_customer = select(model.id).where(model.customer_id.in_(hits(Customer)))
    if reaches_all_customers(reader):
        yield first(of_customer)
    elif permission is None:
        yield select(model.id).where(model.customer_id.in_(customers_matching(reader, typed)))
    elif limit is not None:
        joined = join_customer(model)(of_customer)
        yield first(joined.where(model.seen_by(reader.rights, permission), may_be_matched(reader, typed)))
    else:
        yield from _own_documents_matching(model, reader, typed, permission)
    if model in LINES:
        line, document = LINES[model]
        yield first(select(document).where(line.product_id.in_(hits(Product))))
    if _is_found_by_its_order(model, reader):
        yield _by_their_orders(reader, hits(Order))


def _own_documents_matching(model: Any, reader: Reader, typed: str, permission: Right) -> Iterator[Select[tuple[int]]]:
    """By their customers, one select for each way in which the documents are reached: each is few and has its index."""
    hits = search_hits(reader.session, Customer, typed)
    customer_id = not_by_index(model.customer_id) if uses_fts(reader.session) else model.customer_id
    for way in model.ways(reader.rights, permission):
        reached = join_customer(model)(select(model.id)).where(way.condition, customer_id.in_(hits))
        if way.through == BY_CUSTOMER:  # the indexes of owners know customers that are not deleted
            reached = reached.where(Customer.deleted_at.is_(None))
        yield reached.where(may_be_matched(reader, typed))


def by_product(model: Any) -> Condition:
    """By name, initials, code or specification of a product on its lines."""
    line, document = LINES[model]

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        products = search_hits(reader.session, Product, typed)
        matches: ColumnElement[bool] = model.id.in_(select(document).where(line.product_id.in_(products)))
        return matches

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
