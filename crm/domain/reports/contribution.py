"""客戶貢獻分析: what customers bought, with running shares and the classes A, B and C (CR-3)."""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func

from crm.domain.reports import profit, sales
from crm.domain.reports.counting import Figures, Row
from crm.domain.reports.declaration import Measure, Percent, Report
from crm.domain.reports.dimensions import COMMON, OF_CUSTOMER
from crm.domain.reports.groups import in_groups
from crm.domain.reports.periods import ALWAYS
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.shares import shares
from crm.domain.reports.sources import LINES, ORDERS, TRAITS
from crm.fields import Amount, Text
from crm.i18n import N_
from crm.models import Customer, Order

BY_CUSTOMER = (TRAITS, (Order, "ix_orders_bought", False))
BOUGHT = replace(
    ORDERS, day=Customer.registered_on, other_day=Order.ordered_on, unscoped_rows=(), index_hints=BY_CUSTOMER
)
BOUGHT_LINES = replace(LINES, day=Customer.registered_on, other_day=Order.ordered_on, summed=BOUGHT, alone=None)
CLASSES = (("A", 80), ("B", 95))
"""The customers that make the first 80 % are A, those up to 95 % B, the others C."""

SUMMED = Measure(
    key="received",
    label=N_("Received"),
    help=N_("Received for these orders so far."),
    type=Amount(),
    source=BOUGHT,
    aggregate=func.sum(Order.received),
)


def contribution(query: ReportQuery) -> Figures:
    """The groups, the largest first, whatever order they have of themselves; each with what all up to it make of the
    whole, and its class."""
    counted = in_groups(query)
    total = counted.total.values[query.rank]
    ordered = sorted(counted.rows, key=lambda row: -row.values[query.rank])
    shown = [*ordered, *([counted.others] if counted.others is not None else [])]
    parts = shares([row.values[query.rank] for row in shown])
    before, running, rows = Decimal(0), Decimal(0), []
    for row, part in zip(ordered, parts, strict=False):
        running += part or 0
        added_values = {"running": None if part is None else running, "class": class_of(before, total)}
        rows.append(Row(row.key, {**row.values, **added_values}, row.before))
        before += row.values[query.rank]
    return Figures(tuple(rows), counted.total, counted.others)


def class_of(before: Decimal, total: Decimal) -> str | None:
    """By what the larger ones make before it."""
    if total <= 0:
        return None
    return next((name for name, max_percent in CLASSES if before * 100 < total * max_percent), "C")


CONTRIBUTION = Report(
    key="customer_contribution",
    label=N_("Customer contribution report"),
    description=N_("What the customers registered in the period have bought, largest first."),
    period_label=N_("Registration time"),
    default_period=ALWAYS,
    other_period=N_("Sales time"),
    measures=(
        replace(sales.SOLD, source=BOUGHT, share=True),
        Measure(
            key="running",
            label=N_("Cumulative share"),
            help=N_("The share of this group and the larger ones in the total."),
            type=Percent(),
        ),
        Measure(
            key="class",
            label=N_("ABC class"),
            help=N_("A: those that make up the first 80 % of the total; B: up to 95 %; C: the rest."),
            type=Text(),
        ),
        replace(sales.ORDER_COUNT, source=BOUGHT),
        SUMMED,
        Measure(
            key="open",
            label=N_("Outstanding amount"),
            help=N_("What is still owed for these orders."),
            type=Amount(),
            source=BOUGHT,
            aggregate=func.sum(Order.open),
        ),
        replace(profit.PROFIT, source=BOUGHT_LINES),
    ),
    dimensions=("customer", *OF_CUSTOMER, "owner", "unit"),
    conditions=COMMON,
    charts=("bar",),
    comparable=False,
    figures=contribution,
)
