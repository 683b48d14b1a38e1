"""Finding what belongs to a customer by its customer; for lists whose select joins it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_

from crm.entities.listing.declaration import Filter
from crm.entities.listing.reader import Reader
from crm.entities.search_index import is_name_match, matches_search
from crm.i18n import N_
from crm.models import Customer, Permission, Scope


def join_customer(model: Any) -> Callable[[Select[Any]], Select[Any]]:
    """Joins the customer of what belongs to one."""
    return lambda wanted: wanted.join(Customer, Customer.id == model.customer_id)


def matches_customer(reader: Reader, typed: str) -> ColumnElement[bool]:
    """Found by its customer: by all that is known of one whose file the reader may see, of others by the name alone."""
    found, held = matches_search(reader.session, Customer, typed), reader.rights
    if held.scope(Permission.CUSTOMERS_VIEW) is Scope.EVERYTHING and held.may(Permission.POOL_VIEW):
        return found
    return and_(found, or_(Customer.seen_by(held), is_name_match(Customer, typed)))


def customer_filter() -> Filter:
    return Filter("customer", N_("Customer"), matches_customer, caps_count=True)
