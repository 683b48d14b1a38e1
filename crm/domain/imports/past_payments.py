"""What a past order was paid already: an approved receipt comes with it, so that history is owed by nobody (I-10).

The amount, or the day alone: then all of it was paid. It stands in one row of the order, or in each of them alike.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.imports.rows import WRONG, Check, Row
from crm.domain.sales.workflow_history import CREATED
from crm.entities.bulk_writes import NewRow, insert_rows, new_row, prepare_rows
from crm.entities.entity import Field
from crm.entities.receipts import RECEIPT
from crm.entities.record_saving import Actor
from crm.fields import Amount, Day
from crm.i18n import N_
from crm.models import ReceiptLine, WorkflowEvent
from crm.models.documents import APPROVED
from crm.models.table_versions import invalidate

PAID, PAID_ON = PAYMENT_KEYS = ("paid_amount", "paid_on")
PAYMENT_FIELDS = (Field(PAID, N_("Already received"), Amount()), Field(PAID_ON, N_("Receipt date"), Day(), past=True))
NOON = 12

IN_FUTURE = N_("The receipt date is in the future.")
TOO_MUCH = N_("More was received than the order is worth (%(total)s).")
DIFFERENT = N_("Another row of the same order says something else, so it is not clear what was received.")


def judge_payment(check: Check, rows: Sequence[Row], total: Decimal | None, today: date) -> None:
    """The rows of an order must agree about its payment, which must fit its total (None: the total is unknown)."""
    payment: dict[str, Any] = {}
    for row in rows:
        for key in PAYMENT_KEYS:
            if row.values.get(key) is None or row.outcome == WRONG:
                continue
            if payment.setdefault(key, row.values[key]) != row.values[key]:
                check.reject(row, key, str(row.values[key]), DIFFERENT)
            elif key == PAID_ON and row.values[key] > today:
                check.reject(row, key, row.values[key].isoformat(), IN_FUTURE)
            elif key == PAID and total is not None and row.values[key] > total:
                check.reject(row, key, f"{row.values[key]:f}", TOO_MUCH, total=f"{total:,.2f}")


def payment_of(rows: Sequence[Row], total: Decimal) -> tuple[Decimal, date | None]:
    """(amount, day) as the rows of the order say; nothing was paid where they say neither."""
    amount = next((row.values[PAID] for row in rows if row.values.get(PAID) is not None), None)
    day = next((row.values[PAID_ON] for row in rows if row.values.get(PAID_ON) is not None), None)
    return (total if day is not None else Decimal(0)) if amount is None else amount, day


def receipt_row(order: Mapping[str, Any], amount: Decimal, day: date | None, actor: Actor) -> NewRow:
    """The receipt of a past order, whose columns are given: approved at noon of its day, the order's where none is
    said."""
    received_on = day or order["ordered_on"]
    decided = min(clock.at_hour(received_on, NOON, actor.zone), actor.now)
    values = {
        "customer_id": order["customer_id"],
        "received_on": received_on,
        "owner_id": order["owner_id"],
        "unit_id": order["unit_id"],
        "amount": amount,
        "state": APPROVED.value,
        "submitted_at": decided,
        "submitted_by_id": actor.user_id,
        "approved_at": decided,
        "approved_by_id": actor.user_id,
    }
    return new_row(RECEIPT, values, actor)


def write_receipts(session: Session, paid: Sequence[tuple[int, str, NewRow]], actor: Actor) -> None:
    """Each (order, its number, receipt) with its line and the beginning of its history."""
    if not paid:
        return
    for _order_id, code, row in paid:
        row.logged["lines"] = [f"{code}: {row.logged['amount']}"]
    rows = [row for _order_id, _code, row in paid]
    amounts = [row.values["amount"] for row in rows]
    ids = insert_rows(session, RECEIPT, rows, prepare_rows(session, RECEIPT, rows), actor, ())
    lines = [
        {"receipt_id": id_, "order_id": order_id, "amount": amount}
        for id_, (order_id, _code, _row), amount in zip(ids, paid, amounts, strict=True)
    ]
    session.execute(insert(ReceiptLine), lines)
    session.execute(insert(WorkflowEvent), [approved_at_once(RECEIPT.key, id_, actor) for id_ in ids])
    invalidate(session, "receipt_lines", "workflow_events")


def approved_at_once(kind: str, record_id: int, actor: Actor) -> dict[str, Any]:
    """The history of a document of the past: somebody decided on it long ago."""
    at: datetime = actor.now
    return {
        "kind": kind,
        "record_id": record_id,
        "at": at,
        "by_id": actor.user_id,
        "step": CREATED,
        "state_before": None,
        "state_after": APPROVED.value,
    }
