"""The opportunities' pages: list, the customer's tab, the form with its history, deleting (B-1, B-2)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.opportunities import blueprint
from crm.blueprints.opportunities.file import file_values
from crm.blueprints.opportunities.forms import opportunity_form, save_changed, save_new
from crm.blueprints.opportunities.table import OPPORTUNITIES, OPPORTUNITIES_OF_CUSTOMER
from crm.blueprints.opportunities.view_tabs import view_tabs
from crm.domain.platform.deletion import delete_record, dependent_records
from crm.entities import policy
from crm.extensions import db
from crm.models import Opportunity, Permission
from crm.web import customer_file as file
from crm.web.access import actor, can_add, get_or_404, get_to_add, requires
from crm.web.back_links import back_to
from crm.web.menu import menu_of
from crm.web.respond import form_again, page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number


@blueprint.get("/opportunities")
@requires(Permission.OPPORTUNITIES_VIEW)
def index() -> Any:
    return page("opportunities/index.html", table=table_page(OPPORTUNITIES), tabs=view_tabs("index"))


@blueprint.get("/opportunities/export")
@requires(Permission.OPPORTUNITIES_EXPORT)
def export() -> Any:
    return table_export(OPPORTUNITIES)


@blueprint.post("/opportunities/bulk")
@requires(Permission.OPPORTUNITIES_SAVE)
def bulk() -> Any:
    return bulk_page(OPPORTUNITIES, url_for("opportunities.index"))


@blueprint.get("/customers/<int:id>/opportunities")
@menu_of("customers")
@requires(Permission.OPPORTUNITIES_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(OPPORTUNITIES_OF_CUSTOMER, {"id": id}, (Opportunity.customer_id == id,))
    may_add = can_add("opportunities", customer)
    return page(
        "opportunities/of_customer.html", table=table, may_add=may_add, **file.file_of(customer, "opportunities")
    )


@blueprint.get("/opportunities/new")
@requires(Permission.OPPORTUNITIES_SAVE)
def new() -> Any:
    """A new opportunity; for a customer the form is filled with it."""
    customer_id = request.args.get("customer_id", type=record_number)
    customer = get_to_add("opportunities", "customers", customer_id) if customer_id else None
    return page("opportunities/new.html", form=opportunity_form(None, customer), customer=customer)


@blueprint.post("/opportunities")
@requires(Permission.OPPORTUNITIES_SAVE)
def create() -> Any:
    form, customer, answer = save_new()
    return answer or form_again("opportunities/new.html", form.status, form=form, customer=customer)


@blueprint.get("/opportunities/<int:id>")
@requires(Permission.OPPORTUNITIES_VIEW)
def show(id: int) -> Any:
    opportunity = get_or_404("opportunities", id)
    return page("opportunities/show.html", **file_values(opportunity, opportunity_form(opportunity)))


@blueprint.post("/opportunities/<int:id>")
@requires(Permission.OPPORTUNITIES_SAVE)
def update(id: int) -> Any:
    opportunity = get_or_404("opportunities", id)
    form, answer = save_changed(opportunity)
    return answer or form_again("opportunities/show.html", form.status, **file_values(opportunity, form))


@blueprint.get("/opportunities/<int:id>/delete")
@requires(Permission.OPPORTUNITIES_SAVE)
def ask_delete(id: int) -> Any:
    opportunity = get_or_404("opportunities", id, policy.DELETE)
    quotes = len(dependent_records(db.session(), opportunity)["quotes"])
    return page("opportunities/delete.html", opportunity=opportunity, quotes=quotes)


@blueprint.post("/opportunities/<int:id>/delete")
@requires(Permission.OPPORTUNITIES_SAVE)
def delete(id: int) -> Any:
    delete_record(db.session(), get_or_404("opportunities", id), actor())
    return saved(
        back_to(url_for("opportunities.index")), _("The opportunity has been deleted."), changed="opportunities-changed"
    )
