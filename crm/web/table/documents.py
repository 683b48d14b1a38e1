"""What the lists of quotes and orders have in common."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, or_

from crm.domain.search import found_by
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer
from crm.web.firm import lookups
from crm.web.table.declaration import Filter
from crm.web.table.filters import choice_filter


def or_its_customer(model: Any) -> Callable[[str], ColumnElement[bool]]:
    """Found by code, title and numbers of its own, or by its customer; for a select that joins the customer."""

    def condition(typed: str) -> ColumnElement[bool]:
        return or_(found_by(db.session(), model, typed), found_by(db.session(), Customer, typed))

    return condition


def customer_filter() -> Filter:
    """For lists whose select joins the customer."""
    return Filter("customer", N_("Customer"), lambda typed: found_by(db.session(), Customer, typed), capped=True)


def unit_filter(column: Any, label: str) -> Filter:
    """The department at the sale."""
    return choice_filter("unit", label, column, lambda: lookups().units)
