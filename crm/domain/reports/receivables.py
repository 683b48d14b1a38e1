"""應收款匯總分析: what sold orders are owed, and for how long (SR-4)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func

from crm.domain.reports import sales
from crm.domain.reports.declaration import Measure, Report
from crm.domain.reports.dimensions import COMMON
from crm.domain.reports.periods import ALWAYS
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sources import ORDERS
from crm.entities import measures
from crm.fields import Amount
from crm.i18n import N_
from crm.models import Order

OWED = replace(ORDERS, key="owed", listing="receivables")
AGE = N_("The outstanding amount by age, counted from the order date; the four parts add up to the total.")
AGES = (
    ("age_30", N_("0–30 days"), 0, 30),
    ("age_60", N_("31–60 days"), 31, 60),
    ("age_90", N_("61–90 days"), 61, 90),
    ("age_more", N_("Over 90 days"), 91, None),
)
"""How old the orders are whose open amounts are counted together: from and to so many days."""


def aged(first: int, last: int | None) -> Any:
    """Open, and that many days old; an order dated in the future counts as new."""

    def of(query: ReportQuery) -> Any:
        today = query.reader.today
        parts = [measures.STILL_OPEN]
        if first:
            parts.append(Order.ordered_on <= today - timedelta(days=first))
        if last is not None:
            parts.append(Order.ordered_on >= today - timedelta(days=last))
        condition, *other_conditions = parts
        for part in other_conditions:
            condition = condition & part
        return condition

    return of


def owed(key: str, label: str, help_: str, aggregate: Any, only: Any = None) -> Measure:
    hints = () if only is None else ((Order, "ix_orders_owed", False),)
    return Measure(
        key=key,
        label=label,
        help=help_,
        type=Amount(),
        source=OWED,
        aggregate=aggregate,
        only=only,
        only_index_hints=hints,
    )


RECEIVABLES = Report(
    key="receivables_summary",
    label=N_("Receivables summary report"),
    description=N_("What is still owed today for orders of the period, and how old it is."),
    period_label=sales.SOLD_IN,
    default_period=ALWAYS,
    measures=(
        replace(
            owed(
                "open",
                N_("Outstanding amount"),
                N_("What is still owed for these orders."),
                func.sum(Order.open),
                measures.STILL_OPEN,
            ),
            share=True,
        ),
        owed(
            "overdue",
            N_("Overdue"),
            N_("The overdue part of the outstanding amount."),
            func.sum(Order.open),
            lambda query: measures.STILL_OPEN & measures.overdue(query.reader.today),
        ),
        *(owed(key, label, AGE, func.sum(Order.open), aged(first, last)) for key, label, first, last in AGES),
        owed(
            "total",
            N_("Sold"),
            N_("The totals of approved orders that are not voided, by order date."),
            func.sum(Order.total),
        ),
        owed("received", N_("Received"), N_("Received for these orders so far."), func.sum(Order.received)),
    ),
    dimensions=("unit", "owner", "region", "province", "customer", "level"),
    conditions=COMMON,
    drawn=tuple(key for key, *_more in AGES),
    stacked=True,
    comparable=False,
)
