"""To whom a customer belongs, and what this person may do about it (C-7, Q-2 to Q-4)."""

from typing import Any

from flask import url_for

from crm.clock import day_of
from crm.domain.customers.idle_customers import exemption_reasons, recycling_day
from crm.domain.customers.pool import assignment_action
from crm.extensions import db
from crm.models import Customer
from crm.models.customers import RECYCLED
from crm.web.access import can
from crm.web.firm_settings import settings
from crm.web.formatting import show_day
from crm.web.request_clock import now
from crm.web.translation import gettext as _


def list_url_of(customer: Customer) -> str:
    """The address of the list in which the customer stands."""
    return pool_url(customer) if customer.owner_id is None else url_for("customers.index")


def pool_url(customer: Customer) -> str:
    """The address of the pool in which the customer lies, or lay a moment ago."""
    return url_for("pool.recycled" if customer.pool == RECYCLED else "pool.index")


def ownership_actions(customer: Customer) -> dict[str, Any]:
    """The buttons of the file's head, and when the customer will be taken back."""
    gives = can(assignment_action(customer), customer)
    in_pool = customer.owner_id is None
    return {
        "may_give": gives,
        "may_release": gives and not in_pool,
        "recycling": recycling_text(customer),
    }


def recycling_text(customer: Customer) -> str:
    """When the policy takes the customer back, or why it does not; empty where the policy is off."""
    firm = settings()
    if not firm.recycle_on or customer.owner_id is None or customer.idle_since is None:
        return ""
    exempt = [_(reason) for reason in exemption_reasons(db.session(), customer, firm)]
    if exempt:
        return _("Exempt: %(reasons)s", reasons=" · ".join(exempt))
    day = recycling_day(customer.idle_since, firm)
    days_left = (day - day_of(now(), firm.zone)).days
    if days_left <= 0:
        return _("At the next run")
    return _("%(day)s, in %(days)s days", day=show_day(day), days=days_left)
