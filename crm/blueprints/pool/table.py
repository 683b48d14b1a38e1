"""The lists 客戶池 and 回收池 (Q-1)."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import g
from markupsafe import Markup, escape
from sqlalchemy import Select, false, select

from crm.blueprints.customers.table import BY_PINYIN, CREATED_BY, SORTED
from crm.catalogue.pool import OWNER
from crm.domain.customers.customer_events import OWNER as OWNER_EVENT
from crm.domain.customers.former_owners import waiting_periods
from crm.domain.customers.pool import ASSIGN as ASSIGNING
from crm.domain.customers.pool import CLAIM as CLAIMING
from crm.domain.customers.pool import (
    assign_customer,
    claim_customer,
    claim_refusal,
    claimable_customers,
    claims_left,
    notify_new_owner_of_many,
)
from crm.entities import policy
from crm.entities.customers import CUSTOMER
from crm.entities.listing import Reader
from crm.entities.listing.filters import by_search_text, dictionary_filter, level_filter
from crm.extensions import db
from crm.fields import MomentType, PersonChoice, Text
from crm.i18n import N_
from crm.models import Customer, CustomerEvent, Permission, Rights
from crm.models.customers import POOL, RECYCLED
from crm.web import people_tree  # noqa: F401  (the control of the salesperson)
from crm.web.access import actor
from crm.web.errors import error_text
from crm.web.table import BulkAction, Column, Filter, Table, column, listed
from crm.web.table.cells import level_cell, phone_column
from crm.web.table.page import why_closed
from crm.web.translation import gettext as _
from crm.web.urls import url_maker


def rows_of(pool: str) -> Any:
    """Everybody with the pool's view sees all of it (Q-1)."""

    def rows(rights: Rights) -> Select[Any]:
        visible = () if rights.may(Permission.POOL_VIEW) else (false(),)
        return select(Customer.id).where(Customer.deleted_at.is_(None), Customer.pool == pool, *visible)

    return rows


def assign_one(session: Any, customer: Customer, actor: Any, owner_id: int) -> None:
    assign_customer(session, customer, actor, owner_id, tell=False)


ASSIGN = BulkAction(
    "assign",
    N_("Assign"),
    policy.permission_for(CUSTOMER, ASSIGNING),
    assign_one,
    N_("%(count)s customers will be assigned. Who should get them?"),
    N_("%(count)s customers assigned."),
    policy_action=ASSIGNING,
    fields=(OWNER,),
    after=notify_new_owner_of_many,
    among=claimable_customers,
)
CLAIM = BulkAction(
    "claim",
    N_("Claim"),
    policy.permission_for(CUSTOMER, CLAIMING),
    claim_customer,
    N_("Claim %(count)s customers?"),
    N_("%(count)s customers claimed."),
    policy_action=CLAIMING,
    closed=claim_refusal,
    room=claims_left,
    among=claimable_customers,
)


def claiming_closed() -> str:
    """Why the person can claim no customer now; empty where they can."""
    refusal = why_closed(CLAIM)
    return error_text(refusal) if refusal else ""


def _claim_waits() -> dict[int, date]:
    """The customers that the person lost of late, and from when on they may claim them; asked once for all rows."""
    if "claims_wait" not in g:
        g.claims_wait = waiting_periods(db.session(), actor())
    waits: dict[int, date] = g.claims_wait
    return waits


def claim_cell(reader: Reader, customer_id: int, name: str) -> Markup | str:
    """The way to take the customer, where the policy and the person's rights allow it."""
    if "claiming" not in reader.notes:  # the same for all rows
        reader.notes["claiming"] = policy.may(reader.rights, CUSTOMER, CLAIMING) and not claiming_closed()
    if not reader.notes["claiming"]:
        return ""
    if customer_id in _claim_waits():
        return _("yours again from %(day)s", day=_claim_waits()[customer_id])
    url, label = escape(url_maker("pool.claim")(customer_id)), escape(_("Claim"))
    return Markup(f'<a href="{url}" hx-get="{url}" hx-target="#box" aria-label="{label} {escape(name)}">{label}</a>')


NAME = column(CUSTOMER["name"], Customer.name, BY_PINYIN)
CODE = column(CUSTOMER["code"], Customer.code)
LEVEL = column(CUSTOMER["level_id"], Customer.level_id, (Customer.level_id, Customer.pinyin), render=level_cell)
STATUS = column(CUSTOMER["status_id"], Customer.status_id, (Customer.status_id, Customer.pinyin))
REGION = column(CUSTOMER["region_id"], Customer.region_id, ())
PHONE = phone_column(CUSTOMER["phone"], Customer.phone)
LAST = column(CUSTOMER["last_contact_at"], Customer.last_contact_at)
ACTION = Column(
    "claim", N_("Actions"), (Customer.id, Customer.name), Text(), render=claim_cell, exported=False, acts=True
)


def last_release(expression: Any) -> Any:
    """Something of the newest event by which the customer lost its owner."""
    newest = (CustomerEvent.at.desc(), CustomerEvent.id.desc())
    released = (CustomerEvent.kind == OWNER_EVENT, CustomerEvent.after_id.is_(None))
    newest_event = select(expression).where(CustomerEvent.customer_id == Customer.id, *released)
    return newest_event.order_by(*newest).limit(1).correlate(Customer).scalar_subquery()


def reason_cell(reader: Reader, reason: str | None) -> str:
    return reader.say(reason) if reason else ""


RELEASE = (
    Column("former_owner", N_("Former owner"), (last_release(CustomerEvent.before_id),), PersonChoice()),
    Column("released_at", N_("Recycled at"), (last_release(CustomerEvent.at),), MomentType()),
    Column(
        "release_reason",
        N_("Reason"),
        (last_release(CustomerEvent.reason),),
        Text(),
        make_value=reason_cell,
        exported=True,
    ),
)


def with_action(*columns: Column) -> dict[str, Any]:
    """The columns shown at first, and all others of a customer to be chosen."""
    known = {col.key: col for col in (NAME, CODE, LEVEL, STATUS, REGION, PHONE, LAST)}
    shown = {col.key for col in columns}
    other_columns = (
        known.get(f.key) or column(f, getattr(Customer, f.attr), None if f.type.kind in SORTED else ())
        for f in CUSTOMER
        if f.key not in shown and f.key != "owner_id" and hasattr(Customer, f.attr)
    )
    return {"columns": (*columns, ACTION), "more": (*other_columns, column(CREATED_BY, Customer.created_by_id, ()))}


FILTERS = (
    Filter("q", N_("Quick search"), by_search_text(Customer), caps_count=True),
    level_filter(Customer.level_id, N_("Customer level")),
    dictionary_filter("status", N_("Customer status"), Customer.status_id, "customer_status"),
    dictionary_filter("region", N_("Region"), Customer.region_id, "region"),
)

IN_POOL = listed(
    Table(
        key="pool",
        title=N_("Customer pool"),
        model=Customer,
        permission=Permission.POOL_VIEW,
        rows=rows_of(POOL),
        filters=FILTERS,
        default_sort="name",
        tie=(Customer.pinyin, Customer.id),
        endpoint="pool.index",
        row_endpoint="customers.show",
        depends=("customers",),
        export_permission=Permission.POOL_EXPORT,
        export_endpoint="pool.export",
        bulk=(ASSIGN, CLAIM),
        bulk_endpoint="pool.bulk",
        help=N_("Customers without an owner. A manager assigns them; where the policy allows it, you can claim one."),
        empty_text=N_("Customers without an owner will appear here."),
        event="customers-changed",
        own_fields=True,
        **with_action(NAME, CODE, LEVEL, STATUS, REGION, PHONE, LAST),
    )
)

IN_RECYCLED_POOL = listed(
    replace(
        IN_POOL,
        key="recycled",
        title=N_("Recycled pool"),
        rows=rows_of(RECYCLED),
        **with_action(NAME, LEVEL, *RELEASE),
        endpoint="pool.recycled",
        depends=("customers", "users"),
        export_endpoint="pool.export_recycled",
        bulk_endpoint="pool.bulk_recycled",
        help=N_(
            "Customers recycled because nobody contacted them for too long. They can be assigned or claimed as well."
        ),
        empty_text=N_("Customers recycled because nobody contacted them will appear here."),
    )
)
