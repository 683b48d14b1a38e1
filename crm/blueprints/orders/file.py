"""An order's page: its form or what it says, its receipts, the history of its approval (SO-2 to SO-5)."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.orders import blueprint
from crm.blueprints.orders.forms import order_form, save
from crm.blueprints.orders.receipts import RECEIPTS_OF_ORDER
from crm.domain.sales.receivables import COLLECT
from crm.entities import policy
from crm.entities.orders import ORDER
from crm.extensions import db
from crm.models import Customer, Opportunity, Order, Permission, Quote, ReceiptLine
from crm.web.access import can, get_or_404, may_do, requires
from crm.web.approvals import approval_of
from crm.web.contact_choices import chosen_contact
from crm.web.formatting import shown_values
from crm.web.forms import RecordForm
from crm.web.lines import Lines
from crm.web.lines.read_only import shown_lines, shown_sums
from crm.web.linked_records import linked, linked_customer
from crm.web.menu import menu_of
from crm.web.references import reference_text
from crm.web.respond import form_again, page
from crm.web.table import table_page
from crm.web.translation import gettext as _

SHOWN_KEYS = tuple(
    "title ordered_on owner_id unit_id contract_number tax_mode deliver_on consignee delivery_address payment_method_id"
    " payment_terms_id due_on notes".split()
)
"""What stands on the page of an order that cannot be changed, beside its head and its lines."""


@blueprint.get("/orders/<int:id>")
@requires(Permission.ORDERS_VIEW)
def show(id: int) -> Any:
    order = get_or_404("orders", id)
    form = order_form(order)
    return page("orders/show.html", **file_of(order, form, Lines(form, order, order.customer_id)))


@blueprint.post("/orders/<int:id>")
@requires(Permission.ORDERS_SAVE)
def update(id: int) -> Any:
    order = get_or_404("orders", id)
    form = order_form(order)
    lines = Lines(form, order, order.customer_id)
    answer = None if lines.pressed else save(form, lines, order, db.session.get_one(Customer, order.customer_id))
    if answer is not None:
        return answer
    code = 200 if lines.pressed else form.status
    return form_again("orders/show.html", code, **file_of(order, form, lines, True))


@blueprint.get("/orders/<int:id>/receipts")
@menu_of("orders")
@requires(Permission.RECEIPTS_VIEW)
def receipts(id: int) -> Any:
    order = get_or_404("orders", id)
    paying = select(ReceiptLine.receipt_id).where(ReceiptLine.order_id == id)
    table = table_page(RECEIPTS_OF_ORDER, {"id": id}, (RECEIPTS_OF_ORDER.model.id.in_(paying),))
    return page("orders/receipts.html", table=table, **head_of(order, "receipts"))


def head_of(order: Order, current: str) -> dict[str, Any]:
    """What stands on every tab of the order: the head, the tabs, the steps that the person can take."""
    customer, customer_url = linked_customer(order.customer_id)
    quote, quote_url = linked(Quote, order.quote_id, "quotes.show")
    tabs = [("show", _("Sales order"), True), ("receipts", _("Receipts"), may_do("receipts", "view"))]
    return {
        "order": order,
        "customer": customer,
        "customer_url": customer_url,
        "quote": (quote.code, quote_url) if quote is not None else None,
        "approval": approval_of("orders", order),
        "collect_url": collect_url(order),
        "tabs": [
            {"label": label, "url": url_for(f"orders.{key}", id=order.id), "current": key == current}
            for key, label, shown in tabs
            if shown
        ],
    }


def collect_url(order: Order) -> str:
    """The form of a receipt for it, where the person can enter one now (RC-1)."""
    if not can(COLLECT, order):
        return ""
    return url_for("receipts.new", customer=order.customer_id, order=order.id)


def file_of(order: Order, form: RecordForm, lines: Lines, typed: bool = False) -> dict[str, Any]:
    """The first tab. `typed`: the form is shown whatever the state is now, so that nothing typed is lost."""
    changeable = typed or can(policy.CHANGE, order)
    if changeable:
        lines.tell()
    head = head_of(order, "show")
    return {
        **head,
        "form": form,
        "lines": lines,
        "changeable": changeable,
        "customer_text": reference_text("customers", head["customer"]) if head["customer_url"] else "",
        "shown": [(_("Contact"), chosen_contact(form)), *shown_values(ORDER, order, SHOWN_KEYS)],
        "opportunity": "" if changeable else _opportunity(order),
        "rows": [] if changeable else shown_lines(lines.stored, lines.floors),
        "sums": shown_sums(order),
    }


def _opportunity(order: Order) -> str:
    opportunity, _url = linked(Opportunity, order.opportunity_id, "opportunities.show")
    return opportunity.title if opportunity is not None else ""
