"""The kinds of records that the search box finds; each as far as its own list shows it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func

from crm.i18n import N_
from crm.models import Contact, Customer, Opportunity, Order, Permission, Product, Quote, Rights
from crm.models.customers import POOL, RECYCLED
from crm.web.global_search import Source, declare
from crm.web.table.documents import or_its_customer


def owned(rights: Rights) -> ColumnElement[bool]:
    return Customer.seen_by(rights, pooled=None)


def in_pool(rights: Rights) -> ColumnElement[bool]:
    return and_(Customer.deleted_at.is_(None), Customer.pool == POOL)


def in_recycled_pool(rights: Rights) -> ColumnElement[bool]:
    return and_(Customer.deleted_at.is_(None), Customer.pool == RECYCLED)


def with_contacts_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Contact.customer_id)


def with_opportunities_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Opportunity.customer_id)


def with_quotes_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Quote.customer_id)


def with_orders_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Order.customer_id)


declare(
    Source(
        "customers",
        N_("My customers"),
        Permission.CUSTOMERS_VIEW,
        Customer,
        owned,
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
    Source(
        "contacts",
        N_("Contacts"),
        Permission.CONTACTS_VIEW,
        Contact,
        Contact.seen_by,
        Contact.name,
        "contacts.show",
        "contacts.index",
        "name",
        detail=func.coalesce(Contact.mobile, Contact.phone),
        customer=Customer.name,
        joins=with_contacts_customer,
    ),
    Source(
        "opportunities",
        N_("Opportunities"),
        Permission.OPPORTUNITIES_VIEW,
        Opportunity,
        Opportunity.seen_by,
        Opportunity.title,
        "opportunities.show",
        "opportunities.index",
        customer=Customer.name,
        owner=Opportunity.owner_id,
        joins=with_opportunities_customer,
    ),
    Source(
        "products",
        N_("Products"),
        Permission.PRODUCTS_VIEW,
        Product,
        Product.seen_by,
        Product.name,
        "products.show",
        "products.index",
        detail=Product.specification,
    ),
    Source(
        "quotes",
        N_("Quotes"),
        Permission.QUOTES_VIEW,
        Quote,
        Quote.seen_by,
        Quote.title,
        "quotes.show",
        "quotes.index",
        customer=Customer.name,
        owner=Quote.owner_id,
        joins=with_quotes_customer,
        found=or_its_customer(Quote),
    ),
    Source(
        "orders",
        N_("Sales orders"),
        Permission.ORDERS_VIEW,
        Order,
        Order.seen_by,
        func.coalesce(Order.title, Order.code),
        "orders.show",
        "orders.index",
        customer=Customer.name,
        owner=Order.owner_id,
        joins=with_orders_customer,
        found=or_its_customer(Order),
    ),
)
