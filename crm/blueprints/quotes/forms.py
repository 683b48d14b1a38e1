"""The quote's form with its lines (QT-1): its choices, and saving it."""

from typing import Any

from flask import abort, flash

from crm import clock
from crm.domain.sales.quotes import check_valid_until, save_quote
from crm.entities.quotes import FORM_KEYS, QUOTE
from crm.extensions import db
from crm.models import Customer, Opportunity, Quote
from crm.web.access import actor, get_or_404, rights
from crm.web.contact_choices import fill_contact_choices
from crm.web.firm_settings import settings
from crm.web.forms import RecordForm, form_for
from crm.web.lines import Lines, save_document
from crm.web.linked_records import unseen_opportunity
from crm.web.request_clock import now
from crm.web.salespeople import hidden_keys, restrict_salespeople
from crm.web.translation import gettext as _


def quote_form(
    quote: Quote | None, customer: Customer | None = None, opportunity: Opportunity | None = None
) -> RecordForm:
    """The customer is chosen once; the salesperson only by who may assign."""
    left_out = hidden_keys() | ({"customer_id"} if quote is not None else set()) | unseen_opportunity(quote)
    fields = QUOTE.pick(*(key for key in FORM_KEYS if key not in left_out))
    form = form_for(fields, quote, _defaults(customer, opportunity) if quote is None else {}, kind=QUOTE)
    restrict_salespeople(form, quote)
    form.rule(("quoted_on", "valid_until"), check_valid_until)
    if quote is None:
        fill_contact_choices(form, form["customer_id"].data)
    else:
        fill_contact_choices(form, quote.customer_id, quote)
    return form


def _defaults(customer: Customer | None, opportunity: Opportunity | None) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "quoted_on": clock.day_of(now(), settings().zone),
        "owner_id": rights().user_id,
        "tax_mode": settings().tax_mode,
        "customer_id": customer.id if customer is not None else None,
    }
    if opportunity is not None:
        defaults["opportunity_id"], defaults["title"] = opportunity.id, opportunity.title
        defaults["contact_id"] = opportunity.contact_id
    return defaults


def new_document() -> tuple[RecordForm, Lines, Customer | None]:
    """What was sent for a new quote, and its customer, if one was chosen that the person may work with."""
    form = quote_form(None)
    customer_id = form["customer_id"].data
    customer = get_or_404("customers", customer_id) if customer_id else None
    return form, Lines(form, None, customer_id), customer


def save(form: RecordForm, lines: Lines, quote: Quote | None, customer: Customer | None) -> Quote | None:
    """The quote, or None where the form is to be shown again."""

    def verb() -> Quote:
        if customer is None:
            abort(404)
        values = form.values()
        return save_quote(db.session(), quote, customer, values, lines.values(), actor(), form.opened_version)

    saved_quote = save_document(form, lines, verb, quote)
    if saved_quote is not None:
        flash(_("The quote %(code)s has been saved.", code=saved_quote.code), "done")
        for warning in lines.warnings():
            flash(warning, "warning")
    return saved_quote
