"""The panel 最近聯繫的客戶: whom the person contacted last (W-1)."""

from typing import Any

from sqlalchemy import select

from crm.entities.listing import Reader
from crm.entities.registry import entity
from crm.i18n import N_
from crm.models import ContactRecord, Customer
from crm.web.panels import Panel, declare

SHOWN = 10
LOOKED_AT = 100
"""Records: one customer may fill many of them."""


def values(reader: Reader) -> dict[str, Any]:
    """Customers of one's own latest records; those that one may not see any more are left out."""
    statement = (
        select(Customer.id, Customer.name, ContactRecord.contacted_at.label("at"))
        .join(ContactRecord, ContactRecord.customer_id == Customer.id)
        .where(
            ContactRecord.created_by_id == reader.rights.user_id,
            ContactRecord.deleted_at.is_(None),
            Customer.seen_by(reader.rights),
        )
        .order_by(ContactRecord.contacted_at.desc(), ContactRecord.id.desc())
    )
    latest = {row.id: row for row in reversed(reader.session.execute(statement.limit(LOOKED_AT)).all())}
    rows = sorted(latest.values(), key=lambda row: row.at, reverse=True)[:SHOWN]
    return {"rows": rows, "count": len(rows)}


declare(
    Panel(
        key="recent",
        title=N_("Recently contacted customers"),
        permission=entity("records").permission("view"),
        template="workbench/_recent.html",
        values=values,
        refresh_on=("records-changed", "customers-changed"),
        column=None,
        rank=70,
    )
)
