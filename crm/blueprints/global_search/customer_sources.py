"""Customers in the global search: those with an owner, those of the pool, those of the recycled pool (F-3)."""

from sqlalchemy import ColumnElement, and_

from crm.entities.customers import CUSTOMER
from crm.i18n import N_
from crm.models import Customer, Permission, Rights
from crm.models.customers import POOL, RECYCLED
from crm.web.global_search import Source, declare_views


def is_owned(rights: Rights) -> ColumnElement[bool]:
    return Customer.seen_by(rights, pooled=None)


def in_pool(rights: Rights) -> ColumnElement[bool]:
    return and_(Customer.deleted_at.is_(None), Customer.pool == POOL)


def in_recycled_pool(rights: Rights) -> ColumnElement[bool]:
    return and_(Customer.deleted_at.is_(None), Customer.pool == RECYCLED)


declare_views(
    "customers",
    Source(
        "customers",
        N_("My customers"),
        CUSTOMER.permission("view"),
        Customer,
        is_owned,
        Customer.name,
        "customers.show",
        "customers.index",
        detail=Customer.phone,
        owner=Customer.owner_id,
    ),
    Source(
        "pool",
        N_("Customer pool"),
        Permission.POOL_VIEW,
        Customer,
        in_pool,
        Customer.name,
        "customers.show",
        "pool.index",
        detail=Customer.phone,
    ),
    Source(
        "recycled",
        N_("Recycled pool"),
        Permission.POOL_VIEW,
        Customer,
        in_recycled_pool,
        Customer.name,
        "customers.show",
        "pool.recycled",
        detail=Customer.phone,
    ),
)
