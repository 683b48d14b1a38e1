"""The panel 逾期應收: what is due and not paid, the longest overdue first (W-1)."""

from collections.abc import Sequence
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
    columns = (
        Order.id,
        Order.code,
        Order.due_on,
        Order.open.label("open"),
        Order.owner_id,
        Customer.name.label("customer"),
    )
    shown = statement.with_only_columns(*columns).order_by(Order.due_on, Order.id)
    orders = reader.session.execute(shown.limit(ROWS)).all()
    count, amount = _count_and_sum(statement, reader) if len(orders) == ROWS else _add_up(orders)
    rows = [(order, order.customer, days_overdue(order.due_on, order.open, day)) for order in orders]
    return {"rows": rows, "count": count, "amount": amount}


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


def _add_up(orders: Sequence[Any]) -> tuple[int, Any]:
    return len(orders), sum((order.open for order in orders), start=0)


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
