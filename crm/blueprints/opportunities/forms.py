"""The opportunity's form (B-1): its choices, and saving it."""

from typing import Any

from flask import abort, url_for

from crm.domain.sales.opportunities import STAGES, check_reason, save_opportunity
from crm.entities.opportunities import FORM_KEYS, OPPORTUNITY
from crm.extensions import db
from crm.models import Customer, Opportunity
from crm.models.opportunities import OPEN
from crm.web.access import actor, get_or_404, rights
from crm.web.contact_choices import fill_contact_choices
from crm.web.firm_settings import lookups
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import saved
from crm.web.salespeople import hidden_keys, restrict_salespeople
from crm.web.translation import gettext as _


def opportunity_form(opportunity: Opportunity | None, customer: Customer | None = None) -> RecordForm:
    """The customer is chosen once; the owner only by who may assign."""
    left_out = hidden_keys() | ({"customer_id"} if opportunity is not None else set())
    fields = OPPORTUNITY.pick(*(key for key in FORM_KEYS if key not in left_out))
    form = form_for(fields, opportunity, _defaults(customer) if opportunity is None else {}, kind=OPPORTUNITY)
    restrict_salespeople(form, opportunity)
    form.rule(("state", "reason"), check_reason)
    if opportunity is None:
        fill_contact_choices(form, form["customer_id"].data)
    else:
        fill_contact_choices(form, opportunity.customer_id, opportunity)
    return form


def _defaults(customer: Customer | None) -> dict[str, Any]:
    stages = lookups().dictionary(STAGES)
    first = stages.default() or next((item for item in stages.items if not item.retired), None)
    return {
        "customer_id": customer.id if customer is not None else None,
        "stage_id": first.id if first else None,
        "owner_id": rights().user_id,
        "state": OPEN,
    }


def save_new() -> tuple[RecordForm, Customer | None, Any]:
    """(form, its customer, the answer or None where the form must be shown again)."""
    form = opportunity_form(None)
    customer_id = form["customer_id"].data
    customer = get_or_404("customers", customer_id) if customer_id else None
    return form, customer, _save(form, None, customer)


def save_changed(opportunity: Opportunity) -> tuple[RecordForm, Any]:
    form = opportunity_form(opportunity)
    customer = db.session.get_one(Customer, opportunity.customer_id)
    return form, _save(form, opportunity, customer)


def _save(form: RecordForm, opportunity: Opportunity | None, customer: Customer | None) -> Any:
    def save() -> Opportunity:
        if customer is None:
            abort(404)
        return save_opportunity(db.session(), opportunity, customer, form.values(), actor(), form.opened_version)

    saved_opportunity = attempt(form, save, opportunity)
    if saved_opportunity is None:
        return None
    url = url_for("opportunities.show", id=saved_opportunity.id)
    return saved(url, _("The opportunity has been saved."), changed="opportunities-changed")
