"""Cost, gross profit and margin of sold lines: without tax, by the cost kept at the sale (SR-5).

A line without a cost is counted apart (成本未填), never as all profit.
"""

from sqlalchemy import func, type_coerce

from crm.domain.reports.declaration import Measure, Percent, percent
from crm.domain.reports.sources import LINES
from crm.fields import Amount
from crm.i18n import N_
from crm.models import Order, OrderLine, Permission
from crm.models.base import Money

COSTED = OrderLine.cost_amount.is_not(None)

UNTAXED = Measure(
    key="untaxed",
    label=N_("Amount without tax"),
    help=N_("Sales less tax and the discount on the whole order."),
    type=Amount(),
    source=LINES,
    aggregate=func.sum(OrderLine.net_untaxed),
    summed=func.sum(Order.untaxed),
)
COST = Measure(
    key="cost",
    label=N_("Cost"),
    help=N_("The products' cost at the time of sale, for lines that have one."),
    type=Amount(),
    source=LINES,
    aggregate=func.sum(OrderLine.cost_amount),
    summed=func.sum(Order.cost),
    permission=Permission.PRODUCTS_COST,
)
PROFIT = Measure(
    key="profit",
    label=N_("Gross profit"),
    help=N_("Amount without tax less cost, of the lines that have a cost."),
    type=Amount(),
    source=LINES,
    aggregate=func.sum(type_coerce(OrderLine.net_untaxed - OrderLine.cost_amount, Money)),
    summed=func.sum(type_coerce(Order.untaxed_costed - Order.cost, Money)),
    permission=Permission.PRODUCTS_COST,
)
COSTED_AMOUNT = Measure(
    key="costed",
    label=N_("Amount with known cost"),
    help=N_("Amount without tax of the lines that have a cost."),
    type=Amount(),
    source=LINES,
    aggregate=func.sum(OrderLine.net_untaxed),
    only=COSTED,
    summed=func.sum(Order.untaxed_costed),
    permission=Permission.PRODUCTS_COST,
)
NO_COST = Measure(
    key="no_cost",
    label=N_("Cost not filled in"),
    help=N_("Amount without tax of the lines whose cost is not known; it counts neither as cost nor as profit."),
    type=Amount(),
    source=LINES,
    aggregate=func.sum(OrderLine.net_untaxed),
    only=~COSTED,
    summed=func.sum(type_coerce(Order.untaxed - Order.untaxed_costed, Money)),
    permission=Permission.PRODUCTS_COST,
)
MARGIN = Measure(
    key="margin",
    label=N_("Margin"),
    help=N_("Gross profit in percent of the amount without tax of the same lines."),
    type=Percent(),
    computed=lambda values: percent(values["profit"], values["profit"] + values["cost"]),
    permission=Permission.PRODUCTS_COST,
)
