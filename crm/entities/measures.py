"""What counts as sold, received, open, overdue, in progress, idle: each measure has its one definition here.

Lists, panels, sums of a customer, targets, policies and imports all read it from here (05-reports; TG-2, RV-1, RC-2,
Q-4). Conditions are tuples for `where`; what stands beside one is the same for a record that was read already.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement

from crm.clock import day_of, start_of
from crm.models import Customer, Opportunity, Order, OrderLine, Receipt
from crm.models.documents import APPROVED, PENDING
from crm.models.engine import unindexed
from crm.models.opportunities import OPEN as OPEN_STATE
from crm.models.orders import NOT_SOLD

Conditions = tuple[ColumnElement[bool], ...]

SOLD: Conditions = (
    Order.approved_at.is_not(None),
    Order.deleted_at.is_(None),
    unindexed(Order.state) == APPROVED,
)
"""Sold are approved orders that are not voided, by order date, worth their total.

Nearly all orders are approved: with the bare state SQLite would walk through all of them by its index, and sort.
`approved_at` is what the partial indexes of orders ask.
"""
SOLD_BY_ONE: Conditions = (Order.state == APPROVED, Order.deleted_at.is_(None))
"""The same orders (the database holds that an approved one has its moment) for who asks for one salesperson's: their
index holds the bare state."""

SOLD_LINE: Conditions = (OrderLine.sold_on > NOT_SOLD,)
"""The lines of the same orders, whose day of sale the database carries over to them."""


def is_sold(order: Order) -> bool:
    return order.state == APPROVED and order.deleted_at is None


RECEIVED: Conditions = (Receipt.state == APPROVED, Receipt.deleted_at.is_(None))
"""Received are approved receipts by receipt date, reversals negative. An order's `received` is their sum for it."""


RECEIVED_BY_DAY: Conditions = (unindexed(Receipt.state) == APPROVED, Receipt.deleted_at.is_(None))
"""The same receipts for who asks for a time, whoever received them: SQLite shall take their days, not the state that
nearly all of them have."""


def is_received(receipt: Receipt) -> bool:
    return receipt.state == APPROVED and receipt.deleted_at is None


AWAITED: Conditions = (Receipt.state == PENDING, Receipt.deleted_at.is_(None))
"""Receipts that await approval: an order's `pending` is what they take of it, and reversals take nothing."""

STILL_OPEN = Order.received < Order.total
OPEN: Conditions = (*SOLD, STILL_OPEN)
"""Open is what was sold and not yet received (RV-1); its amount is `Order.open`."""


def is_open(state: str, owed: Decimal) -> bool:
    """The same of an order's state and its open amount, as a list reads them: it shows nothing that was deleted."""
    return state == APPROVED and owed > 0


SETTLED: Conditions = (*SOLD, Order.received >= Order.total)
COLLECTABLE: Conditions = (*OPEN, Order.received + Order.pending < Order.total)
"""What a new receipt can still be written for: awaited ones count as taken (RC-2); its amount is
`Order.collectable`."""


def overdue(today: date, days: int = 1) -> ColumnElement[bool]:
    """Open amounts that were due at least so many days ago."""
    return Order.due_on <= today - timedelta(days=days)


def days_overdue(due_on: date | None, open_amount: Decimal, today: date) -> int:
    """How many days the due date is over while something is still owed; 0 otherwise."""
    if due_on is None or open_amount <= 0 or due_on >= today:
        return 0
    return (today - due_on).days


IN_PROGRESS: Conditions = (Opportunity.state == OPEN_STATE, Opportunity.deleted_at.is_(None))
"""Opportunities that are neither won, nor lost, nor shelved."""


def idle_since(last_contact_at: datetime | None, owned_since: datetime | None) -> datetime | None:
    """Idle days count from the later of the last contact and the day of ownership (Q-4)."""
    return max((moment for moment in (last_contact_at, owned_since) if moment is not None), default=None)


def idle_days(since: datetime | None, today: date, zone: ZoneInfo) -> int | None:
    """Days of the firm's zone since then."""
    return None if since is None else (today - day_of(since, zone)).days


def idle_longer_than(days: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """The customers whose idle days are more than that."""
    return Customer.idle_since < start_of(today - timedelta(days=days), zone)


def idle_at_most(days: int, today: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """The customers whose idle days are not more than that."""
    return Customer.idle_since >= start_of(today - timedelta(days=days), zone)


def never_idle() -> ColumnElement[bool]:
    """The customers whose idle days have not begun: nobody had them, nobody contacted them."""
    return Customer.idle_since.is_(None)


def idle_since_at_least(first: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """The customers contacted on that day or later, and some more: an index finds the idle days alone. Who was not has
    no contact record since then."""
    return Customer.idle_since >= start_of(first, zone)


def first_day_idle_longer_than(days: int, since: datetime, zone: ZoneInfo) -> date:
    """The first day on which the idle days are more than that."""
    return day_of(since, zone) + timedelta(days=days + 1)
