"""The panel 需要聯繫的客戶: who is due today or overdue (W-1)."""

from typing import Any

from sqlalchemy import ColumnElement, select

from crm import clock
from crm.entities.listing import LISTINGS, Parameters, Query, Reader
from crm.entities.listing.rows import in_order, visible_ids
from crm.i18n import N_
from crm.models import Customer, Permission, ScheduleItem
from crm.web.panels import Panel, declare

ROWS = 10
COUNTED = 100
"""Counting stops here: the number is a hint, and 100,000 customers may be overdue."""


def due_ids(reader: Reader) -> list[int]:
    """The person's own first, then those of the people in their scope; the longest overdue first."""
    me, until = reader.rights.user_id, Parameters([("next_to", reader.today.isoformat())])

    def planned(owner_condition: Any, limit: int) -> list[int]:
        """Of the contact plan, as its list is sorted."""
        query = Query(LISTINGS["plan"], reader, until, where=(owner_condition,))
        return list(reader.session.scalars(in_order(query, visible_ids(query)).limit(limit)))

    own = planned(Customer.owner_id == me, COUNTED)
    return own + planned(Customer.owner_id != me, COUNTED - len(own)) if len(own) < ROWS else own


def rows_of(reader: Reader, ids: list[int]) -> list[Any]:
    statement = select(
        Customer.id,
        Customer.name,
        Customer.owner_id,
        Customer.level_id,
        Customer.last_contact_at,
        Customer.next_contact_at,
        Customer.phone,
        _stands_in_schedule(reader).label("scheduled"),
    ).where(Customer.id.in_(ids))
    order = {id: n for n, id in enumerate(ids)}
    return sorted(reader.session.execute(statement), key=lambda row: order[row.id])


def _stands_in_schedule(reader: Reader) -> ColumnElement[bool]:
    """Whether 今日日程 of the person names the customer already: the row says so (W-6)."""
    item, today = ScheduleItem, reader.today
    statement = select(item.id).where(item.customer_id == Customer.id, item.owner_id == reader.rights.user_id)
    until = clock.end_of(today, reader.zone)
    open_ones = statement.where(item.done_at.is_(None), item.deleted_at.is_(None), item.starts_at < until)
    return open_ones.correlate(Customer).exists()


def values(reader: Reader) -> dict[str, Any]:
    ids = due_ids(reader)
    return {
        "rows": rows_of(reader, ids[:ROWS]) if ids else [],
        "count": len(ids) if len(ids) < COUNTED else f"{COUNTED}+",
        "levels": reader.lookups.levels.by_id,
        "today": clock.start_of(reader.today, reader.zone),
    }


declare(
    Panel(
        key="due",
        title=N_("Customers to contact"),
        permission=Permission.PLAN_VIEW,
        template="workbench/_due.html",
        values=values,
        refresh_on=("records-changed", "customers-changed", "schedule-changed"),
        column=1,
        rank=30,
    )
)
