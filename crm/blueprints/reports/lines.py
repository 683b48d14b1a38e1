"""The list of sold lines: what stands behind figures by product (SR-1, X-3)."""

from dataclasses import replace

from markupsafe import Markup, escape
from sqlalchemy import type_coerce

from crm.domain.reports.declaration import Report
from crm.domain.reports.sources import line_rows
from crm.entities.customers import CUSTOMER
from crm.entities.document_fields import LINE
from crm.entities.listing import Reader
from crm.entities.orders import ORDER
from crm.fields import Amount, Text
from crm.i18n import N_
from crm.models import Customer, Order, OrderLine
from crm.models.base import Money
from crm.web.table import Column, Table, column
from crm.web.table.cells import customer_column
from crm.web.urls import url_maker

COST = ("cost_amount", "profit")


def order_cell(reader: Reader, code: str, order_id: int) -> Markup:
    """The order's number, leading to it for whoever may look at orders."""
    if not reader.rights.may(ORDER.permission("view")):
        return escape(code)
    return Markup(f'<a href="{escape(url_maker("orders.show")(order_id))}">{escape(code)}</a>')


def money(key: str, label: str, expression: object) -> Column:
    return Column(key, label, (expression,), Amount(), sort=(expression,), numeric=True, total=True)


LINES = Table(
    key="order_lines",
    title=N_("Sold lines"),
    model=OrderLine,
    permission=ORDER.permission("view"),
    rows=lambda rights: line_rows(rights, ORDER.permission("view")),
    joins=lambda statement: statement.join(Order, Order.id == OrderLine.order_id).join(
        Customer, Customer.id == Order.customer_id
    ),
    columns=(
        column(ORDER["code"], (Order.code, Order.id), (Order.code,), render=order_cell),
        column(ORDER["ordered_on"], Order.ordered_on),
        customer_column(N_("Customer")),
        column(CUSTOMER["province_id"], Customer.province_id, ()),
        Column("product", N_("Product"), (OrderLine.name,), Text(), sort=(OrderLine.name,)),
        column(LINE["quantity"], OrderLine.quantity, total=True),
        column(LINE["price"], OrderLine.price),
        money("net", N_("Amount"), OrderLine.net),
        money("net_untaxed", N_("Amount without tax"), OrderLine.net_untaxed),
        money("cost_amount", N_("Cost"), OrderLine.cost_amount),
        money("profit", N_("Gross profit"), type_coerce(OrderLine.net_untaxed - OrderLine.cost_amount, Money)),
        column(ORDER["owner_id"], Order.owner_id, ()),
    ),
    filters=(),
    default_sort="ordered_on",
    default_descending=True,
    tie=(Order.ordered_on, Order.id, OrderLine.position, OrderLine.id),
    endpoint="",
    depends=("order_lines", "orders", "customers", "users", "org_units"),
    export_permission=ORDER.permission("export"),
    advanced=False,
)


def lines_for(report: Report) -> Table:
    """With cost and profit for whoever may see the cost in that report; without them where it has none."""
    measures = (*report.measures, *report.by_product)
    right = next((m.permission for m in measures if m.permission is not None), None)
    permitted = [col for col in LINES.columns if right is not None or col.key not in COST]
    shown = tuple(replace(col, permission=right) if col.key in COST else col for col in permitted)
    return replace(LINES, columns=shown)
