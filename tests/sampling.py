"""What `./test` tries of a long list, and what only `--long` and CI try of it."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def mostly_long(values: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """The values for `parametrize`: those of `quick` always, the others in the long form. Each must be one of them."""
    listed = list(values)
    unknown = [value for value in quick if value not in listed]
    assert not unknown, f"none of the values: {unknown}"
    return [value if value in quick else _long(value) for value in listed]


def _long(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.long)
