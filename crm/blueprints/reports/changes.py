"""The list of changes of level: what stands behind the figures of CR-4."""

from crm.domain.reports.levels import change_rows
from crm.entities.customers import CUSTOMER
from crm.fields import LevelChoice, MomentType, PersonChoice, Text
from crm.i18n import N_
from crm.models import Customer, CustomerEvent, Permission
from crm.web.table import Column, Table, column
from crm.web.table.cells import customer_column, level_cell

CHANGES = Table(
    key="level_changes",
    title=N_("Changes of level"),
    model=CustomerEvent,
    permission=CUSTOMER.permission("view"),
    rows=lambda rights: change_rows(rights, Permission.CUSTOMER_LEVELS_VIEW),
    joins=lambda statement: statement.join(Customer, Customer.id == CustomerEvent.customer_id),
    columns=(
        Column("at", N_("Changed on"), (CustomerEvent.at,), MomentType(), sort=(CustomerEvent.at,)),
        customer_column(N_("Customer")),
        Column("level_before", N_("Level before"), (CustomerEvent.before_id,), LevelChoice(), render=level_cell),
        Column("level_after", N_("Level after"), (CustomerEvent.after_id,), LevelChoice(), render=level_cell),
        Column("by", N_("Changed by"), (CustomerEvent.by_id,), PersonChoice()),
        Column("reason", N_("Reason"), (CustomerEvent.reason,), Text()),
        column(CUSTOMER["owner_id"], Customer.owner_id, ()),
    ),
    filters=(),
    default_sort="at",
    default_descending=True,
    tie=(CustomerEvent.at, CustomerEvent.id),
    endpoint="",
    depends=("customer_events", "customers", "users", "org_units"),
    export_permission=CUSTOMER.permission("export"),
    advanced=False,
)
