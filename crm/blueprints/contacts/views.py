"""The contacts' pages: list, the customer's tab, the form, deleting."""

from typing import Any

from flask import request, url_for

from crm.blueprints.contacts import blueprint
from crm.blueprints.contacts.forms import contact_form, save_form
from crm.blueprints.contacts.table import CONTACTS, CONTACTS_OF_CUSTOMER
from crm.domain.platform.deletion import delete_record
from crm.entities import policy
from crm.entities.contacts import CONTACT
from crm.extensions import db
from crm.models import Contact, Customer, Permission
from crm.web.access import actor, can, can_add, get_or_404, requires
from crm.web.back_links import back_to
from crm.web.customer_file import file_of
from crm.web.errors import error_text
from crm.web.formatting import shown_values
from crm.web.menu import menu_of
from crm.web.respond import page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

SHOWN_KEYS = tuple(field.key for field in CONTACT if field.key != "customer_id")
"""What who may only look sees; the customer stands above it."""


@blueprint.get("/contacts")
@requires(Permission.CONTACTS_VIEW)
def index() -> Any:
    return page("contacts/index.html", table=table_page(CONTACTS))


@blueprint.get("/contacts/export")
@requires(Permission.CONTACTS_EXPORT)
def export() -> Any:
    return table_export(CONTACTS)


@blueprint.post("/contacts/bulk")
@requires(Permission.CONTACTS_SAVE)
def bulk() -> Any:
    return bulk_page(CONTACTS, url_for("contacts.index"))


@blueprint.get("/customers/<int:id>/contacts")
@menu_of("customers")
@requires(Permission.CONTACTS_VIEW, Permission.POOL_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(CONTACTS_OF_CUSTOMER, {"id": id}, (Contact.customer_id == id,))
    may_add = can_add("contacts", customer)
    return page("contacts/of_customer.html", table=table, may_add=may_add, **file_of(customer, "contacts"))


@blueprint.get("/contacts/new")
@requires(Permission.CONTACTS_SAVE, Permission.POOL_SAVE)
def new() -> Any:
    customer_id = request.args.get("customer_id", type=record_number)
    customer = get_or_404("customers", customer_id) if customer_id else None
    return page("contacts/form.html", form=contact_form(None, customer), contact=None, customer=customer)


@blueprint.post("/contacts")
@requires(Permission.CONTACTS_SAVE, Permission.POOL_SAVE)
def create() -> Any:
    return save_form(None)


@blueprint.get("/contacts/<int:id>")
@requires(Permission.CONTACTS_VIEW, Permission.POOL_VIEW)
def show(id: int) -> Any:
    contact = get_or_404("contacts", id)
    customer = db.session.get_one(Customer, contact.customer_id)
    return page("contacts/form.html", form=contact_form(contact, customer), **contact_page(contact, customer))


def contact_page(contact: Contact, customer: Customer) -> dict[str, Any]:
    return {
        "contact": contact,
        "customer": customer,
        "may_change": can(policy.CHANGE, contact),
        "shown": shown_values(CONTACT, contact, SHOWN_KEYS),
    }


@blueprint.post("/contacts/<int:id>")
@requires(Permission.CONTACTS_SAVE, Permission.POOL_SAVE)
def update(id: int) -> Any:
    return save_form(get_or_404("contacts", id))


@blueprint.get("/contacts/<int:id>/delete")
@requires(Permission.CONTACTS_SAVE, Permission.POOL_SAVE)
def ask_delete(id: int) -> Any:
    contact = get_or_404("contacts", id)
    refusal = policy.refusal_of(db.session(), actor(), policy.DELETE, contact)
    return page("contacts/delete.html", contact=contact, refusal=error_text(refusal) if refusal else "")


@blueprint.post("/contacts/<int:id>/delete")
@requires(Permission.CONTACTS_SAVE, Permission.POOL_SAVE)
def delete(id: int) -> Any:
    contact = get_or_404("contacts", id)
    delete_record(db.session(), contact, actor())
    url = back_to(url_for("contacts.of_customer", id=contact.customer_id))
    return saved(url, _("The contact has been deleted."), changed="contacts-changed")
