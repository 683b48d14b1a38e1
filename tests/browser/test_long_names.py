"""A name of two hundred letters without a break, as wide as letters come, makes no page wider than the screen."""

from collections.abc import Callable

import pytest
from flask import Flask

from . import full_firm
from .checks import check_no_horizontal_bar
from .person import Person

WIDTHS = (1024, 360)


def long(length: int, end: str) -> str:
    return "W" * (length - len(end)) + end


def prepare(app: Flask) -> None:
    full_firm.fill(app, long)


def too_wide(person: Person, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        person.go(address)
        for width in WIDTHS:
            try:
                check_no_horizontal_bar(person.page, width)
            except AssertionError as error:
                found.append(str(error))
    return found


@pytest.mark.ways("chromium")
def test_no_page_is_too_wide(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    assert too_wide(admin, full_firm.pages(admin)) == []


@pytest.mark.ways("chromium")
def test_nor_is_what_was_searched_for_or_deleted(enter: Callable[[str], Person]) -> None:
    admin = enter("admin")
    assert too_wide(admin, [f"/search?q={'W' * 60}", "/search?q=" + "無" * 90, "/customers/2/delete"]) == []
    box = admin.page.locator("#search-q")
    box.fill("WWWW")
    admin.sees("W" * 40, within=admin.page.locator("#search-found"))
    for width in WIDTHS:
        check_no_horizontal_bar(admin.page, width)
