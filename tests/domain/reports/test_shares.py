"""Percentages add up to 100.0, or there are none (X-4)."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.reports.shares import shares


def test_x4_what_rounding_leaves_goes_to_the_largest_remainders() -> None:
    assert shares([1, 1, 1]) == [Decimal("33.4"), Decimal("33.3"), Decimal("33.3")]
    assert shares([Decimal("1.00"), Decimal("2.00"), Decimal("4.00")]) == list(map(Decimal, ("14.3", "28.6", "57.1")))
    assert shares([0, 5]) == [Decimal("0.0"), Decimal("100.0")]


def test_x4_there_are_no_shares_of_nothing_nor_of_less() -> None:
    assert shares([]) == []
    assert shares([0, 0]) == [None, None]
    assert shares([5, -1]) == [None, None]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60))
def test_x4_they_add_up_to_the_whole(values: list[int]) -> None:
    found = shares(values)
    if sum(values):
        assert sum(part for part in found if part is not None) == Decimal("100.0")
