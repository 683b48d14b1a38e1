"""What was sold and received, by person and month (TG-2), by the definitions of `crm.entities.measures`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.entities.measures import RECEIVED, SOLD_BY_ONE
from crm.models import Order, Receipt, SalesTarget, TargetMonth

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Figures:
    """Target, sold and received of one time; `rate` is sold in percent of the target, None without a target."""

    target: Decimal = NOTHING
    sold: Decimal = NOTHING
    received: Decimal = NOTHING

    @property
    def rate(self) -> Decimal | None:
        return None if not self.target else (self.sold * 100 / self.target).quantize(Decimal("0.1"))

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.target + other.target, self.sold + other.sold, self.received + other.received)


def year_of(session: Session, user_id: int, year: int) -> dict[int, Figures]:
    """Month (1 to 12) → the person's figures."""
    sold = _by_month(session, Order, Order.ordered_on, Order.total, (Order.owner_id == user_id, *SOLD_BY_ONE), year)
    own_receipts = (Receipt.owner_id == user_id, *RECEIVED)
    received = _by_month(session, Receipt, Receipt.received_on, Receipt.amount, own_receipts, year)
    statement = (
        select(TargetMonth.month, TargetMonth.amount)
        .join(SalesTarget, SalesTarget.id == TargetMonth.target_id)
        .where(SalesTarget.user_id == user_id, SalesTarget.year == year, SalesTarget.deleted_at.is_(None))
    )
    targets = {row.month: row.amount for row in session.execute(statement)}
    return {
        month: Figures(targets.get(month, NOTHING), sold.get(month, NOTHING), received.get(month, NOTHING))
        for month in range(1, 13)
    }


def total_of(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def _by_month(
    session: Session, model: Any, day: Any, amount: Any, conditions: tuple[ColumnElement[bool], ...], year: int
) -> dict[int, Decimal]:
    # By day, as the index holds them: reading the month of each date took SQLite longer than adding up.
    statement = (
        select(day, func.sum(amount))
        .select_from(model)
        .where(*conditions, day >= date(year, 1, 1), day <= date(year, 12, 31))
        .group_by(day)
    )
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for booked_on, day_total in session.execute(statement):
        sums[booked_on.month] += day_total
    return sums
