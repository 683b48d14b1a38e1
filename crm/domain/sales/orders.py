"""Verbs of sales orders: saved while they are drafts or rejected, then decided on (SO-1 to SO-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.contacts import check_contact, main_contact
from crm.domain.office.notices import notify
from crm.domain.sales.document_lines import check_tax_mode, count_lines
from crm.domain.sales.salespeople import set_salesperson
from crm.domain.sales.transitions import APPROVE, MARK_VOID, REJECT, SUBMIT, WITHDRAW
from crm.domain.sales.workflow import Workflow
from crm.domain.sales.workflow_history import CREATED, record_step
from crm.entities import policy
from crm.entities.linked_records import visible_link
from crm.entities.measures import is_sold
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, lock_for_update, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Contact, Customer, DictionaryItem, Opportunity, Order, Permission, Rights
from crm.models.documents import TAX_EXCLUDED
from crm.models.opportunities import OPEN
from crm.models.orders import CHANGEABLE
from crm.models.roles import SALES_APPROVER

PLAIN_KEYS = tuple("contact_id deliver_on payment_method_id contract_number consignee delivery_address notes".split())
PAYMENT_TERMS = "payment_terms"


def _incomplete(session: Session, order: Order, actor: Actor) -> DomainError | None:
    if order.line_count:
        return None
    return DomainError(N_("Please add at least one product before you submit it."))


def _money_received(session: Session, order: Order, actor: Actor) -> DomainError | None:
    if not order.received and not order.pending:
        return None
    return DomainError(N_("Payments were received for this order, or a receipt is awaiting approval."))


SOLD = "sold"
"""The kind of the notice by which the owner of an opportunity is asked."""
ASK_WHETHER_WON = N_("The sales order %(code)s of your opportunity “%(title)s” has been approved. Is it won?")


def _ask_whether_won(session: Session, order: Order, actor: Actor) -> None:
    """The order of an opportunity was approved: its owner marks it won by one click in the notice (B-4)."""
    decided = order.opportunity_id and is_sold(order)  # a second person may still have to approve it
    opportunity = session.get(Opportunity, order.opportunity_id) if decided else None
    if opportunity is None or opportunity.deleted_at is not None or opportunity.state != OPEN:
        return
    values, url = {"code": order.code, "title": opportunity.title}, f"/opportunities/{opportunity.id}"
    notify(session, opportunity.owner_id, SOLD, ASK_WHETHER_WON, values, url, actor.now, f"sold-{order.id}")


ORDER_WORKFLOW = Workflow(
    "orders",
    N_("Sales order"),
    Order,
    Permission.ORDERS_SAVE,
    Permission.ORDERS_APPROVE,
    SALES_APPROVER,
    (
        replace(
            SUBMIT,
            rule=_incomplete,
            notice=N_("%(person)s asks you to approve the sales order %(code)s."),
            bulk_question=N_("%(count)s orders will be submitted for approval."),
            bulk_done=N_("%(count)s orders submitted."),
        ),
        replace(WITHDRAW, notice=N_("%(person)s has withdrawn the sales order %(code)s.")),
        replace(
            APPROVE,
            effect=_ask_whether_won,
            notice=N_("%(person)s has approved the sales order %(code)s. %(opinion)s"),
            bulk_question=N_("%(count)s orders will be approved."),
            bulk_done=N_("%(count)s orders approved."),
        ),
        replace(
            REJECT,
            notice=N_("%(person)s has rejected the sales order %(code)s: %(opinion)s"),
            bulk_question=N_("%(count)s orders will be returned to the people who submitted them."),
            bulk_done=N_("%(count)s orders rejected."),
        ),
        replace(
            MARK_VOID,
            rule=_money_received,
            notice=N_("%(person)s has voided the sales order %(code)s: %(opinion)s"),
        ),
    ),
).registered()


def save_order(
    session: Session,
    order: Order | None,
    customer: Customer,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    opened_version: int | None = None,
) -> Order:
    """Make or change an order with all its lines; amounts are counted here, whatever was sent.

    Raises NotAllowed out of reach or outside 草稿 and 駁回 (SO-5), FieldError for a wrong value (`lines-<n>-<key>` for
    a line's), StaleRecord where somebody else saved first.
    """
    lock_for_update(session, order)
    policy.check_save(session, actor, "orders", order, customer)
    return write_order(session, order, customer, values, lines, actor, opened_version)


def write_order(
    session: Session,
    order: Order | None,
    customer: Customer,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    opened_version: int | None = None,
) -> Order:
    """The same for a verb that has asked already whether the person may: a quote becomes an order."""
    is_new = order is None
    order = order or Order(customer_id=customer.id, tax_mode=TAX_EXCLUDED, discount_amount=Decimal("0.00"))
    check_version(order, opened_version)
    if is_new:
        order.quote_id, order.opportunity_id = values.get("quote_id"), values.get("opportunity_id")
    set_title(order, values)
    assign(order, values, PLAIN_KEYS)
    if is_new:
        _fill_delivery(session, order, customer, actor)
    check_contact(session, order.contact_id, customer.id)
    order.tax_mode = values.get("tax_mode") or order.tax_mode
    check_tax_mode(order.tax_mode)
    order.discount_amount = values.get("discount_amount") or Decimal("0.00")
    _set_days(session, order, values, actor)
    set_salesperson(session, order, values.get("owner_id"), actor)
    set_code(session, order, "orders", values.get("code"), actor)
    counted = count_lines(session, order, lines)
    stamp(order, actor)
    session.add(order)
    session.flush()
    counted.store(session, order)
    if is_new:
        record_step(session, "orders", order, CREATED, None, actor)
    return order


def _fill_delivery(session: Session, order: Order, customer: Customer, actor: Actor) -> None:
    """Where nothing was typed, a new order goes to the contact, at the customer's address (SO-1)."""
    for key, value in delivery_of(session, customer, actor.rights, order.contact_id).items():
        if getattr(order, key) is None:
            setattr(order, key, value)


def delivery_of(session: Session, customer: Customer, rights: Rights, contact_id: int | None = None) -> dict[str, Any]:
    """Consignee and address: the contact, else the main one, else the customer itself; the customer's address.

    A contact that the person may not see is not named.
    """
    main = main_contact(session, customer) if contact_id is None else None
    contact = visible_link(session, rights, Contact, main.id if main is not None else contact_id)
    name = contact.name if contact is not None else customer.short_name or customer.name
    return {"consignee": name[:60], "delivery_address": customer.address}


def set_title(document: Any, values: Mapping[str, Any]) -> None:
    """The title, which may be empty, with its pinyin code."""
    title = values.get("title", document.title)
    if title:
        set_name(document, {"title": title, "pinyin": ""}, key="title")
    else:
        document.title, document.pinyin = None, ""


@policy.guard("orders", policy.CHANGE, policy.DELETE)
def _not_decided(session: Session, order: Order, actor: Actor) -> DomainError | None:
    """Outside 草稿 and 駁回 nothing is changed or deleted (SO-5)."""
    if order.state in CHANGEABLE:
        return None
    return NotAllowed(N_("Only drafts and rejected orders can be changed or deleted."))


def _set_days(session: Session, order: Order, values: Mapping[str, Any], actor: Actor) -> None:
    """The due date follows the payment terms, unless somebody corrected it (SO-1)."""
    former = due_day(session, order.payment_terms_id, order.ordered_on)
    order.ordered_on = values.get("ordered_on") or order.ordered_on or clock.day_of(actor.now, actor.zone)
    if order.id is None and values.get("payment_terms_id") is None:
        order.payment_terms_id = session.get_one(Customer, order.customer_id).payment_terms_id
    else:
        order.payment_terms_id = values.get("payment_terms_id", order.payment_terms_id)
    typed = values.get("due_on")
    untouched = typed is None or (order.id is not None and typed == order.due_on == former)
    order.due_on = due_day(session, order.payment_terms_id, order.ordered_on) if untouched else typed
    check_due(order.ordered_on, order.due_on)
    check_delivery(order.ordered_on, order.deliver_on)


def check_due(ordered_on: date | None, due_on: date | None) -> None:
    if ordered_on is not None and due_on is not None and due_on < ordered_on:
        raise FieldError("due_on", N_("The due date cannot be before the order date."))


def check_delivery(ordered_on: date | None, deliver_on: date | None) -> None:
    if ordered_on is not None and deliver_on is not None and deliver_on < ordered_on:
        raise FieldError("deliver_on", N_("The delivery date cannot be before the order date."))


def due_day(session: Session, payment_terms_id: int | None, ordered_on: date | None) -> date | None:
    """The order's day plus the days of the payment terms; None without terms."""
    terms = session.get(DictionaryItem, payment_terms_id) if payment_terms_id else None
    if terms is None or terms.dictionary != PAYMENT_TERMS or ordered_on is None:
        return None
    return ordered_on + timedelta(days=terms.value or 0)
