"""應收款項: the two lists, and one order's with the receipts that paid it (RV-1)."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.receivables import blueprint
from crm.blueprints.receivables.table import OPEN, SETTLED, receivable_rows
from crm.domain.sales.receivables import COLLECT
from crm.entities.measures import days_overdue
from crm.entities.receipts import RECEIVABLE
from crm.extensions import db
from crm.models import Customer, Order, Permission, Receipt, ReceiptLine
from crm.web.access import can, may_do, one_or_404, requires, rights
from crm.web.approvals import KINDS, state_of
from crm.web.current_reader import reader
from crm.web.formatting import shown_values
from crm.web.linked_records import linked, linked_customer
from crm.web.respond import page
from crm.web.table import table_export, table_page
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _

SHOWN_KEYS = ("title", "ordered_on", "due_on", "owner_id", "total", "received", "pending", "open")


@blueprint.get("/receivables")
@requires(Permission.RECEIVABLES_VIEW)
def index() -> Any:
    return _list(OPEN)


@blueprint.get("/receivables/settled")
@requires(Permission.RECEIVABLES_VIEW)
def settled() -> Any:
    return _list(SETTLED)


def _list(table: Table) -> Any:
    tabs = [
        {"label": label, "url": url_for(f"receivables.{name}"), "current": table.endpoint.endswith(f".{name}")}
        for name, label in (("index", _("Not settled")), ("settled", _("Settled")))
    ]
    return page("receivables/index.html", table=table_page(table), tabs=tabs)


@blueprint.get("/receivables/export")
@requires(Permission.RECEIVABLES_EXPORT)
def export() -> Any:
    return table_export(OPEN)


@blueprint.get("/receivables/settled/export")
@requires(Permission.RECEIVABLES_EXPORT)
def export_settled() -> Any:
    return table_export(SETTLED)


@blueprint.get("/receivables/<int:id>")
@requires(Permission.RECEIVABLES_VIEW)
def show(id: int) -> Any:
    statement = select(Order).where(Order.id.in_(receivable_rows(rights()).where(Order.id == id)))
    order: Order = one_or_404(statement)
    customer, customer_url = linked_customer(order.customer_id)
    return page(
        "receivables/show.html",
        order=order,
        customer=customer,
        customer_url=customer_url,
        order_url=linked(Order, id, "orders.show")[1],
        collect_url=url_for("receipts.new", customer=customer.id, order=id) if can(COLLECT, order) else "",
        shown=shown_values(RECEIVABLE, order, SHOWN_KEYS),
        overdue=days_overdue(order.due_on, order.open, reader().today),
        receipts=_receipts_of(order),
    )


def _receipts_of(order: Order) -> list[dict[str, Any]]:
    """What was received for it, the newest first; only receipts that the person may see."""
    if not may_do("receipts", "view"):
        return []
    statement = (
        select(Receipt, ReceiptLine.amount)
        .join(ReceiptLine, ReceiptLine.receipt_id == Receipt.id)
        .join(Customer, Customer.id == Receipt.customer_id)
        .where(ReceiptLine.order_id == order.id, Receipt.seen_by(rights()))
        .order_by(Receipt.received_on.desc(), Receipt.id.desc())
    )
    return [
        {"receipt": receipt, "amount": amount, "url": KINDS["receipts"].url(receipt.id), **state_of(receipt)}
        for receipt, amount in db.session.execute(statement)
    ]
