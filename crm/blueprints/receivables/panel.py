"""The panel 逾期應收: what is due and not paid, the longest overdue first (W-1)."""

from typing import Any

from sqlalchemy import Select, func

from crm.blueprints.receivables.table import OPEN, open_rows
from crm.entities.listing import Reader
from crm.entities.listing.rows import COUNT_SECONDS, scope_cache_key
from crm.entities.listing.without_join import without_join
from crm.entities.measures import days_overdue, overdue
from crm.i18n import N_
from crm.models import Customer, Order, Permission
from crm.models.table_versions import get_or_compute
from crm.web.panels import Panel, declare

ROWS = 10


def values(reader: Reader) -> dict[str, Any]:
    day = reader.today
    statement = open_rows(reader.rights).where(overdue(day))
    named = statement.with_only_columns(Order, Customer.name).order_by(Order.due_on, Order.id)
    rows = reader.session.execute(named.limit(ROWS)).all()
    count, amount = _count_and_sum(statement, reader) if len(rows) == ROWS else _add_up(rows)
    orders = [(order, customer, days_overdue(order.due_on, order.open, day)) for order, customer in rows]
    return {"rows": orders, "count": count, "amount": amount}


def _count_and_sum(statement: Select[Any], reader: Reader) -> tuple[int, Any]:
    """How many there are and what they are owed, kept in memory like the sums of the list."""

    def make() -> tuple[int, Any]:
        columns = (func.count(), func.sum(Order.open))
        sums = without_join(statement, Order, columns).with_only_columns(*columns, maintain_column_froms=True)
        count, amount = reader.session.execute(sums).one()
        return count, amount

    key = ("overdue", reader.today, *scope_cache_key(OPEN, reader.rights))
    count_and_sum: tuple[int, Any] = get_or_compute(key, OPEN.depends, make, COUNT_SECONDS)
    return count_and_sum


def _add_up(rows: Any) -> tuple[int, Any]:
    return len(rows), sum((order.open for order, _customer in rows), start=0)


declare(
    Panel(
        key="overdue",
        title=N_("Overdue receivables"),
        permission=Permission.RECEIVABLES_VIEW,
        template="receivables/_panel.html",
        values=values,
        refresh_on=("receipts-changed", "orders-changed"),
        column=1,
        rank=56,
        of_team=True,
    )
)
