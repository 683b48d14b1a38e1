"""The panel 即將回收的客戶: whom the policy takes back within the warning days (W-1, Q-4)."""

from typing import Any

from crm.domain.recycling import count_of, recycling_day, soon_due
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.web.access import rights
from crm.web.clock import now
from crm.web.firm import lookups, settings
from crm.web.panels import Panel, declare

ROWS = 10


def values() -> dict[str, Any]:
    policy = settings()
    if not policy.recycle_on:
        return {"off": True, "rows": [], "count": None}
    wanted = soon_due(policy, now()).where(Customer.seen_by(rights(), Permission.CUSTOMERS_VIEW, None))
    rows = [
        {"customer": customer, "day": recycling_day(customer.idle_since, policy)}
        for customer in db.session.scalars(wanted.limit(ROWS))
        if customer.idle_since is not None
    ]
    count = count_of(db.session(), wanted) if len(rows) == ROWS else len(rows)
    return {"off": False, "rows": rows, "count": count, "levels": lookups().levels.by_id}


declare(
    Panel(
        key="recycling",
        title=N_("Customers soon to be recycled"),
        permission=Permission.CUSTOMERS_VIEW,
        template="pool/_panel.html",
        values=values,
        refresh_on=("records-changed", "customers-changed", "orders-changed", "receipts-changed"),
        column=None,
        rank=60,
    )
)
