"""The panel 即將回收的客戶: whom the policy takes back within the warning days (W-1, Q-4)."""

from typing import Any

from crm.domain.customers.idle_customers import count_of, due_soon, recycling_day
from crm.domain.platform.settings import read_settings
from crm.entities.customers import CUSTOMER
from crm.entities.listing import Reader
from crm.i18n import N_
from crm.models import Customer
from crm.web.panels import Panel, declare

ROWS = 10


def values(reader: Reader) -> dict[str, Any]:
    policy = read_settings(reader.session)
    if not policy.recycle_on:
        return {"off": True, "rows": [], "count": None}
    seen = Customer.seen_by(reader.rights, CUSTOMER.permission("view"), None)
    wanted = due_soon(policy, reader.now).where(seen)
    rows = [
        {"customer": customer, "day": recycling_day(customer.idle_since, policy)}
        for customer in reader.session.scalars(wanted.limit(ROWS))
        if customer.idle_since is not None
    ]
    count = count_of(reader.session, wanted) if len(rows) == ROWS else len(rows)
    return {"off": False, "rows": rows, "count": count, "levels": reader.lookups.levels.by_id}


declare(
    Panel(
        key="recycling",
        title=N_("Customers soon to be recycled"),
        permission=CUSTOMER.permission("view"),
        template="pool/_panel.html",
        values=values,
        refresh_on=("records-changed", "customers-changed", "orders-changed", "receipts-changed"),
        column=None,
        rank=60,
    )
)
