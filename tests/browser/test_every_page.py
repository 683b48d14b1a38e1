"""Everybody can use every page that an administrator opens."""

from collections.abc import Callable

import pytest
from flask import Flask

from . import full_firm
from .checks import check_access
from .person import Person

PARTS = 3


def prepare(app: Flask) -> None:
    full_firm.fill(app, lambda _length, end: f"名字{end}")


@pytest.mark.ways("chromium")
@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_can_use_every_page(enter: Callable[[str], Person], part: int) -> None:
    admin, wrong = enter("admin"), []
    for address in full_firm.pages(admin)[part::PARTS]:
        admin.go(address)
        try:
            check_access(admin.page)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
