"""客戶報表: CR-1 and CR-2."""

from sqlalchemy import func

from crm.domain.reports.declaration import Measure, Report
from crm.domain.reports.dimensions import COMMON, OF_CUSTOMER
from crm.domain.reports.sources import CUSTOMERS
from crm.fields import Integer
from crm.i18n import N_

BY = (*OF_CUSTOMER, "owner", "unit")
CONDITIONS = COMMON
REGISTERED = N_("Registration time")

CLASSES = Report(
    key="customer_classes",
    label=N_("Customer classes report"),
    description=N_("The customers registered in the period, by category. Deleted customers do not count."),
    period_label=REGISTERED,
    measures=(
        Measure(
            key="customers",
            label=N_("Number of customers"),
            help=N_("Customers by registration date; those without a value are listed under “not filled in”."),
            type=Integer(),
            source=CUSTOMERS,
            aggregate=func.count(),
            share=True,
        ),
    ),
    dimensions=BY,
    second=BY,
    conditions=CONDITIONS,
    charts=("bar", "pie"),
)

GROWTH = Report(
    key="customer_growth",
    label=N_("Customer growth report"),
    description=N_("How many customers were registered in each interval of the period, including intervals with none."),
    period_label=REGISTERED,
    measures=(
        Measure(
            key="new",
            label=N_("New customers"),
            help=N_("Customers registered in the interval and not deleted."),
            type=Integer(),
            source=CUSTOMERS,
            aggregate=func.count(),
        ),
        Measure(
            key="growth",
            label=N_("Cumulative"),
            help=N_("New customers since the beginning of the period, up to the end of the stage."),
            type=Integer(),
            running="new",
        ),
    ),
    dimensions=BY,
    optional=True,
    conditions=CONDITIONS,
    stage="month",
    charts=("line", "bar"),
)
