"""The receipts' pages: list, the customer's tab, choosing the customer, the form, deleting (RC-1 to RC-3)."""

from typing import Any

from flask import request, url_for

from crm.blueprints.receipts import blueprint
from crm.blueprints.receipts.forms import (
    paying_or_404,
    receipt_form,
    save,
    sum_of,
)
from crm.blueprints.receipts.paid import Row, offered_orders, sent_rows, stored_rows
from crm.blueprints.receipts.table import RECEIPTS, RECEIPTS_OF_CUSTOMER, STATE, TABS
from crm.domain.platform.deletion import delete_record
from crm.domain.sales.receipts import lines_of, reversal_of
from crm.domain.sales.receivables import debtors, paying_customers
from crm.entities import policy
from crm.entities.measures import is_received
from crm.entities.receipts import RECEIPT
from crm.extensions import db
from crm.models import Customer, Permission, Receipt
from crm.web import customer_file as file
from crm.web.access import actor, can, can_add, get_or_404, requires, rights
from crm.web.approvals import approval_of
from crm.web.back_links import back_to
from crm.web.firm_settings import settings
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm, form_for
from crm.web.linked_records import linked, linked_customer
from crm.web.menu import menu_of
from crm.web.respond import form_again, go, page, saved
from crm.web.table import Search, bulk_page, list_tabs, table_export, table_page
from crm.web.translation import gettext as _
from crm.web.urls import record_number

SHOWN_KEYS = ("payer", "payment_method_id", "received_on", "account", "notes")


@blueprint.get("/receipts")
@requires(Permission.RECEIPTS_VIEW)
def index() -> Any:
    search = Search(RECEIPTS)
    table = table_page(RECEIPTS, search=search)
    table["tabs"] = list_tabs(search, STATE, TABS, Receipt.state)
    return page("receipts/index.html", table=table)


@blueprint.get("/receipts/export")
@requires(Permission.RECEIPTS_EXPORT)
def export() -> Any:
    return table_export(RECEIPTS)


@blueprint.post("/receipts/bulk")
@requires(Permission.RECEIPTS_SAVE, Permission.RECEIPTS_APPROVE)
def bulk() -> Any:
    return bulk_page(RECEIPTS, url_for("receipts.index"))


@blueprint.get("/customers/<int:id>/receipts")
@menu_of("customers")
@requires(Permission.RECEIPTS_VIEW)
def of_customer(id: int) -> Any:
    customer = get_or_404("customers", id)
    table = table_page(RECEIPTS_OF_CUSTOMER, {"id": id}, (Receipt.customer_id == id,))
    payable = paying_customers(rights()).where(Customer.id == id).limit(1)
    may_add = can_add("receipts") and db.session.scalars(payable).first() is not None
    return page("receipts/of_customer.html", table=table, may_add=may_add, **file.file_of(customer, "receipts"))


@blueprint.get("/receipts/new")
@requires(Permission.RECEIPTS_SAVE)
def new() -> Any:
    """For a customer (`customer`), filled in for one order (`order`); without one the customer is chosen first."""
    customer_id = request.args.get("customer", type=record_number)
    if customer_id is None:
        return _choose(form_for(RECEIPT.pick("customer_id")))
    customer = paying_or_404(customer_id)
    orders = offered_orders(customer, None)
    order_id = request.args.get("order", type=record_number)
    rows = stored_rows(orders, {order.id: order.collectable for order in orders if order.id == order_id})
    return page("receipts/new.html", **_form_values(receipt_form(None), rows, customer))


@blueprint.post("/receipts/customer")
@requires(Permission.RECEIPTS_SAVE)
def choose() -> Any:
    form = form_for(RECEIPT.pick("customer_id"))
    if not form.validate():
        return _choose(form, 422)
    return go(url_for("receipts.new", customer=form["customer_id"].data))


def _choose(form: RecordForm, code: int = 200) -> Any:
    return page("receipts/choose.html", code, form=form, owing=debtors(db.session(), rights()))


@blueprint.post("/receipts")
@requires(Permission.RECEIPTS_SAVE)
def create() -> Any:
    customer = paying_or_404(request.form.get("customer", -1, type=record_number), sent=True)
    form, rows = receipt_form(None), sent_rows(offered_orders(customer, None))
    answer = save(form, rows, None, customer)
    return answer or form_again("receipts/new.html", form.status, **_form_values(form, rows, customer))


def _form_values(form: RecordForm, rows: list[Row], customer: Customer) -> dict[str, Any]:
    sum_, currency = sum_of(rows), settings().currency
    return {"form": form, "rows": rows, "sum": sum_, "customer": customer, "currency": currency}


@blueprint.get("/receipts/<int:id>")
@requires(Permission.RECEIPTS_VIEW)
def show(id: int) -> Any:
    receipt = get_or_404("receipts", id)
    customer = db.session.get_one(Customer, receipt.customer_id)
    amounts = {line.order_id: line.amount for line in lines_of(db.session(), receipt)}
    rows = stored_rows(offered_orders(customer, receipt, can(policy.CHANGE, receipt)), amounts)
    return page("receipts/show.html", **_file_values(receipt, receipt_form(receipt), rows, customer))


def _file_values(receipt: Receipt, form: RecordForm, rows: list[Row], customer: Customer) -> dict[str, Any]:
    """What the receipt's page shows around its form."""
    reversal = reversal_of(db.session(), receipt) if is_received(receipt) else None
    seen_reversal = linked(Receipt, reversal.id, "receipts.show")[0] if reversal is not None else None
    return {
        **_form_values(form, rows, customer),
        "receipt": receipt,
        "customer_url": linked_customer(customer.id)[1],
        "changeable": can(policy.CHANGE, receipt),
        "reversal": seen_reversal,
        "reversed": linked(Receipt, receipt.reverses_id, "receipts.show")[0],
        "shown": shown_values(RECEIPT, receipt, SHOWN_KEYS),
        "approval": approval_of("receipts", receipt),
    }


@blueprint.post("/receipts/<int:id>")
@requires(Permission.RECEIPTS_SAVE)
def update(id: int) -> Any:
    receipt = get_or_404("receipts", id)
    customer = db.session.get_one(Customer, receipt.customer_id)
    form, rows = receipt_form(receipt), sent_rows(offered_orders(customer, receipt))
    answer = save(form, rows, receipt, customer)
    return answer or form_again("receipts/show.html", form.status, **_file_values(receipt, form, rows, customer))


@blueprint.get("/receipts/<int:id>/delete")
@requires(Permission.RECEIPTS_SAVE)
def ask_delete(id: int) -> Any:
    return page("receipts/delete.html", receipt=get_or_404("receipts", id, policy.DELETE))


@blueprint.post("/receipts/<int:id>/delete")
@requires(Permission.RECEIPTS_SAVE)
def delete(id: int) -> Any:
    delete_record(db.session(), get_or_404("receipts", id), actor())
    return saved(back_to(url_for("receipts.index")), _("The receipt has been deleted."), changed="receipts-changed")
