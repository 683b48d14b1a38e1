"""What every page of a customer's file shows: the head and the tabs (C-2)."""

from typing import Any

from flask import current_app, url_for

from crm.domain.customers.belonging import Reach, counts_of
from crm.domain.sales.receivables import customer_totals
from crm.entities import policy
from crm.entities.customers import CUSTOMER
from crm.entities.registry import belonging_to
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer, Permission
from crm.models.permissions import Right
from crm.web.access import can, can_add, may, may_do, rights
from crm.web.back_links import cached_url_for
from crm.web.customer_ownership import ownership_actions
from crm.web.firm_settings import lookups
from crm.web.translation import gettext as _

LOOK = policy.permissions_for(CUSTOMER, policy.VIEW)
OVERVIEW = ("show", "customers.show", N_("Overview"), LOOK)
DETAILS = ("details", "customers.details", N_("Customer file"), LOOK)
HISTORY = ("history", "customers.history", N_("History of changes"), (CUSTOMER.permission("view"),))
FILES = ("attachments", "attachments.index", N_("Attachments"), LOOK)
ALSO_OF_THE_POOL = {"contacts": Permission.POOL_VIEW}
"""Who may look at the pool sees its customers' contacts too (Q-1)."""


def tabs() -> list[tuple[str, str, str, tuple[Right, ...]]]:
    """(key, endpoint, label, the rights of which one is needed) of what a customer's file shows."""
    record_tabs = []
    for kind, link in belonging_to("customers"):
        if link.tab:
            other_permissions = (ALSO_OF_THE_POOL[kind.key],) if kind.key in ALSO_OF_THE_POOL else ()
            record_tabs.append(
                (kind.key, f"{kind.key}.of_customer", kind.plural, (kind.permission("view"), *other_permissions))
            )
    return [OVERVIEW, DETAILS, *record_tabs, FILES, HISTORY]


def may_see_sums() -> bool:
    """What was sold to a customer and received from it is for who may look at orders or at what they are owed."""
    return may_do("orders", "view") or may(Permission.RECEIVABLES_VIEW)


def strip_of(customer: Customer) -> dict[str, Any]:
    """The facts above the tabs."""
    names = lookups()
    return {
        "customer": customer,
        "level": names.levels.by_id.get(customer.level_id or 0),
        "status_name": names.dictionary("customer_status").name(customer.status_id),
        "sums": customer_totals(db.session(), customer, rights()) if may_see_sums() else None,
        **ownership_actions(customer),
    }


def file_of(customer: Customer, current: str) -> dict[str, Any]:
    """Head, tabs and rights of the file."""
    counts = counts_of(db.session(), Reach(customer, rights()))
    return {
        **strip_of(customer),
        "may_change": can(policy.CHANGE, customer),
        "may_record": can_add("records", customer),
        "counts": counts,
        "tabs": [
            {
                "label": _(label),
                "url": _url_of(endpoint, customer),
                "current": key == current,
                "count": counts.get(key) or None,
            }
            for key, endpoint, label, permissions in tabs()
            if endpoint in current_app.view_functions and any(may(p) for p in permissions)
        ],
    }


def _url_of(endpoint: str, customer: Customer) -> str:
    """Files hang on records of any kind, so their address says which."""
    if endpoint == FILES[1]:
        return url_for(endpoint, id=customer.id, kind="customers")
    return cached_url_for(endpoint, id=customer.id)
