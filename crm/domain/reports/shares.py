"""Percentages that add up to exactly 100.0 (X-4)."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

STEP = Decimal("0.1")
WHOLE = 1000
"""Tenths of a percent."""


def shares(values: Sequence[Any]) -> list[Decimal | None]:
    """Each one's percentage with one decimal; what rounding leaves over goes to the largest remainders.

    Nothing where the whole is nothing, or where a part is negative: there are no shares of that.
    """
    parts = [Decimal(value or 0) for value in values]
    total = sum(parts, Decimal(0))
    if total <= 0 or any(part < 0 for part in parts):
        return [None] * len(parts)
    exact = [part * WHOLE / total for part in parts]
    tenths = [int(share.to_integral_value(ROUND_FLOOR)) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: (tenths[n] - exact[n], n))
    for n in by_remainder[: WHOLE - sum(tenths)]:
        tenths[n] += 1
    return [tenth * STEP for tenth in tenths]
