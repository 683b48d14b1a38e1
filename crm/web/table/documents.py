"""What the lists of quotes and orders have in common."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from crm.entities.search import found_by, in_names
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission, Scope
from crm.web.access import rights
from crm.web.firm import lookups
from crm.web.table.declaration import Filter
from crm.web.table.filters import choice_filter


def customer_found(typed: str) -> ColumnElement[bool]:
    """Found by its customer: by all that is known of one whose file the reader may see, of others by the name alone.

    For a select that joins the customer.
    """
    found, held = found_by(db.session(), Customer, typed), rights()
    if held.scope(Permission.CUSTOMERS_VIEW) is Scope.EVERYTHING and held.may(Permission.POOL_VIEW):
        return found
    return and_(found, or_(Customer.seen_by(held), in_names(Customer, typed)))


def or_its_customer(model: Any) -> Callable[[str], ColumnElement[bool]]:
    """Found by code, title and numbers of its own, or by its customer; for a select that joins the customer."""

    def condition(typed: str) -> ColumnElement[bool]:
        return or_(found_by(db.session(), model, typed), customer_found(typed))

    return condition


def customer_filter() -> Filter:
    """For lists whose select joins the customer."""
    return Filter("customer", N_("Customer"), customer_found, capped=True)


def unit_filter(column: Any, label: str) -> Filter:
    """The department at the sale."""
    return choice_filter("unit", label, column, lambda: lookups().units)
