"""The panels 即將回收的客戶: whom the policy takes back within the warning days (W-1, Q-4), and 客戶池 (W-8)."""

from typing import Any

from sqlalchemy import func, select

from crm.blueprints.pool.table import IN_POOL, IN_RECYCLED_POOL
from crm.domain.customers.idle_customers import count_of, due_soon, recycling_day
from crm.domain.platform.settings import read_settings
from crm.entities.customers import CUSTOMER
from crm.entities.listing import Reader
from crm.entities.listing.rows import COUNT_SECONDS
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.models.customers import POOL, RECYCLED
from crm.models.table_versions import get_or_compute
from crm.web.panels import Panel, declare

ROWS = 10


def values(reader: Reader) -> dict[str, Any]:
    firm = read_settings(reader.session)
    if not firm.recycle_on:
        return {"off": True, "rows": [], "count": None}
    visible = Customer.seen_by(reader.rights, CUSTOMER.permission("view"), None)
    statement = due_soon(firm, reader.now).where(visible)
    rows = [
        {"customer": customer, "day": recycling_day(customer.idle_since, firm)}
        for customer in reader.session.scalars(statement.limit(ROWS))
        if customer.idle_since is not None
    ]
    count = count_of(reader.session, statement) if len(rows) == ROWS else len(rows)
    return {"off": False, "rows": rows, "count": count, "levels": reader.lookups.levels.by_id}


def in_pools(reader: Reader) -> dict[str, Any]:
    """How many customers wait in each pool for an owner."""

    def make() -> dict[str, int]:
        waiting = (Customer.pool.in_((POOL, RECYCLED)), Customer.deleted_at.is_(None))
        statement = select(Customer.pool, func.count().label("number")).where(*waiting).group_by(Customer.pool)
        return {row.pool: row.number for row in reader.session.execute(statement)}

    counts: dict[str, int] = get_or_compute(("in pools",), ("customers",), make, COUNT_SECONDS)
    pools = [(IN_POOL, counts.get(POOL, 0)), (IN_RECYCLED_POOL, counts.get(RECYCLED, 0))]
    rows = [{"title": table.title, "endpoint": table.endpoint, "number": number} for table, number in pools]
    return {"rows": rows, "count": sum(counts.values())}


declare(
    Panel(
        key="pools",
        title=N_("Customer pool"),
        permission=Permission.POOL_VIEW,
        template="pool/_numbers.html",
        values=in_pools,
        refresh_on=("customers-changed",),
        column=1,
        rank=58,
        of_team=True,
    )
)
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
