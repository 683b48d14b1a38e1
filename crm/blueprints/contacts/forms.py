"""The contact's form."""

from typing import Any

from flask import abort, url_for

from crm.domain.customers.contacts import save_contact
from crm.entities.contacts import CONTACT
from crm.extensions import db
from crm.models import Contact, Customer
from crm.web.access import actor, get_or_404
from crm.web.back_links import back_to
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import form_again, saved
from crm.web.translation import gettext as _


def contact_form(contact: Contact | None, customer: Customer | None = None) -> RecordForm:
    defaults = {"customer_id": customer.id} if customer is not None else {}
    fields = [field for field in CONTACT if contact is None or field.key != "customer_id"]
    return form_for(fields, contact, defaults, kind=CONTACT)


def save_form(contact: Contact | None) -> Any:
    """Save under the customer named in the form; a contact never changes to a customer out of reach."""
    form = contact_form(contact)
    customer_id = contact.customer_id if contact is not None else form["customer_id"].data
    if contact is not None:
        customer = db.session.get(Customer, customer_id)
    else:
        customer = get_or_404("customers", customer_id) if customer_id else None

    def save() -> Contact:
        if customer is None:
            abort(404)
        return save_contact(db.session(), contact, customer, form.values(), actor(), form.opened_version)

    saved_contact = attempt(form, save, contact)
    if saved_contact is None:
        shown = {"customer": customer, "may_change": True}
        return form_again("contacts/form.html", form.status, form=form, contact=contact, **shown)
    url = back_to(url_for("contacts.of_customer", id=saved_contact.customer_id))
    return saved(url, _("The contact has been saved."), changed="contacts-changed")
