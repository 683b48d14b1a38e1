"""Verbs of receipts: money against approved orders, decided on like orders (RC-1 to RC-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.sales.receivables import COLLECT, lock_orders, over_collection_error, recount
from crm.domain.sales.salespeople import set_salesperson
from crm.domain.sales.transitions import APPROVE, REJECT, SUBMIT, WITHDRAW
from crm.domain.sales.workflow import Workflow
from crm.domain.sales.workflow_history import CREATED, record_step
from crm.entities import policy
from crm.entities.change_log import log_related_change
from crm.entities.measures import is_received, is_sold
from crm.entities.names_and_codes import set_code
from crm.entities.record_saving import Actor, assign, check_version, lock_for_update, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, Order, Permission, Receipt, ReceiptLine
from crm.models.documents import DRAFT
from crm.models.engine import ask_once
from crm.models.receipts import CHANGEABLE
from crm.models.roles import RECEIPT_APPROVER

PLAIN_KEYS = ("payer", "payment_method_id", "account", "notes")
MAX_ORDERS = 200
REVERSE = "reverse"

policy.declare_action("receipts", REVERSE, Permission.RECEIPTS_SAVE)


def lines_of(session: Session, receipt: Receipt) -> list[ReceiptLine]:
    """What it pays, by order."""
    own_lines = select(ReceiptLine).where(ReceiptLine.receipt_id == receipt.id)
    statement = own_lines.order_by(ReceiptLine.order_id)
    return ask_once(session, ("lines of", receipt.id), lambda: list(session.scalars(statement)))


def _payment_refusal(session: Session, receipt: Receipt, actor: Actor) -> DomainError | None:
    """Before it is submitted or approved: it pays something, of orders that are approved still and owe as much."""
    lines = lines_of(session, receipt)
    if not lines:
        return DomainError(N_("Please enter an amount for at least one order before you submit it."))
    for line in lines:
        order = session.get_one(Order, line.order_id)
        if not is_sold(order):
            return DomainError(N_("The order %(code)s is no longer approved."), code=order.code)
        if receipt.state in CHANGEABLE and line.amount > order.collectable:
            return over_collection_error(order)
    return None


def _lock_orders(session: Session, receipt: Receipt, actor: Actor) -> None:
    lock_orders(session, [line.order_id for line in lines_of(session, receipt)])
    refusal = _payment_refusal(session, receipt, actor)
    if refusal is not None:
        raise refusal


def _recount(session: Session, receipt: Receipt, actor: Actor) -> None:
    recount(session, [line.order_id for line in lines_of(session, receipt)])


RECEIPT_WORKFLOW = Workflow(
    "receipts",
    N_("Receipt"),
    Receipt,
    Permission.RECEIPTS_SAVE,
    Permission.RECEIPTS_APPROVE,
    RECEIPT_APPROVER,
    (
        replace(
            SUBMIT,
            rule=_payment_refusal,
            guard=_lock_orders,
            effect=_recount,
            notice=N_("%(person)s asks you to approve the receipt %(code)s."),
            bulk_question=N_("%(count)s receipts will be submitted for approval."),
            bulk_done=N_("%(count)s receipts submitted."),
        ),
        replace(WITHDRAW, effect=_recount, notice=N_("%(person)s has withdrawn the receipt %(code)s.")),
        replace(
            APPROVE,
            guard=_lock_orders,
            effect=_recount,
            notice=N_("%(person)s has approved the receipt %(code)s. %(opinion)s"),
            bulk_question=N_("%(count)s receipts will be approved."),
            bulk_done=N_("%(count)s receipts approved."),
        ),
        replace(
            REJECT,
            effect=_recount,
            notice=N_("%(person)s has rejected the receipt %(code)s: %(opinion)s"),
            bulk_question=N_("%(count)s receipts will be returned to the people who submitted them."),
            bulk_done=N_("%(count)s receipts rejected."),
        ),
    ),
).registered()


def save_receipt(
    session: Session,
    receipt: Receipt | None,
    customer: Customer,
    values: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    actor: Actor,
    opened_version: int | None = None,
) -> Receipt:
    """Make or change a receipt of the customer; `lines` are {order_id, amount}, amounts above zero (RC-2).

    Raises NotAllowed outside 草稿 and 駁回, FieldError for a
    wrong value (`lines-<order's id>` for an order's amount, `lines` for all), StaleRecord where somebody else saved
    first.
    """
    is_new = receipt is None
    lock_for_update(session, receipt)
    policy.check_save(session, actor, "receipts", receipt)
    receipt = receipt or Receipt(customer_id=customer.id, amount=Decimal("0.00"))
    check_version(receipt, opened_version)
    assign(receipt, values, PLAIN_KEYS)
    receipt.received_on = values.get("received_on") or receipt.received_on or clock.day_of(actor.now, actor.zone)
    set_salesperson(session, receipt, None, actor, first=_seller(session, lines) or customer.owner_id)
    set_code(session, receipt, "receipts", values.get("code"), actor)
    stamp(receipt, actor)
    session.add(receipt)
    session.flush()
    _save_lines(session, receipt, customer, lines, actor)
    if is_new:
        record_step(session, "receipts", receipt, CREATED, None, actor)
    return receipt


def _seller(session: Session, lines: Sequence[Mapping[str, Any]]) -> int | None:
    """Whose sale is paid: the salesperson of the oldest order; a customer may have gone to somebody else since."""
    paid = [line["order_id"] for line in lines]
    return session.scalars(select(Order.owner_id).where(Order.id.in_(paid)).order_by(Order.id).limit(1)).first()


def _save_lines(
    session: Session, receipt: Receipt, customer: Customer, lines: Sequence[Mapping[str, Any]], actor: Actor
) -> None:
    if not lines:
        raise FieldError("lines", N_("Please tick at least one order and enter the amount received for it."))
    if len(lines) > MAX_ORDERS or len({line["order_id"] for line in lines}) < len(lines):
        raise FieldError("lines", N_("Please enter one amount for each order."))
    orders = lock_orders(session, [line["order_id"] for line in lines])
    for line in lines:
        _check_line(orders.get(line["order_id"]), customer, line)
    _check_reach(session, receipt, orders, actor)
    paid = [f"{orders[line['order_id']].code}: {line['amount']:.2f}" for line in lines]
    log_related_change(session, receipt, "lines", _in_short(session, receipt), paid)
    session.execute(delete(ReceiptLine).where(ReceiptLine.receipt_id == receipt.id))
    session.add_all(
        ReceiptLine(receipt_id=receipt.id, order_id=line["order_id"], amount=line["amount"]) for line in lines
    )
    receipt.amount = sum((line["amount"] for line in lines), Decimal("0.00"))
    session.flush()


def _check_reach(session: Session, receipt: Receipt, orders: Mapping[int, Order], actor: Actor) -> None:
    """What the receipt names newly must be the person's to collect; what it named before stays."""
    named = {line.order_id for line in lines_of(session, receipt)}
    for id_, order in orders.items():
        if id_ not in named and not policy.reaches(session, actor, COLLECT, order):
            raise FieldError(f"lines-{id_}", N_("No payment can be recorded for this order. Please choose again."))


def _in_short(session: Session, receipt: Receipt) -> list[str] | None:
    """The orders that it pays, as the operation log shows them."""
    statement = select(Order.code, ReceiptLine.amount).join(Order, Order.id == ReceiptLine.order_id)
    rows = session.execute(statement.where(ReceiptLine.receipt_id == receipt.id).order_by(ReceiptLine.id))
    return [f"{code}: {amount:.2f}" for code, amount in rows] or None


def _check_line(order: Order | None, customer: Customer, line: Mapping[str, Any]) -> None:
    """A draft reserves nothing yet, but an amount beyond what is open is refused at once."""
    field, amount = f"lines-{line['order_id']}", line.get("amount")
    if order is None or order.customer_id != customer.id or not is_sold(order):
        raise FieldError(field, N_("No payment can be recorded for this order. Please choose again."))
    if amount is None or amount <= 0:
        raise FieldError(field, N_("Please enter an amount above zero."))
    if amount > order.collectable:
        raise FieldError(
            field,
            N_("Only %(open)s can still be received for %(code)s; other receipts may be awaiting approval."),
            code=order.code,
            open=f"{order.collectable:,.2f}",
        )


@policy.guard("receipts", policy.CHANGE, policy.DELETE)
def _not_decided(session: Session, receipt: Receipt, actor: Actor) -> DomainError | None:
    """Outside 草稿 and 駁回 nothing is changed or deleted."""
    if receipt.state in CHANGEABLE:
        return None
    return NotAllowed(N_("Only drafts and rejected receipts can be changed or deleted."))


@policy.guard("receipts", policy.CHANGE)
def _reversal_is_unchangeable(session: Session, receipt: Receipt, actor: Actor) -> DomainError | None:
    if receipt.reverses_id is None:
        return None
    return NotAllowed(N_("A reversal cannot be changed. Delete it and create a new one."))


@policy.guard("receipts", REVERSE)
def _approved_and_not_reversed(session: Session, receipt: Receipt, actor: Actor) -> DomainError | None:
    if not is_received(receipt) or receipt.reverses_id is not None:
        return DomainError(N_("Only an approved receipt can be reversed."))
    reversal = reversal_of(session, receipt)
    if reversal is None:
        return None
    return DomainError(N_("This receipt already has the reversal %(code)s."), code=reversal.code)


def reversal_of(session: Session, receipt: Receipt) -> Receipt | None:
    """The reversal that somebody has begun for it, if it was not deleted."""
    statement = select(Receipt).where(Receipt.reverses_id == receipt.id, Receipt.deleted_at.is_(None))
    return session.scalars(statement).first()


def reverse_receipt(session: Session, receipt: Receipt, actor: Actor, reason: str) -> Receipt:
    """A draft with the same amounts, negative (紅字), that goes through approval like any receipt (RC-4).

    Raises NotAllowed out of reach, DomainError where it is not approved, is a reversal, or was reversed already.
    """
    lock_for_update(session, receipt)
    policy.check(session, actor, REVERSE, receipt)
    if not reason.strip():
        raise FieldError("notes", N_("Please enter a reason."))
    reversal = Receipt(
        customer_id=receipt.customer_id,
        payer=receipt.payer,
        payment_method_id=receipt.payment_method_id,
        account=receipt.account,
        received_on=clock.day_of(actor.now, actor.zone),
        owner_id=receipt.owner_id,
        unit_id=receipt.unit_id,
        reverses_id=receipt.id,
        amount=-receipt.amount,
        notes=reason.strip(),
        state=DRAFT,
    )
    set_code(session, reversal, "receipts", None, actor)
    stamp(reversal, actor)
    session.add(reversal)
    session.flush()
    session.add_all(
        ReceiptLine(receipt_id=reversal.id, order_id=line.order_id, amount=-line.amount)
        for line in lines_of(session, receipt)
    )
    session.flush()
    record_step(session, "receipts", reversal, CREATED, None, actor)
    return reversal
