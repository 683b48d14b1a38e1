"""The record's form: the customer's contacts, the level's next date, and saving (R-1, R-2)."""

from datetime import datetime
from typing import Any

from flask import abort, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from crm.blueprints.customers.file import changeable_or_403
from crm.catalogue.contacts import RECORD
from crm.domain.contacts import main_contact
from crm.domain.records import next_contact_by_level, save_record
from crm.extensions import db
from crm.models import ContactRecord, Customer, CustomerLevel, Permission
from crm.web.access import acting
from crm.web.clock import now
from crm.web.contact_choices import list_contacts
from crm.web.forms import RecordForm, form_for
from crm.web.respond import form_again, saved
from crm.web.saving import attempt
from crm.web.showing import show_moment

FIELDS = tuple(field for field in RECORD if field.editable)


def record_form(record: ContactRecord | None, customer: Customer | None) -> RecordForm:
    defaults: dict[str, Any] = {"contacted_at": now(), "add_to_schedule": True}
    if customer is not None and record is None:
        main = main_contact(db.session(), customer)
        defaults.update(
            customer_id=customer.id, level_id=customer.level_id, contact_id=main.id if main is not None else None
        )
    if record is not None:
        form = form_for([f for f in FIELDS if f.key != "customer_id"], record)
        list_contacts(form, record.customer_id, record.contact_id)
        return form
    form = form_for(FIELDS, None, defaults)
    list_contacts(form, form["customer_id"].data)
    return form


def suggested_next(form: RecordForm) -> datetime | None:
    """What the chosen level says about the next contact (R-2)."""
    level_id, at = form["level_id"].data, form["contacted_at"].data
    if not level_id or not at:
        return None
    return next_contact_by_level(db.session.get(CustomerLevel, level_id), at, acting())


def suggest(form: RecordForm) -> str:
    """Put the level's date into the form, unless the person typed one; returns what was suggested."""
    field = form["next_contact_at"]
    typed = (request.args.get("next_contact_at") or "").strip()
    if typed and typed != request.args.get("suggested", ""):
        return ""
    field.data, field.typed, field.errors = suggested_next(form), None, ()
    return show_moment(field.data)


def save_form(record: ContactRecord | None) -> Any:
    """Save under the customer named in the form; the answer closes the box and tells the panels."""
    customer = _customer_of(record)
    form = record_form(record, customer)
    if record is None and form["customer_id"].data:
        customer = changeable_or_403(form["customer_id"].data, Permission.RECORDS_SAVE)

    def save() -> ContactRecord:
        if customer is None:
            abort(404)
        return save_record(db.session(), record, customer, form.values(), acting(), form.opened_version)

    found = attempt(form, save, record)
    if found is None:
        return form_again("records/form.html", form.status, form=form, record=record, customer=customer)
    if found.remind_by_email and not current_user.email:
        flash(
            _("You have no email address yet, so no reminder can be sent. Please enter it under My office."), "warning"
        )
    url = url_for("records.of_customer", id=found.customer_id)
    return saved(url, _("The contact record is saved."), changed="records-changed schedule-changed customers-changed")


def _customer_of(record: ContactRecord | None) -> Customer | None:
    return db.session.get(Customer, record.customer_id) if record is not None else None
