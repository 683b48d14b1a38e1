"""Reports over sold lines: 銷售明細匯總 (SR-1), 銷售利潤統計 (SR-5), 商品綜合分析 (SR-6)."""

from dataclasses import replace

from sqlalchemy import func

from crm.domain.reports import profit, sales
from crm.domain.reports.declaration import Measure, Report, ratio
from crm.domain.reports.dimensions import COMMON, OF_PRODUCT
from crm.domain.reports.sources import LINES
from crm.fields import Integer, PriceType, QuantityType
from crm.i18n import N_
from crm.models import Order, OrderLine, Permission
from crm.models.permissions import Right

CONDITIONS = (*COMMON, *OF_PRODUCT)

LINE_COUNT = Measure(
    key="lines",
    label=N_("Lines"),
    help=N_("Lines of approved orders that are not voided, by order date."),
    type=Integer(),
    source=LINES,
    aggregate=func.count(),
    summed=func.sum(Order.line_count),
)
QUANTITY = Measure(
    key="quantity",
    label=N_("Quantity"),
    help=N_("Total quantity of these lines, each in its own unit."),
    type=QuantityType(),
    source=LINES,
    aggregate=func.sum(OrderLine.quantity),
    summed=func.sum(Order.quantity),
)
AVERAGE_PRICE = Measure(
    key="average_price",
    label=N_("Average price"),
    help=N_("Sales divided by the quantity: with tax, less discounts."),
    type=PriceType(places=2, computed=True),
    computed=lambda values: ratio(values["sold"], values["quantity"]),
)
LOWEST = Measure(
    key="lowest",
    label=N_("Lowest unit price"),
    help=N_("The lowest unit price in these lines, before discount."),
    type=PriceType(),
    source=LINES,
    aggregate=func.min(OrderLine.price),
    smallest_first=True,
    additive=False,
    merged=min,
)
HIGHEST = Measure(
    key="highest",
    label=N_("Highest unit price"),
    help=N_("The highest unit price in these lines, before discount."),
    type=PriceType(),
    source=LINES,
    aggregate=func.max(OrderLine.price),
    additive=False,
    merged=max,
)


def cost_measures(permission: Right, *measures: Measure) -> tuple[Measure, ...]:
    """The figures of cost, for the report's own right to see it."""
    return tuple(replace(measure, permission=permission) for measure in measures)


DETAILS = Report(
    key="sales_details",
    label=N_("Sales details report"),
    description=N_("Every line that was sold in the period, with a subtotal for each group."),
    period_label=sales.SOLD_IN,
    default_period="month",
    measures=(replace(sales.LINE_SOLD, share=True), LINE_COUNT, QUANTITY, sales.LINE_ORDERS),
    dimensions=("customer", "product", "product_category", "owner", "unit", "region", "province", "city", "month"),
    second=("product", "customer", "product_category", "owner", "month"),
    conditions=CONDITIONS,
    comparable=False,
    lists_records=True,
)

PROFIT = Report(
    key="sales_profit",
    label=N_("Sales profit report"),
    description=N_("Profit on sales in the period: amounts without tax, less the cost at the time of sale."),
    period_label=sales.SOLD_IN,
    measures=(
        profit.UNTAXED,
        *cost_measures(Permission.SALES_PROFIT_COST, profit.COST, profit.PROFIT, profit.MARGIN, profit.NO_COST),
        sales.LINE_SOLD,
    ),
    dimensions=("owner", "unit", "customer", "region", "province", "product", "product_category", "month"),
    second=("month", "product_category", "owner"),
    conditions=CONDITIONS,
    drawn=("untaxed", "profit"),
)

PRODUCTS = Report(
    key="products_summary",
    label=N_("Products summary report"),
    description=N_("How each product sold in the period: how much, at what prices, to how many customers."),
    period_label=sales.SOLD_IN,
    measures=(
        replace(sales.LINE_SOLD, share=True),
        QUANTITY,
        AVERAGE_PRICE,
        LOWEST,
        HIGHEST,
        sales.LINE_BUYERS,
        *cost_measures(Permission.PRODUCTS_SUMMARY_COST, profit.COST, profit.PROFIT, profit.MARGIN, profit.NO_COST),
    ),
    dimensions=("product", "product_category"),
    second=("month", "owner", "unit", "region", "level"),
    conditions=CONDITIONS,
    charts=("bar", "pie"),
)
