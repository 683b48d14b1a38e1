"""未結清 and 已結清: the approved orders by what they are owed (RV-1)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Select, case, select

from crm.domain.sales.receivables import COLLECT
from crm.entities import measures, policy
from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import join_customer
from crm.entities.listing.document_filters import by_document_content
from crm.entities.listing.filters import by_search_text, fixed_options, in_days, person_filter
from crm.entities.measures import SOLD, Conditions
from crm.entities.orders import ORDER
from crm.entities.receipts import RECEIVABLE
from crm.i18n import N_
from crm.models import Customer, Order, Permission, Rights
from crm.web.table import Column, Filter, Table, column, listed
from crm.web.table.cells import customer_column, due_day_cell
from crm.web.translation import gettext as _
from crm.web.urls import url_maker


def receivable_rows(rights: Rights, conditions: Conditions = SOLD) -> Select[Any]:
    """The approved orders within the reach of 應收款項, which has a scope of its own."""
    joined = select(Order.id).join(Customer, Customer.id == Order.customer_id)
    return joined.where(*conditions, Order.seen_by(rights, Permission.RECEIVABLES_VIEW))


def open_rows(rights: Rights) -> Select[Any]:
    return receivable_rows(rights, measures.OPEN)


def settled_rows(rights: Rights) -> Select[Any]:
    return receivable_rows(rights, measures.SETTLED)


def days_overdue(reader: Reader, due_on: date | None, still_open: Decimal) -> int | None:
    return measures.days_overdue(due_on, still_open, reader.today) or None


def overdue_cell(reader: Reader, due_on: date | None, still_open: Decimal) -> Markup | str:
    days = days_overdue(reader, due_on, still_open)
    return Markup(f'<span class="late">{escape(days)}</span>') if days else ""


def collect_cell(
    reader: Reader, order_id: int, customer_id: int, collectable: Decimal, reached: bool = False
) -> Markup | str:
    """【收款】: the form of a receipt, filled in for this order."""
    if collectable <= 0 or not reached:
        return ""
    url = f"{url_maker('receipts.new', 'customer')(customer_id)}&order={order_id}"
    return Markup(f'<a href="{escape(url)}">{escape(_("Record payment"))}</a>')


OVERDUE = (("1", N_("Overdue")), ("31", N_("More than 30 days")), ("61", N_("More than 60 days")),
           ("91", N_("More than 90 days")))  # fmt: skip


def overdue_since(reader: Reader, key: str) -> ColumnElement[bool] | None:
    """Due at least so many days ago."""
    if key not in dict(OVERDUE):
        return None
    return measures.overdue(reader.today, int(key))


def declared(key: str, **options: Any) -> Column:
    return column(RECEIVABLE[key], getattr(Order, key), **options)


CUSTOMER = Filter("customer", N_("Customer"), by_search_text(Customer), caps_count=True)
COLLECT_CELL = Column(
    "collect",
    N_("Record payment"),
    (Order.id, Order.customer_id, Order.collectable),
    RECEIVABLE["code"].type,
    render=collect_cell,
    exported=False,
    acts=True,
)


def with_reach(table: Table, reader: Reader) -> Table:
    """Which of the orders the reader can enter a receipt for is read with them."""
    reachable_cell = replace(
        COLLECT_CELL, expressions=(*COLLECT_CELL.expressions, policy.reached(ORDER, reader.rights, COLLECT))
    )
    return replace(table, columns=tuple(reachable_cell if c is COLLECT_CELL else c for c in table.columns))


OPEN = listed(
    Table(
        key="receivables",
        title=N_("Receivables"),
        help=N_("What is still owed for approved orders. Receipts awaiting approval are not yet deducted."),
        model=Order,
        permission=Permission.RECEIVABLES_VIEW,
        rows=open_rows,
        shaped=with_reach,
        joins=join_customer(Order),
        columns=(
            declared("code"),
            customer_column(N_("Customer")),
            declared("owner_id", sort=()),
            declared("total", total=True),
            declared("received", total=True),
            declared("pending", total=True),
            declared("open", total=True),
            column(
                RECEIVABLE["due_on"],
                (Order.due_on, Order.open),
                render=lambda reader, day, still_open: due_day_cell(reader, day, still_open > 0),
            ),
            Column(
                "days_overdue",
                N_("Days overdue"),
                (Order.due_on, Order.open),
                RECEIVABLE["days_overdue"].type,
                sort=(Order.due_on,),
                is_reversed=True,
                numeric=True,
                render=overdue_cell,
                make_value=days_overdue,
                comparison_now=lambda reader: case((Order.due_on < reader.today, Order.due_on)),
            ),
            COLLECT_CELL,
        ),
        more=(declared("ordered_on"), declared("title", sort=()), declared("unit_id", sort=())),
        filters=(
            Filter("q", N_("Quick search"), by_document_content(Order), caps_count=True),
            CUSTOMER,
            person_filter("owner", Order.owner_id, N_("Salesperson")),
            Filter("overdue", N_("Overdue"), overdue_since, "select", partial(fixed_options, OVERDUE)),
            Filter("due", N_("Due date"), in_days(Order.due_on), "period"),
        ),
        default_sort="due_on",
        tie=(Order.due_on, Order.id),
        endpoint="receivables.index",
        row_endpoint="receivables.show",
        depends=("orders", "receipts", "customers", "users", "org_units"),
        export_permission=Permission.RECEIVABLES_EXPORT,
        export_endpoint="receivables.export",
        empty_text=N_("Every approved order is paid."),
        event="receipts-changed",
    )
)

SETTLED = listed(
    replace(
        OPEN,
        key="settled",
        title=N_("Settled receivables"),
        help=N_("Orders that are fully paid."),
        rows=settled_rows,
        shaped=None,
        columns=tuple(c for c in OPEN.columns if c.key not in ("pending", "open", "days_overdue", "collect")),
        filters=tuple(f for f in OPEN.filters if f.name != "overdue"),
        default_descending=True,
        endpoint="receivables.settled",
        export_endpoint="receivables.export_settled",
        empty_text=N_("No orders are fully paid yet."),
    )
)
