"""The quotes' list and form, and the tabs of a customer and of an opportunity (QT-1, B-2)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.quotes import blueprint
from crm.blueprints.quotes.forms import new_document, quote_form, save
from crm.blueprints.quotes.table import QUOTES, QUOTES_OF_CUSTOMER, QUOTES_OF_OPPORTUNITY
from crm.extensions import db
from crm.models import Customer, Permission, Quote
from crm.web import customer_file as file
from crm.web.access import can_add, get_or_404, get_to_add, requires
from crm.web.lines import Lines
from crm.web.menu import menu_of
from crm.web.opportunity_head import head_of
from crm.web.respond import form_again, go, page
from crm.web.table import bulk_page, table_export, table_page
from crm.web.urls import record_number


@blueprint.get("/quotes")
@requires(Permission.QUOTES_VIEW)
def index() -> Any:
    return page("quotes/index.html", table=table_page(QUOTES))


@blueprint.get("/quotes/export")
@requires(Permission.QUOTES_EXPORT)
def export() -> Any:
    return table_export(QUOTES)


@blueprint.post("/quotes/bulk")
@requires(Permission.QUOTES_SAVE)
def bulk() -> Any:
    return bulk_page(QUOTES, url_for("quotes.index"))


@blueprint.get("/customers/<int:id>/quotes")
@menu_of("customers")
@requires(Permission.QUOTES_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(QUOTES_OF_CUSTOMER, {"id": id}, (Quote.customer_id == id,))
    return page(
        "quotes/of_customer.html", table=table, may_add=can_add("quotes", customer), **file.file_of(customer, "quotes")
    )


@blueprint.get("/opportunities/<int:id>/quotes")
@menu_of("opportunities")
@requires(Permission.QUOTES_VIEW)
def of_opportunity(id: int) -> Any:
    opportunity = get_or_404("opportunities", id)
    customer = db.session.get_one(Customer, opportunity.customer_id)
    table = table_page(QUOTES_OF_OPPORTUNITY, {"id": id}, (Quote.opportunity_id == id,))
    return page(
        "quotes/of_opportunity.html", table=table, may_add=can_add("quotes", customer), **head_of(opportunity, "quotes")
    )


@blueprint.get("/quotes/new")
@requires(Permission.QUOTES_SAVE)
def new() -> Any:
    opportunity_id = request.args.get("opportunity_id", type=record_number)
    opportunity = get_or_404("opportunities", opportunity_id) if opportunity_id else None
    customer_id = opportunity.customer_id if opportunity else request.args.get("customer_id", type=record_number)
    customer = get_to_add("quotes", "customers", customer_id) if customer_id else None
    form = quote_form(None, customer, opportunity)
    lines = Lines(form, None, customer_id)
    return page("quotes/new.html", form=form, lines=lines, customer=customer, opportunity=opportunity)


@blueprint.post("/quotes")
@requires(Permission.QUOTES_SAVE)
def create() -> Any:
    form, lines, customer = new_document()
    if not lines.pressed:
        quote = save(form, lines, None, customer)
        if quote is not None:
            return go(url_for("quotes.show", id=quote.id))
    lines.tell()
    code = 200 if lines.pressed else form.status
    return form_again("quotes/new.html", code, form=form, lines=lines, customer=None, opportunity=None)
