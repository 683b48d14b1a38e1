"""銷售報表 over orders: SR-2, SR-3 and SR-7."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import distinct, func, select

from crm.domain.reports import periods
from crm.domain.reports.declaration import Measure, Percent, Report, percent, ratio
from crm.domain.reports.dimensions import COMMON, OF_CUSTOMER, OF_PRODUCT
from crm.domain.reports.periods import Span
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.sources import LINES, ORDERS, RECEIPTS
from crm.fields import Amount, Integer
from crm.i18n import N_
from crm.models import Order, OrderLine, Receipt, SalesTarget, TargetMonth
from crm.models.rights import units_below

SOLD_IN = N_("Sales time")
SOLD = Measure(
    key="sold",
    label=N_("Sold"),
    help=N_("The totals of approved orders that are not voided, by order date."),
    type=Amount(),
    source=ORDERS,
    aggregate=func.sum(Order.total),
)
ORDER_COUNT = Measure(
    key="orders",
    label=N_("Orders"),
    help=N_("Number of orders."),
    type=Integer(),
    source=ORDERS,
    aggregate=func.count(),
)
RECEIVED = Measure(
    key="received",
    label=N_("Received"),
    help=N_("Approved receipts by receipt date; reversals count as negative."),
    type=Amount(),
    source=RECEIPTS,
    aggregate=func.sum(Receipt.amount),
)
BUYERS = Measure(
    key="buyers",
    label=N_("Customers who bought"),
    help=N_("How many different customers these orders have; a customer in two groups counts once in the total."),
    type=Integer(),
    source=ORDERS,
    aggregate=func.count(distinct(Order.customer_id)),
    additive=False,
    additive_by=("customer", *OF_CUSTOMER),
)
LINE_SOLD = replace(
    SOLD,
    help=N_("The lines of approved orders that are not voided, by order date: amount with tax, less their discount."),
    source=LINES,
    aggregate=func.sum(OrderLine.net),
    summed=func.sum(Order.total),
)
LINE_ORDERS = replace(
    ORDER_COUNT,
    source=LINES,
    aggregate=func.count(distinct(OrderLine.order_id)),
    summed=func.count(),
    additive=False,
    additive_by=("customer", "owner", "unit", "month", *OF_CUSTOMER),
)
LINE_BUYERS = replace(BUYERS, source=LINES, aggregate=func.count(distinct(OrderLine.buyer_id)), summed=BUYERS.aggregate)
AVERAGE = Measure(
    key="average",
    label=N_("Average order"),
    help=N_("Sales divided by the number of orders."),
    type=Amount(computed=True),
    computed=lambda values: ratio(values["sold"], values["orders"]),
)


def targets(query: ReportQuery, span: Span, by: Sequence[str]) -> Mapping[Any, Any]:
    """What was to be sold, by month: of steps of a month or longer, of people and their departments.

    Nothing where a condition asks for something that targets do not know, such as a region.
    """
    known = {"owner": SalesTarget.user_id, "unit": SalesTarget.unit_id}
    coarse = query.stage in ("", periods.MONTH, periods.QUARTER, periods.YEAR)
    if set(query.given) - set(known) or set(by) - {"step", *known} or not coarse or not span.closed:
        return {}
    day = SalesTarget.year * 100 + TargetMonth.month
    first, last = span.first, span.last
    assert first is not None
    assert last is not None
    columns = [known[key] for key in by if key != "step"]
    statement = (
        select(SalesTarget.year, TargetMonth.month, *columns, func.sum(TargetMonth.amount))
        .join(TargetMonth, TargetMonth.target_id == SalesTarget.id)
        .where(SalesTarget.seen_by(query.reader.rights, query.report.view))
        .where(day >= first.year * 100 + first.month, day <= last.year * 100 + last.month)
        .group_by(SalesTarget.year, TargetMonth.month, *columns)
    )
    if "owner" in query.given:
        statement = statement.where(SalesTarget.user_id == int(query.given["owner"]))
    if "unit" in query.given:
        statement = statement.where(SalesTarget.unit_id.in_(units_below(int(query.given["unit"]))))
    amounts: dict[Any, Decimal] = defaultdict(Decimal)
    for row in query.reader.session.execute(statement):
        step = periods.step_of(date(row[0], row[1], 1), query.stage, query.week_starts_on)[0] if "step" in by else None
        key = tuple(row[2:-1])
        amounts[(step, *key) if "step" in by else key] += row[-1]
    return amounts


TARGET = Measure(
    key="target",
    label=N_("Target"),
    help=N_("The sales targets of the months in the interval. There are none by day or week, nor by kind of customer."),
    type=Amount(),
    filled=targets,
)
RATE = Measure(
    key="rate",
    label=N_("Completion rate"),
    help=N_("Sales in percent of the target."),
    type=Percent(),
    computed=lambda values: percent(values["sold"], values["target"]),
)

BY = tuple("unit owner region province product_category category level source industry".split())

CLASSES = Report(
    key="sales_classes",
    label=N_("Sales classes report"),
    description=N_("Sales in the period, by salesperson, region and kind of customer."),
    period_label=SOLD_IN,
    measures=(replace(SOLD, share=True), ORDER_COUNT, BUYERS, AVERAGE),
    by_product=(replace(LINE_SOLD, share=True), LINE_ORDERS, LINE_BUYERS, AVERAGE),
    dimensions=BY,
    second=(*BY, "month"),
    conditions=(*COMMON, *OF_PRODUCT),
    charts=("bar", "pie"),
)

TREND = Report(
    key="sales_trend",
    label=N_("Sales trend report"),
    description=N_("Sales and receipts in each interval of the period, with the target and the previous year."),
    period_label=SOLD_IN,
    measures=(SOLD, RECEIVED, TARGET, RATE),
    dimensions=("unit", "owner"),
    optional=True,
    conditions=COMMON,
    stage="month",
    charts=("line", "bar"),
    compare=periods.YEAR_BEFORE,
)

PLACES = ("region", "province", "city", "category")

DISTRIBUTION = Report(
    key="sales_distribution",
    label=N_("Sales distribution report"),
    description=N_("Sales in the period by region."),
    period_label=SOLD_IN,
    measures=(replace(SOLD, share=True), ORDER_COUNT, BUYERS),
    by_product=(replace(LINE_SOLD, share=True), LINE_ORDERS, LINE_BUYERS),
    dimensions=PLACES,
    second=(*PLACES, "month", "owner", "unit"),
    conditions=(*COMMON, *OF_PRODUCT),
    charts=("bar", "pie"),
)
