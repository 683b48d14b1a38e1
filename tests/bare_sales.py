"""Bare rows of sales, for the rules of customers that only ask whether there are any."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.models import Customer, Order, Quote, Receipt, User
from crm.models.documents import APPROVED, PENDING, VOID

AT = datetime(2026, 11, 1, tzinfo=UTC)
_numbers = count(1)


def _add(session: Session, record: Any, owner: User) -> Any:
    record.owner_id, record.unit_id = owner.id, owner.unit_id
    record.created_at = record.updated_at = AT
    record.code = f"X{next(_numbers)}"
    session.add(record)
    session.flush()
    return record


def bare_order(
    session: Session, customer: Customer, owner: User, state: str, total: int = 100, received: int = 0
) -> Order:
    order = Order(customer_id=customer.id, ordered_on=AT.date(), state=state)
    order.total, order.received = Decimal(total), Decimal(received)
    order.approved_at = AT if state in (APPROVED, VOID) else None
    order.submitted_at = AT if state == PENDING else None
    made: Order = _add(session, order, owner)
    return made


def bare_quote(session: Session, customer: Customer, owner: User) -> Quote:
    made: Quote = _add(session, Quote(customer_id=customer.id, title="報價", quoted_on=date(2026, 11, 1)), owner)
    return made


def bare_receipt(session: Session, customer: Customer, owner: User) -> Receipt:
    made: Receipt = _add(session, Receipt(customer_id=customer.id, received_on=AT.date()), owner)
    return made
