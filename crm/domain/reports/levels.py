"""客戶等級分析: which customers rose and fell in the period, from which level to which (CR-4)."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from crm.domain.customers.customer_events import LEVEL
from crm.domain.reports.declaration import Measure, Report, Source
from crm.domain.reports.dimensions import COMMON, chosen, declare
from crm.domain.reports.sources import OWNERS_UNIT, THE_CUSTOMERS, customer_rows
from crm.fields import Integer
from crm.i18n import N_
from crm.models import Customer, CustomerEvent, CustomerLevel, Rights
from crm.models.permissions import Right

FROM, TO = aliased(CustomerLevel), aliased(CustomerLevel)


def change_rows(rights: Rights, permission: Right) -> Select[Any]:
    """Each change of a level, of the customers that the reader's other customer reports count."""
    of_customers = customer_rows(rights, permission).whereclause
    joined = select(CustomerEvent.id).join(Customer, Customer.id == CustomerEvent.customer_id)
    joined = joined.outerjoin(FROM, FROM.id == CustomerEvent.before_id).outerjoin(TO, TO.id == CustomerEvent.after_id)
    return joined.where(CustomerEvent.kind == LEVEL, of_customers)  # type: ignore[arg-type]


BEFORE = declare(chosen("level_before", N_("Level before"), lambda reader: reader.lookups.levels))
AFTER = declare(chosen("level_after", N_("Level after"), lambda reader: reader.lookups.levels))

CHANGES = Source(
    key="changes",
    listing="level_changes",
    model=CustomerEvent,
    rows=change_rows,
    day=CustomerEvent.at,
    moment=True,
    columns={
        "owner": Customer.owner_id,
        "unit": OWNERS_UNIT,
        "customer": Customer.id,
        **THE_CUSTOMERS,
        BEFORE.key: CustomerEvent.before_id,
        AFTER.key: CustomerEvent.after_id,
    },
    depends=("customer_events", "customers", "customer_levels", "users", "org_units"),
)


BY = ("region", "province", "city", "owner", "unit", "category", "source", "industry", "status", BEFORE.key, AFTER.key)

LEVELS = Report(
    key="customer_levels",
    label=N_("Customer level report"),
    description=N_("How often customers changed their level in the period, by when the change was recorded."),
    period_label=N_("Registration time"),
    measures=(
        Measure(
            key="changes",
            label=N_("Changes of level"),
            help=N_("Every change of a customer's level in the period; one customer can have several."),
            type=Integer(),
            source=CHANGES,
            aggregate=func.count(),
            share=True,
        ),
        Measure(
            key="up",
            label=N_("Raised"),
            help=N_("Changes to a level higher up in the list of levels."),
            type=Integer(),
            source=CHANGES,
            aggregate=func.count(),
            only=TO.position < FROM.position,
        ),
        Measure(
            key="down",
            label=N_("Lowered"),
            help=N_("Changes to a level lower down in the list of levels."),
            type=Integer(),
            source=CHANGES,
            aggregate=func.count(),
            only=TO.position > FROM.position,
        ),
        Measure(
            key="set",
            label=N_("Set or cleared"),
            help=N_("Changes from no level or to none."),
            type=Integer(),
            source=CHANGES,
            aggregate=func.count(),
            only=CustomerEvent.before_id.is_(None) | CustomerEvent.after_id.is_(None),
        ),
    ),
    dimensions=BY,
    second=BY,
    conditions=COMMON,
    charts=("matrix", "bar"),
    drawn=("up", "down"),
    matrix=(BEFORE.key, AFTER.key),
)
