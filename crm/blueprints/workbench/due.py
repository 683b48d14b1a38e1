"""The panel 需要聯繫的客戶: who is due today or overdue (W-1)."""

from typing import Any

from flask import current_app
from sqlalchemy import Select, select

from crm import clock
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.web.access import rights
from crm.web.clock import now
from crm.web.firm import lookups, settings
from crm.web.panels import Panel, declare

ROWS = 10
COUNTED = 100
"""Counting stops here: the number is a hint, and 100,000 customers may be overdue."""


def due_ids() -> list[int]:
    """The person's own first, then those of the people in their scope; the longest overdue first."""
    me, zone = rights().user_id, settings().zone
    end_of_today = clock.end_of(clock.day_of(now(), zone), zone)
    wanted = (
        select(Customer.id)
        .where(Customer.seen_by(rights(), Permission.PLAN_VIEW, None), Customer.next_contact_at < end_of_today)
        .order_by(Customer.next_contact_at, Customer.id)
    )
    own = list(db.session.scalars(wanted.where(Customer.owner_id == me).limit(COUNTED)))
    if len(own) < ROWS:
        own += db.session.scalars(wanted.where(Customer.owner_id != me).limit(COUNTED - len(own)))
    return own


def rows_of(ids: list[int]) -> list[Any]:
    wanted: Select[Any] = select(
        Customer.id,
        Customer.name,
        Customer.owner_id,
        Customer.level_id,
        Customer.last_contact_at,
        Customer.next_contact_at,
    ).where(Customer.id.in_(ids))
    place = {id: n for n, id in enumerate(ids)}
    return sorted(db.session.execute(wanted), key=lambda row: place[row.id])


def values() -> dict[str, Any]:
    ids = due_ids()
    zone = settings().zone
    return {
        "rows": rows_of(ids[:ROWS]) if ids else [],
        "count": len(ids) if len(ids) < COUNTED else f"{COUNTED}+",
        "levels": lookups().levels.by_id,
        "today": clock.start_of(clock.day_of(now(), zone), zone),
        "writable": "records.new" in current_app.view_functions,
        "planned": "plan.index" in current_app.view_functions,
    }


declare(
    Panel(
        key="due",
        title=N_("Customers to contact"),
        permission=Permission.PLAN_VIEW,
        template="workbench/_due.html",
        values=values,
        refresh_on=("records-changed", "customers-changed"),
        column=1,
        rank=30,
    )
)
