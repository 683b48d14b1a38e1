"""What the open opportunities are worth, stage by stage: the board's heads, the funnel (B-3)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, func, type_coerce
from sqlalchemy.orm import Session

from crm.models import Opportunity

CENT = Decimal("0.01")


@dataclass(frozen=True)
class StageValue:
    """Number, sum of the expected amounts, and the same weighted with each one's probability."""

    count: int = 0
    amount: Decimal = Decimal("0.00")
    weighted: Decimal = Decimal("0.00")

    def __add__(self, other: "StageValue") -> "StageValue":
        return StageValue(self.count + other.count, self.amount + other.amount, self.weighted + other.weighted)


def value_by_stage(session: Session, ids: Select[Any]) -> dict[int, StageValue]:
    """Stage's id → what the opportunities among `ids` are worth; a stage without any is absent."""
    # Cents times percent: exact whole numbers until the one division at the end.
    cents = type_coerce(Opportunity.amount, BigInteger)
    statement = ids.with_only_columns(
        Opportunity.stage_id,
        func.count(),
        func.sum(cents),
        func.sum(cents * func.coalesce(Opportunity.probability, 0)),
        maintain_column_froms=True,
    )
    rows = session.execute(statement.group_by(Opportunity.stage_id).order_by(None))
    return {
        stage_id: StageValue(count, _money(cents, 2), _money(weighted, 4)) for stage_id, count, cents, weighted in rows
    }


def _money(units: int | None, places: int) -> Decimal:
    return Decimal(units or 0).scaleb(-places).quantize(CENT, ROUND_HALF_UP)
