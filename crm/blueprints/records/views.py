"""The contact records' pages: list, the customer's tab, the form, deleting."""

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from crm.blueprints.records import blueprint
from crm.blueprints.records.forms import next_form, record_form, save_form
from crm.blueprints.records.table import RECORDS, RECORDS_OF_CUSTOMER
from crm.domain.contacts import why_not_deletable
from crm.domain.records import delete_record
from crm.extensions import db
from crm.models import ContactRecord, Customer, Permission
from crm.models.rights import in_scope
from crm.web.access import acting, requires, rights, visible_or_404
from crm.web.customer_file import changeable_or_403, file_of, may_change
from crm.web.menu import menu_of
from crm.web.respond import page, saved
from crm.web.table import bulk_page, table_export, table_page
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
    customer = visible_or_404(Customer, id)
    table = table_page(RECORDS_OF_CUSTOMER, {"id": id}, (ContactRecord.customer_id == id,))
    may_add = may_change(customer, Permission.RECORDS_SAVE)
    return page("records/of_customer.html", table=table, may_add=may_add, **file_of(customer, "records"))


@blueprint.get("/records/new")
@blueprint.get("/customers/<int:customer_id>/records/new")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def new(customer_id: int | None = None) -> Any:
    """A new record; for a customer the form is filled with its level and main contact."""
    customer_id = customer_id or request.args.get("customer_id", type=record_number)
    customer = changeable_or_403(customer_id, Permission.RECORDS_SAVE) if customer_id else None
    return page("records/form.html", form=record_form(None, customer), record=None, customer=customer)


@blueprint.post("/records")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def create() -> Any:
    return save_form(None)


@blueprint.get("/records/next")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def next_contact() -> Any:
    """The level's next contact, shown early (R-2)."""
    return page("records/_next.html", form=next_form())


@blueprint.get("/records/<int:id>")
@requires(Permission.RECORDS_VIEW)
def show(id: int) -> Any:
    record = visible_or_404(ContactRecord, id)
    customer = db.session.get(Customer, record.customer_id)
    return page(
        "records/form.html",
        form=record_form(record, customer),
        record=record,
        customer=customer,
        may_change=may_correct(record),
        deletable=why_not_deletable(record, customer, acting()) is None,
    )


def may_correct(record: ContactRecord) -> bool:
    """The maker, or whoever's scope holds the maker, on a customer they may work with."""
    by_scope = in_scope(ContactRecord.created_by_id, rights(), Permission.RECORDS_SAVE)
    found = db.session.scalar(select(ContactRecord.id).where(ContactRecord.id == record.id, by_scope))
    customer = db.session.get(Customer, record.customer_id)
    return found is not None and customer is not None and may_change(customer, Permission.RECORDS_SAVE)


@blueprint.post("/records/<int:id>")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def update(id: int) -> Any:
    record = visible_or_404(ContactRecord, id)
    if not may_correct(record):
        abort(403)
    return save_form(record)


@blueprint.get("/records/<int:id>/delete")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def ask_delete(id: int) -> Any:
    return page("records/delete.html", record=visible_or_404(ContactRecord, id))


@blueprint.post("/records/<int:id>/delete")
@requires(Permission.RECORDS_SAVE, Permission.POOL_SAVE)
def delete(id: int) -> Any:
    record = visible_or_404(ContactRecord, id)
    customer = changeable_or_403(record.customer_id, Permission.RECORDS_SAVE)
    delete_record(db.session(), record, customer, acting())
    url = url_for("records.of_customer", id=customer.id)
    return saved(url, _("The contact record is deleted."), changed="records-changed")
