"""The orders' list and form (SO-1, SO-2, SO-5)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.orders import blueprint
from crm.blueprints.orders.forms import customer_defaults, new_document, order_form, save
from crm.blueprints.orders.table import ORDERS, ORDERS_OF_CUSTOMER, STATE, TABS
from crm.errors import DomainError
from crm.extensions import db
from crm.models import Customer, Order, Permission
from crm.web import customer_file as file
from crm.web.access import can_add, get_or_404, get_to_add, requires
from crm.web.forms import fill_related_values
from crm.web.lines import Lines
from crm.web.menu import menu_of
from crm.web.references import resolve
from crm.web.respond import form_again, page
from crm.web.table import Search, bulk_page, list_tabs, table_export, table_page
from crm.web.urls import record_number


@blueprint.get("/orders")
@requires(Permission.ORDERS_VIEW)
def index() -> Any:
    search = Search(ORDERS)
    table = table_page(ORDERS, search=search)
    table["tabs"] = list_tabs(search, STATE, TABS, Order.state)
    return page("orders/index.html", table=table)


@blueprint.get("/orders/export")
@requires(Permission.ORDERS_EXPORT)
def export() -> Any:
    return table_export(ORDERS)


@blueprint.post("/orders/bulk")
@requires(Permission.ORDERS_SAVE, Permission.ORDERS_APPROVE)
def bulk() -> Any:
    return bulk_page(ORDERS, url_for("orders.index"))


@blueprint.get("/customers/<int:id>/orders")
@menu_of("customers")
@requires(Permission.ORDERS_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(ORDERS_OF_CUSTOMER, {"id": id}, (Order.customer_id == id,))
    may_add = can_add("orders", customer)
    return page("orders/of_customer.html", table=table, may_add=may_add, **file.file_of(customer, "orders"))


@blueprint.get("/orders/new")
@requires(Permission.ORDERS_SAVE)
def new() -> Any:
    customer_id = request.args.get("customer_id", type=record_number)
    customer = get_to_add("orders", "customers", customer_id) if customer_id else None
    form = order_form(None, customer)
    return page("orders/new.html", form=form, lines=Lines(form, None, customer_id), customer=customer)


@blueprint.get("/orders/defaults")
@requires(Permission.ORDERS_SAVE)
def defaults() -> Any:
    """What the customer that was chosen in the form brings along."""
    try:
        customer_id = resolve("customers", request.args.get("customer_id", "").strip()[:300])
    except DomainError:
        return page("orders/defaults.html", values={})
    return page("orders/defaults.html", values=customer_defaults(db.session.get_one(Customer, customer_id)))


@blueprint.post("/orders")
@requires(Permission.ORDERS_SAVE)
def create() -> Any:
    form, lines, customer = new_document()
    answer = None if lines.pressed else save(form, lines, None, customer)
    if lines.pressed and customer is not None:
        fill_related_values(form, customer_defaults(customer))
    if answer is not None:
        return answer
    lines.tell()
    code = 200 if lines.pressed else form.status
    return form_again("orders/new.html", code, form=form, lines=lines, customer=None)
