"""Cells that several lists show the same way."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import g
from markupsafe import Markup, escape
from sqlalchemy import case

from crm.entities import policy
from crm.entities.contacts import RECORD
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Field
from crm.entities.listing import Reader
from crm.entities.listing.document_filters import LINES, first_product, has_matching_line
from crm.fields import Text
from crm.i18n import N_
from crm.models import Customer, Permission, Product, Scope
from crm.models.rights import people_in_scope, surely_in_scope
from crm.web.table.declaration import Column, Table, column, short_moment
from crm.web.translation import gettext as _
from crm.web.urls import url_maker

NOT_DIALLED = re.compile(r"[^\d+#*,]")


def level_cell(reader: Reader, level_id: Any) -> Markup | str:
    level = reader.lookups.levels.by_id.get(level_id)
    return Markup(f'<span class="state c-{escape(level.colour)}">{escape(level.name)}</span>') if level else ""


def due_moment_cell(reader: Reader, moment: datetime | None) -> Markup | str:
    """When something is to be done; what should have been done before today is marked."""
    text = escape(short_moment(reader, moment))
    return overdue_mark(text) if moment is not None and moment < reader.day_start else text


def due_day_cell(reader: Reader, day: date | None, still_open: bool) -> Markup | str:
    """The same of a day: marked while it is still to be done."""
    text = escape("" if day is None else str(day))
    return overdue_mark(text) if still_open and day is not None and day < reader.today else text


def overdue_mark(text: Markup) -> Markup:
    """Red, and in words: not everybody sees the colour."""
    return Markup(f'<span class="late">{text} {escape(_("overdue"))}</span>')


def phone_cell(reader: Reader, phone: str | None) -> Markup | str:
    """A telephone to click."""
    if not phone:
        return ""
    return Markup(f'<a href="tel:{escape(NOT_DIALLED.sub("", phone))}">{escape(phone)}</a>')


def phone_column(field: Field, expression: Any) -> Column:
    """A telephone; sorted by its comparison key, where a column holds that."""
    key = getattr(expression.class_, f"{field.attr}_key", expression)
    return column(field, expression, (key,), render=phone_cell)


def customer_cell(reader: Reader, customer_id: int, name: str, owner_id: int | None) -> Markup:
    """The customer's name, leading to its file where the reader may open it."""
    if not _opens(reader, owner_id):
        return escape(name)
    return Markup(f'<a href="{escape(url_maker("customers.show")(customer_id))}">{escape(name)}</a>')


def _opens(reader: Reader, owner_id: int | None) -> bool:
    """Whether the reader sees the file of a customer with this owner (A-5), or of one in the pool."""
    rights, view = reader.rights, CUSTOMER.permission("view")
    if owner_id is None:
        return rights.may(Permission.POOL_VIEW)
    scope = rights.scope(view)
    if scope is None or surely_in_scope(owner_id, rights, view):
        return scope is not None
    return scope is not Scope.OWN and owner_id in _people(reader, scope)


def _people(reader: Reader, scope: Scope) -> frozenset[int]:
    """Whose customers the reader sees; asked once for all rows."""
    if "people_seen" not in g:
        g.people_seen = frozenset(reader.session.scalars(people_in_scope(reader.rights, scope)))
    people: frozenset[int] = g.people_seen
    return people


def customer_column(label: str) -> Column:
    """The customer of what belongs to one, for lists whose select joins the customer."""
    return Column(
        "customer",
        label,
        (Customer.id, Customer.name, Customer.owner_id),
        Text(),
        sort=(Customer.pinyin,),
        render=customer_cell,
        make_value=lambda reader, customer_id, name, owner_id: name,
        comparison=Customer.name,
    )


def _seen_code(reader: Reader, code: str, owner_id: int | None) -> str | None:
    return code if _opens(reader, owner_id) else None


CUSTOMER_CODE = Column(
    "customer_code",
    N_("Customer code"),
    (Customer.code, Customer.owner_id),
    Text(),
    make_value=_seen_code,
    render=lambda reader, code, owner_id: _seen_code(reader, code, owner_id) or "",
    comparison_now=lambda reader: case((Customer.seen_by(reader.rights), Customer.code)),
    permission=CUSTOMER.permission("view"),
)
"""To be chosen in lists of what belongs to a customer: what is exported finds its customer again, be there two of a
name. Of a customer whose file the reader may not open the name alone is said."""


def new_record_cell(reader: Reader, customer_id: int, reached: bool = False) -> Markup | str:
    """The way to a new contact record, in place where scripts run."""
    if not reached:
        return ""
    url = escape(f"{url_maker('customers.show')(customer_id)}/records/new")
    return Markup(f'<a href="{url}" hx-get="{url}" hx-target="#box">{escape(_("Add record"))}</a>')


WRITE = Column(
    "write",
    N_("Action"),
    (Customer.id,),
    Text(),
    render=new_record_cell,
    exported=False,
    acts=True,
    permission=policy.permission_for(RECORD, policy.ADD),
)
"""【寫聯繫記錄】 in every row of a list of customers that is `shaped` by `with_writing`."""


def with_writing(table: Table, reader: Reader) -> Table:
    """Which of the customers the reader can write a record for is read with them."""
    reached = policy.accepting_parents(RECORD, CUSTOMER, reader.rights)
    write = replace(WRITE, expressions=(*WRITE.expressions, reached))
    return replace(table, columns=tuple(write if c is WRITE else c for c in table.columns))


def products_column(model: Any) -> Column:
    """What an order or a quote is about: its first product, and how many more there are."""
    return Column(
        "products",
        N_("Products"),
        first_product(model),
        Text(),
        make_value=lambda reader, name, number: f"{name} (+{number - 1})" if number > 1 else name,
        comparison=(Product.name, Product.code, LINES[model][0].name),
        any_row=has_matching_line(model),
    )
