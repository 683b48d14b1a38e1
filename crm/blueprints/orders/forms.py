"""The order's form with its lines (SO-1): its choices, and saving it."""

from typing import Any

from flask import abort, flash

from crm import clock
from crm.domain.sales.orders import check_delivery, check_due, delivery_of, save_order
from crm.entities.orders import FORM_KEYS, ORDER
from crm.extensions import db
from crm.models import Customer, Order
from crm.web.access import actor, get_or_404, rights
from crm.web.approvals import after_saving
from crm.web.contact_choices import fill_contact_choices
from crm.web.firm_settings import settings
from crm.web.forms import RecordForm, form_for
from crm.web.lines import Lines, save_document
from crm.web.request_clock import now
from crm.web.respond import go
from crm.web.salespeople import hidden_keys, restrict_salespeople
from crm.web.translation import gettext as _


def order_form(order: Order | None, customer: Customer | None = None) -> RecordForm:
    """The customer is chosen once; the salesperson only by who may assign."""
    left_out = hidden_keys() | ({"customer_id"} if order is not None else set())
    fields = ORDER.pick(*(key for key in FORM_KEYS if key not in left_out))
    form = form_for(fields, order, _defaults(customer) if order is None else {}, kind=ORDER)
    restrict_salespeople(form, order)
    form.rule(("ordered_on", "due_on"), check_due)
    form.rule(("ordered_on", "deliver_on"), check_delivery)
    if order is None:
        fill_contact_choices(form, form["customer_id"].data)
    else:
        fill_contact_choices(form, order.customer_id, order)
    return form


def _defaults(customer: Customer | None) -> dict[str, Any]:
    known = {
        "ordered_on": clock.day_of(now(), settings().zone),
        "owner_id": rights().user_id,
        "tax_mode": settings().tax_mode,
    }
    return known if customer is None else {**known, **customer_defaults(customer)}


def customer_defaults(customer: Customer) -> dict[str, Any]:
    """What a new order takes over from its customer."""
    delivery = delivery_of(db.session(), customer, rights())
    return {"customer_id": customer.id, "payment_terms_id": customer.payment_terms_id, **delivery}


def new_document() -> tuple[RecordForm, Lines, Customer | None]:
    """What was sent for a new order, and its customer, if one was chosen that the person may work with."""
    form = order_form(None)
    customer_id = form["customer_id"].data
    customer = (form["customer_id"].record() or get_or_404("customers", customer_id)) if customer_id else None
    return form, Lines(form, None, customer_id), customer


def save(form: RecordForm, lines: Lines, order: Order | None, customer: Customer | None) -> Any:
    """The answer, or None where the form is to be shown again."""

    def verb() -> Order:
        if customer is None:
            abort(404)
        values = form.values()
        return save_order(db.session(), order, customer, values, lines.values(), actor(), form.opened_version)

    saved_order = save_document(form, lines, verb, order)
    if saved_order is None:
        return None
    flash(_("The sales order %(code)s has been saved.", code=saved_order.code), "done")
    for warning in lines.warnings():
        flash(warning, "warning")
    return go(after_saving("orders", saved_order))
