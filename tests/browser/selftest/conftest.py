"""Puts the stub in the place of the real application."""

import pytest

from ..firms import Plant
from . import stub


@pytest.fixture(scope="session")
def plant() -> Plant:
    return Plant(make=stub.make, install=stub.install, prepare=stub.prepare)
