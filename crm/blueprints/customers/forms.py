"""The customer's form: filling it, warning of duplicates, saving it."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from crm.blueprints.customers.file import file_of
from crm.catalogue.customers import CUSTOMER, FORM_KEYS
from crm.domain.contacts import main_contact
from crm.domain.customers import save_customer
from crm.domain.duplicates import like_customers
from crm.extensions import db
from crm.models import Customer
from crm.web.access import acting
from crm.web.clock import now
from crm.web.firm import lookups, settings
from crm.web.forms import RecordForm, form_for
from crm.web.respond import go, page
from crm.web.saving import attempt


def customer_form(customer: Customer | None) -> RecordForm:
    """The form of C-1, with the main contact's fields and the cities of the chosen province."""
    defaults: dict[str, Any] = {"registered_on": now().astimezone(settings().zone).date()}
    if customer is None:
        status = lookups().dictionary("customer_status").default()
        defaults["status_id"] = status.id if status else None
    else:
        contact = main_contact(db.session(), customer)
        if contact is not None:
            defaults.update(main_contact=contact.name, main_mobile=contact.mobile, main_job_title=contact.job_title)
    form = form_for(CUSTOMER.pick(*FORM_KEYS), customer, defaults)
    province = form["province_id"].data
    form["city_id"].narrow = lambda city: city.parent_id == province
    return form


def save_form(customer: Customer | None, pooled: bool = False) -> Any:
    """Save, or show the form again: with the errors, the duplicates, or only refreshed."""
    form = customer_form(customer)
    action = request.form.get("action")
    if action in ("check", "refresh"):
        likes = duplicates_of(form, customer) if action == "check" else None
        return _show(form, customer, 200, likes=likes, checked=action == "check", pooled=pooled)
    likes = _unconfirmed(form, customer) if form.validate() else []
    if likes:
        return _show(form, customer, 422, likes=likes, confirm=not settings().duplicate_forbids, pooled=pooled)
    found = attempt(
        form,
        lambda: save_customer(db.session(), customer, form.values(), acting(), form.opened_version, pooled),
        customer,
    )
    if found is None:
        return _show(form, customer, form.status, pooled=pooled)
    flash(_("The customer is saved."), "done")
    return go(url_for("customers.show", id=found.id))


def duplicates_of(form: RecordForm, customer: Customer | None) -> list[Customer]:
    values = {key: form[key].data for key in ("name", "phone", "tax_number")}
    return like_customers(
        db.session(), values, settings().duplicate_fields, other_than=customer.id if customer else None
    )


def _unconfirmed(form: RecordForm, customer: Customer | None) -> list[Customer]:
    """Duplicates that the person has not yet said are none; an unchanged name and telephone ask nothing."""
    if request.form.get("save_anyway") and not settings().duplicate_forbids:
        return []
    if customer is not None and all(getattr(customer, k) == form[k].data for k in ("name", "phone", "tax_number")):
        return []
    return duplicates_of(form, customer)


def _show(form: RecordForm, customer: Customer | None, status: int, **values: Any) -> Any:
    if customer is None:
        return page("customers/new.html", status, form=form, **values)
    return page("customers/show.html", status, form=form, **file_of(customer, "show"), **values)
