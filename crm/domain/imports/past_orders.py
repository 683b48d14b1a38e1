"""Importing past orders as approved ones, by an administrator: a row is a line, rows of one number an order (I-10).

Nothing is asked of an approver: it was decided long ago. Amounts are counted here, as the form counts them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm import clock, text
from crm.domain.imports.contacts import join_customers
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.past_payments import (
    PAYMENT_FIELDS,
    PAYMENT_KEYS,
    approved_at_once,
    judge_payment,
    payment_of,
    receipt_row,
    write_receipts,
)
from crm.domain.imports.record_changes import newest_id
from crm.domain.imports.rows import DUPLICATE, NEW, PART, WRONG, Check, Row
from crm.domain.imports.write_plan import WritePlan
from crm.domain.sales.amounts import MAX_AMOUNT, line_amount, line_tax
from crm.domain.sales.document_lines import MAX_LINES, in_short, set_totals
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import NewRow, new_row
from crm.entities.document_fields import LINE
from crm.entities.entity import Field
from crm.entities.keys import folded_code
from crm.entities.orders import ORDER
from crm.entities.record_saving import Actor
from crm.errors import FieldError
from crm.fields import Text
from crm.i18n import N_
from crm.models import Order, OrderLine, Permission, Product, WorkflowEvent
from crm.models.documents import APPROVED, TAX_EXCLUDED
from crm.models.orders import SUMS
from crm.models.table_versions import invalidate
from crm.spreadsheets.errors import shortened

PRODUCT, QUANTITY, PRICE, DISCOUNT, TAX_RATE, NOTES = LINE_KEYS = (
    *("line_product", "line_quantity", "line_price", "line_discount", "line_tax_rate", "line_notes"),
)
LINE_FIELDS = (
    Field(PRODUCT, N_("Product"), Text(200), required=True),
    Field(QUANTITY, N_("Quantity"), LINE["quantity"].type, required=True),
    Field(PRICE, N_("Unit price"), LINE["price"].type, required=True),
    Field(DISCOUNT, N_("Discount %"), LINE["discount"].type),
    Field(TAX_RATE, N_("Tax rate %"), LINE["tax_rate"].type),
    Field(NOTES, N_("Notes of the line"), LINE["notes"].type),
)
ORDER_KEYS = tuple(
    "code customer_id ordered_on owner_id title contract_number tax_mode discount_amount deliver_on due_on"
    " notes".split()
)
TAX_WORDS = {"excluded": "未稅 不含稅 外加 未税 不含税", "included": "含稅 內含 含税 内含"}
NOON = 12

KNOWN = N_("An order with this number already exists, so the row was skipped.")
NO_PRODUCT = N_("There is no product “%(value)s”. Please import the products first.")
SEVERAL = N_("There are several products called “%(value)s”. Please enter the code instead.")
NOT_ABOVE_ZERO = N_("Please enter a quantity above zero.")
OTHER_CUSTOMER = N_("Row %(number)s has the same order number with another customer or day.")
OTHER_LINE = N_("Another row of the same order has an error, so the order is not imported.")
TOO_MANY = N_("A document has at most %(most)s lines.")
IN_FUTURE = N_("The order date is in the future.")
TOO_EARLY = {
    "due_on": N_("The due date cannot be before the order date."),
    "deliver_on": N_("The delivery date cannot be before the order date."),
}


def match_orders(session: Session, check: Check, importing: ImportContext) -> None:
    """Put rows of one number together, and find their customers and products; a known order stays as it is."""
    check.newest = newest_id(session, Order)
    join_customers(session, check, importing, ORDER)
    today = clock.day_of(importing.actor.now, importing.actor.zone)
    for row in check.rows:
        _judge_numbers(check, row, today)
    _find_products(session, check, [row for row in check.rows if PRODUCT in row.values])
    orders = _by_number(check)
    _find_known(session, check, orders)
    for rows in orders.values():
        judge_payment(check, rows, _total_of(rows), today)
        _judge_order(check, rows)


def _judge_numbers(check: Check, row: Row, today: date) -> None:
    """Check the day and the quantity of one row, even where another of its cells is wrong."""
    day, quantity = row.values.get("ordered_on"), row.values.get(QUANTITY)
    if day is not None and day > today:
        check.reject(row, "ordered_on", day.isoformat(), IN_FUTURE)
    if quantity is not None and quantity <= 0:
        check.reject(row, QUANTITY, f"{quantity:f}", NOT_ABOVE_ZERO)
    for key, message in TOO_EARLY.items():
        if day is not None and key in row.values and row.values[key] < day:
            check.warn(row, key, row.values.pop(key).isoformat(), message)


def _by_number(check: Check) -> dict[str, list[Row]]:
    """Wrong rows too: they keep the others of their order out."""
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in check.rows:
        if row.values.get("code"):
            orders[folded_code(row.values["code"])].append(row)
    return orders


def _find_products(session: Session, check: Check, rows: Sequence[Row]) -> None:
    """By the code, else by the name."""
    typed_products = {row.values[PRODUCT] for row in rows}
    by_code: dict[str, int] = {}
    for part in in_batches({folded_code(typed) for typed in typed_products}):
        alive = select(Product.code_key, Product.id).where(Product.code_key.in_(part), Product.deleted_at.is_(None))
        by_code.update((code, id_) for code, id_ in session.execute(alive))
    by_name: dict[str, list[int]] = defaultdict(list)
    if any(folded_code(typed) not in by_code for typed in typed_products):
        # Names are compared folded, in either script, so all of them are looked at.
        for id_, name in session.execute(select(Product.id, Product.name).where(Product.deleted_at.is_(None))):
            by_name[text.fold(name)].append(id_)
    for row in rows:
        typed = row.values[PRODUCT]
        code = by_code.get(folded_code(typed))
        product_ids = [code] if code is not None else by_name.get(text.fold(typed), [])
        if len(product_ids) == 1:
            row.values[PRODUCT] = product_ids[0]
            check.shown[PRODUCT, product_ids[0]] = typed
        else:
            check.reject(row, PRODUCT, typed, SEVERAL if product_ids else NO_PRODUCT, value=shortened(typed))


def _find_known(session: Session, check: Check, orders: Mapping[str, list[Row]]) -> None:
    """A number that an order has already, be it a deleted one."""
    for part in in_batches(orders):
        for code, id_ in session.execute(select(Order.code_key, Order.id).where(Order.code_key.in_(part))):
            for row in orders[code]:
                if row.outcome != WRONG:
                    row.outcome, row.known = DUPLICATE, id_
                    check.warn(row, "code", row.values["code"], KNOWN)


def _judge_order(check: Check, rows: Sequence[Row]) -> None:
    """The first row makes the order, the others are its lines; all of them or none."""
    head = rows[0]
    for row in rows[1:] if head.outcome == NEW else ():
        if row.outcome == NEW and any(row.values.get(k) != head.values.get(k) for k in ("customer_id", "ordered_on")):
            check.reject(row, "code", row.values["code"], OTHER_CUSTOMER, number=head.index + 1)
    if len(rows) > MAX_LINES:
        check.reject(rows[MAX_LINES], "code", head.values["code"], TOO_MANY, most=MAX_LINES)
    elif head.outcome == NEW and (problem := _sum_problem(rows)) is not None:
        check.reject(head, "discount_amount", "", problem.message)
    wrong = any(row.outcome == WRONG for row in rows)
    for row in rows:
        if row.outcome == NEW and wrong:
            check.reject(row, "code", row.values["code"], OTHER_LINE)
        elif row.outcome == NEW and row is not head:
            row.outcome = PART


def _sum_problem(rows: Sequence[Row]) -> FieldError | None:
    if any(row.outcome == WRONG for row in rows):
        return None
    order, lines = _order_and_lines(rows, {})
    if any(line.amount > MAX_AMOUNT for line in lines):
        return FieldError("lines", N_("The amount is too large to be stored."))
    try:
        set_totals(order, lines)
    except FieldError as problem:
        return problem
    return None


def _total_of(rows: Sequence[Row]) -> Decimal | None:
    """What the order comes to; None where a row or a sum of it is wrong."""
    if any(row.outcome == WRONG for row in rows):
        return None
    order, lines = _order_and_lines(rows, {})
    try:
        set_totals(order, lines)
    except FieldError:
        return None
    return order.total


def _order_and_lines(rows: Sequence[Row], products: Mapping[int, Any]) -> tuple[Order, list[OrderLine]]:
    """The order and its lines as the form would make them; nothing of it belongs to a session."""
    head = rows[0].values
    order = Order(tax_mode=head.get("tax_mode") or TAX_EXCLUDED, discount_amount=head.get("discount_amount"))
    lines = []
    for position, row in enumerate(rows):
        values, product = row.values, products.get(row.values[PRODUCT])
        discount, rate = values.get(DISCOUNT, Decimal(100)), values.get(TAX_RATE, Decimal(0))
        amount = line_amount(values[QUANTITY], values[PRICE], discount)
        line = OrderLine(position=position, product_id=values[PRODUCT], quantity=values[QUANTITY], price=values[PRICE])
        line.discount, line.tax_rate, line.amount = discount, rate, amount
        line.tax, line.notes = line_tax(amount, rate, order.tax_mode), values.get(NOTES)
        if product is not None:
            line.name, line.specification, line.unit_id = product.name, product.specification, product.unit_id
            line.cost = product.cost
        lines.append(line)
    return order, lines


@dataclass
class OrderWritePlan(WritePlan):
    """The lines of the orders, and what was paid of them, by their numbers."""

    lines: dict[str, list[OrderLine]] = field(default_factory=dict)
    receipts: dict[str, NewRow] = field(default_factory=dict)


def prepare_orders(session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The orders to insert, with their lines: approved at noon of their day, by the administrator."""
    plan = OrderWritePlan(ORDER, newest=check.newest, after=write_lines)
    heads, by_number = check.rows_with(NEW), _by_number(check)
    products = _products(session, {row.values[PRODUCT] for row in check.rows if row.outcome in (NEW, PART)})
    for number, head in enumerate(heads):
        key = folded_code(head.values["code"])
        rows = [row for row in by_number[key] if row.outcome in (NEW, PART)]
        order, lines = _order_and_lines(rows, products)
        set_totals(order, lines)
        for line in lines:
            line.sold_on, line.buyer_id = head.values["ordered_on"], head.values["customer_id"]
        columns = _columns(head, order, importing)
        columns["received"], paid_on = payment_of(rows, order.total)
        if columns["received"]:
            plan.receipts[key] = receipt_row(columns, columns["received"], paid_on, importing.actor)
        new_order = new_row(ORDER, columns, importing.actor)
        new_order.logged["lines"] = in_short(lines)
        plan.inserts.append(new_order)
        plan.lines[key] = lines
        if number % 100 == 0:
            importing.progress(60 + 30 * number // len(heads))
    return plan


def _products(session: Session, ids: set[int]) -> dict[int, Any]:
    columns = select(Product.id, Product.name, Product.specification, Product.unit_id, Product.cost)
    rows = (row for part in in_batches(ids) for row in session.execute(columns.where(Product.id.in_(part))))
    return {row.id: row for row in rows}


def _columns(head: Row, order: Order, importing: ImportContext) -> dict[str, Any]:
    actor, people = importing.actor, importing.context.lookups.people
    own = {key: value for key, value in head.values.items() if key not in (*LINE_KEYS, *PAYMENT_KEYS)}
    owner_id = own.get("owner_id") or actor.user_id
    owner = people.by_id.get(owner_id)
    decided = min(_at_noon(own["ordered_on"], actor), actor.now)
    sums = {key: getattr(order, key) for key in ("goods_amount", "tax_amount", "total", "discount_amount", *SUMS)}
    return {
        **own,
        **sums,
        "tax_mode": order.tax_mode,
        "owner_id": owner_id,
        "unit_id": owner.parent_id if owner is not None else None,
        "state": APPROVED.value,
        "submitted_at": decided,
        "submitted_by_id": actor.user_id,
        "approved_at": decided,
        "approved_by_id": actor.user_id,
    }


def _at_noon(day: date, actor: Actor) -> datetime:
    return clock.at_hour(day, NOON, actor.zone)


LINE_COLUMNS = tuple(
    "position product_id name specification unit_id quantity price discount tax_rate amount tax notes cost net"
    " net_untaxed cost_amount sold_on buyer_id".split()
)


def write_lines(session: Session, plan: WritePlan, ids: Sequence[int], actor: Actor) -> None:
    """The lines, the beginning of each order's history (SO-4), and what was paid."""
    assert isinstance(plan, OrderWritePlan)
    lines, events = [], []
    for id_, row in zip(ids, plan.inserts, strict=True):
        for line in plan.lines[_number(row)]:
            lines.append({"order_id": id_, **{key: getattr(line, key) for key in LINE_COLUMNS}})
        events.append(approved_at_once(ORDER.key, id_, actor))
    if lines:
        session.execute(insert(OrderLine), lines)
        session.execute(insert(WorkflowEvent), events)
        invalidate(session, "order_lines", "workflow_events")
    numbers = ((id_, _number(row)) for id_, row in zip(ids, plan.inserts, strict=True))
    paid = [(id_, number, plan.receipts[number]) for id_, number in numbers if number in plan.receipts]
    write_receipts(session, paid, actor)


def _number(row: NewRow) -> str:
    return folded_code(row.values["code"])


PAST_ORDERS = ImportKind(
    key="orders",
    title=N_("Import past orders"),
    entity=ORDER,
    required=("code", "customer_id", "ordered_on", PRODUCT, QUANTITY, PRICE),
    view=Permission.IMPORT_ORDERS_VIEW,
    save=Permission.IMPORT_ORDERS_SAVE,
    saves=policy.permissions_for(ORDER, policy.ADD),
    match=match_orders,
    prepare=prepare_orders,
    labels={"customer_id": N_("Customer name")},
    numbers_as_text=("code", "contract_number", PRODUCT),
    synonyms={"tax_mode": TAX_WORDS},
    strict=(DISCOUNT, TAX_RATE, "tax_mode", "discount_amount", "owner_id", *PAYMENT_KEYS),
    only=ORDER_KEYS,
    extra=(*LINE_FIELDS, *PAYMENT_FIELDS),
    administrators=True,
    former_people=True,
)
