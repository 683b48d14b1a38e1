"""Everybody can use every page that an administrator opens; and a name of two hundred letters without a break, as wide
as letters come, makes none of them wider than the screen."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.sampling import mostly_long

from . import full_firm
from .checks import check_no_horizontal_bar, check_pages
from .firms import Firm
from .person import Person

pytestmark = pytest.mark.ways("chromium")
PARTS = 5


def wide(length: int, end: str) -> str:
    return "W" * (length - len(end)) + end


def prepare(app: Flask) -> None:
    full_firm.fill(app, wide)


@pytest.mark.parametrize("part", mostly_long(range(PARTS), [0]))
def test_a_page_of_each_shape(enter: Callable[[str], Person], firm: Firm, part: int) -> None:
    check_pages(enter("admin"), full_firm.one_of_each_shape(firm.app)[part::PARTS])


@pytest.mark.long
def test_every_other_page(enter: Callable[[str], Person], firm: Firm) -> None:
    seen = full_firm.one_of_each_shape(firm.app)
    check_pages(enter("admin"), [address for address in full_firm.pages(firm.app) if address not in seen])


def test_what_was_searched_for_or_deleted(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    check_pages(admin, (f"/search?q={'W' * 60}", "/search?q=" + "無" * 90, "/customers/2/delete"))
    box = admin.page.locator("#search-q")
    box.fill("WWWW")
    admin.sees("W" * 40, within=admin.page.locator("#search-found"))
    check_no_horizontal_bar(admin.page)
