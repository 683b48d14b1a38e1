"""Finding records by the customer that they belong to; for lists whose select joins it (C-5)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from crm.entities.listing.declaration import Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import matches_search, names_contain, search_hits
from crm.i18n import N_
from crm.models import Customer, Permission, Scope


def join_customer(model: Any) -> Callable[[Select[Any]], Select[Any]]:
    """Joins the customer of records that belong to one."""
    return lambda statement: statement.join(Customer, Customer.id == model.customer_id)


def matches_customer(reader: Reader, typed: str) -> ColumnElement[bool]:
    """Found by its customer: by all its texts where the reader may see its file, else by its name alone."""
    condition = matches_search(reader.session, Customer, typed)
    return condition if reaches_all_customers(reader) else and_(condition, may_be_matched(reader, typed))


def customers_matching(reader: Reader, typed: str) -> Select[Any]:
    """The ids of the same customers, where a statement asks for them beside others."""
    hits = search_hits(reader.session, Customer, typed)
    if reaches_all_customers(reader):
        return hits
    return select(Customer.id).where(Customer.id.in_(hits), may_be_matched(reader, typed))


def reaches_all_customers(reader: Reader) -> bool:
    held = reader.rights
    return held.scope(Permission.CUSTOMERS_VIEW) is Scope.EVERYTHING and held.may(Permission.POOL_VIEW)


def may_be_matched(reader: Reader, typed: str) -> ColumnElement[bool]:
    return or_(Customer.seen_by(reader.rights), names_contain(Customer, typed))


def customer_filter() -> Filter:
    return Filter("customer", N_("Customer"), matches_customer, caps_count=True)
