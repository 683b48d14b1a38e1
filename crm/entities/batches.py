"""Many values in batches that one statement can hold."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")


def in_batches(values: Iterable[Value], size: int = 500) -> Iterator[Sequence[Value]]:
    items = list(values)
    for start in range(0, len(items), size):
        yield items[start : start + size]
