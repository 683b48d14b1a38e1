"""A quote's page: its form or what it says, its versions, and the order that it became (QT-1 to QT-3)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.quotes import blueprint
from crm.blueprints.quotes.converting import show_created_order
from crm.blueprints.quotes.copying import show_copy
from crm.blueprints.quotes.forms import quote_form, save
from crm.domain.sales.quotes import CONVERT, COPY, is_expired, order_of, versions_of
from crm.entities import policy
from crm.entities.quotes import QUOTE
from crm.extensions import db
from crm.models import Customer, Opportunity, Order, Permission, Quote
from crm.web.access import actor, can, get_or_404, requires, rights
from crm.web.contact_choices import chosen_contact
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm
from crm.web.lines import Lines
from crm.web.lines.read_only import shown_lines, shown_sums
from crm.web.linked_records import linked, linked_customer
from crm.web.references import reference_text
from crm.web.respond import form_again, go, page
from crm.web.translation import gettext as _

SHOWN_KEYS = tuple("title quoted_on valid_until owner_id unit_id tax_mode notes".split())


@blueprint.get("/quotes/<int:id>")
@requires(Permission.QUOTES_VIEW)
def show(id: int) -> Any:
    quote = get_or_404("quotes", id)
    form = quote_form(quote)
    return page("quotes/show.html", **file_of(quote, form, Lines(form, quote, quote.customer_id)))


@blueprint.post("/quotes/<int:id>")
@requires(Permission.QUOTES_SAVE)
def update(id: int) -> Any:
    """Save; 【轉為訂單】 and 【複製為新版本】 save what was typed before they go on."""
    quote = get_or_404("quotes", id)
    form = quote_form(quote)
    lines = Lines(form, quote, quote.customer_id)
    if "convert" in request.form:
        policy.check(db.session(), actor(), CONVERT, quote)
    if not lines.pressed and save(form, lines, quote, db.session.get_one(Customer, quote.customer_id)) is not None:
        return _onward(quote)
    code = 200 if lines.pressed else form.status
    return form_again("quotes/show.html", code, **file_of(quote, form, lines, True))


def _onward(quote: Quote) -> Any:
    if "convert" in request.form:
        return show_created_order(quote)
    return show_copy(quote) if "copy" in request.form else go(url_for("quotes.show", id=quote.id))


def file_of(quote: Quote, form: RecordForm, lines: Lines, typed: bool = False) -> dict[str, Any]:
    """`typed`: the form is shown whatever became of the quote meanwhile, so that nothing typed is lost."""
    customer, customer_url = linked_customer(quote.customer_id)
    order = order_of(db.session(), quote)
    changeable = typed or (order is None and can(policy.CHANGE, quote))
    if changeable:
        lines.tell()
    opportunity, opportunity_url = linked(Opportunity, quote.opportunity_id, "opportunities.show")
    seen_order, order_url = linked(Order, order.id, "orders.show") if order is not None else (None, "")
    return {
        "form": form,
        "lines": lines,
        "quote": quote,
        "customer": customer,
        "customer_text": reference_text("customers", customer) if customer_url else "",
        "customer_url": customer_url,
        "opportunity": opportunity,
        "opportunity_url": opportunity_url,
        "order": seen_order,
        "order_url": order_url,
        "expired": order is None and is_expired(quote, actor()),
        "versions": versions_of(db.session(), quote, rights()),
        "changeable": changeable,
        "copyable": can(COPY, quote),
        "convertible": order is None and can(CONVERT, quote),
        "shown": [(_("Contact"), chosen_contact(form)), *shown_values(QUOTE, quote, SHOWN_KEYS)],
        "rows": [] if changeable else shown_lines(lines.stored, lines.floors),
        "sums": shown_sums(quote),
    }
