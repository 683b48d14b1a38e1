"""The contact records' pages: list, the customer's tab, the form, deleting."""

from typing import Any

from flask import request, url_for

from crm.blueprints.records import blueprint
from crm.blueprints.records.forms import due_of, next_form, record_form, save_form
from crm.blueprints.records.table import RECORDS, RECORDS_OF_CUSTOMER
from crm.domain.customers.contact_records import delete_contact_record
from crm.entities import policy
from crm.errors import DomainError
from crm.extensions import db
from crm.models import ContactRecord, Customer, Permission
from crm.web.access import actor, can, can_add, get_or_404, get_to_add, requires
from crm.web.back_links import back_to
from crm.web.customer_file import file_of
from crm.web.errors import error_text
from crm.web.menu import menu_of
from crm.web.references import resolve
from crm.web.respond import page, saved
from crm.web.table import bulk_page, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number


@blueprint.get("/records")
@requires(Permission.RECORDS_VIEW)
def index() -> Any:
    return page("records/index.html", table=table_page(RECORDS))


@blueprint.get("/records/export")
@requires(Permission.RECORDS_EXPORT)
def export() -> Any:
    return table_export(RECORDS)


@blueprint.post("/records/bulk")
@requires(Permission.RECORDS_SAVE)
def bulk() -> Any:
    return bulk_page(RECORDS, url_for("records.index"))


@blueprint.get("/customers/<int:id>/records")
@menu_of("customers")
@requires(Permission.RECORDS_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(RECORDS_OF_CUSTOMER, {"id": id}, (ContactRecord.customer_id == id,))
    may_add = can_add("records", customer)
    return page("records/of_customer.html", table=table, may_add=may_add, **file_of(customer, "records"))


@blueprint.get("/records/new")
@blueprint.get("/customers/<int:customer_id>/records/new")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def new(customer_id: int | None = None) -> Any:
    """A new record; for a customer the form is filled with its level and main contact."""
    customer_id = customer_id or request.args.get("customer_id", type=record_number)
    customer = get_to_add("records", "customers", customer_id) if customer_id else None
    form = record_form(None, customer)
    return page("records/form.html", form=form, record=None, customer=customer, due=due_of(customer))


@blueprint.post("/records")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def create() -> Any:
    return save_form(None)


@blueprint.get("/records/due")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def due() -> Any:
    """What a record would complete, when its customer is chosen in the form (R-6)."""
    try:
        chosen = resolve("customers", request.args.get("customer_id", "").strip()[:300])
    except DomainError:
        return page("records/_due.html", due=[])
    return page("records/_due.html", due=due_of(db.session.get_one(Customer, chosen)))


@blueprint.get("/records/next")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def next_contact() -> Any:
    """The level's next contact, shown early (R-2)."""
    return page("records/_next.html", form=next_form())


@blueprint.get("/records/<int:id>")
@requires(Permission.RECORDS_VIEW)
def show(id: int) -> Any:
    record = get_or_404("records", id)
    customer = db.session.get(Customer, record.customer_id)
    return page(
        "records/form.html",
        form=record_form(record, customer),
        record=record,
        customer=customer,
        may_change=can(policy.CHANGE, record),
    )


@blueprint.post("/records/<int:id>")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def update(id: int) -> Any:
    return save_form(get_or_404("records", id))


@blueprint.get("/records/<int:id>/delete")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def ask_delete(id: int) -> Any:
    record = get_or_404("records", id)
    refusal = policy.refusal_of(db.session(), actor(), policy.DELETE, record)
    return page("records/delete.html", record=record, refusal=error_text(refusal) if refusal else "")


@blueprint.post("/records/<int:id>/delete")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def delete(id: int) -> Any:
    record = get_or_404("records", id)
    delete_contact_record(db.session(), record, actor())
    url = back_to(url_for("records.of_customer", id=record.customer_id))
    return saved(url, _("The contact record has been deleted."), changed="records-changed")
