"""Every page that an administrator opens, without scripts: it says something, fits the screens that people have, and
shows no button that only a script could answer."""

import json
from collections.abc import Callable, Iterable

import pytest
from flask import Flask

from . import full_firm
from .browsers import in_page
from .checks import check_no_horizontal_bar
from .firms import Firm
from .person import Person

pytestmark = pytest.mark.ways("nojs")
WIDTHS = (1440, 1024, 375)
DEAD = """JSON.stringify([].filter.call(document.querySelectorAll('button, a, summary, [role=button]'), function (one) {
  var box = one.getBoundingClientRect(), link = one.getAttribute('href');
  if (!box.width || !box.height || getComputedStyle(one).visibility === 'hidden') { return false; }
  if (one.tagName === 'A') { return link === null || link === '#' || /^javascript:/.test(link); }
  return one.tagName === 'BUTTON' ? one.type === 'button' || !one.form : one.tagName !== 'SUMMARY';
}).map(function (one) { return one.textContent.trim() || one.outerHTML.slice(0, 80); }))"""
WORDS = "document.querySelector('#content, .bare-paper, body').innerText.trim().length"


def prepare(app: Flask) -> None:
    full_firm.fill(app, lambda _length, end: f"名字{end}")


def lacks(person: Person, addresses: Iterable[str]) -> str:
    wrong = []
    for address in addresses:
        person.go(address)
        check_no_horizontal_bar(person.page, *WIDTHS)
        wrong += [f"{address}: 【{button}】 does nothing" for button in json.loads(in_page(person.page, DEAD))]
        if in_page(person.page, WORDS) < 2:
            wrong.append(f"{address} is empty")
    return "\n".join(wrong)


@pytest.mark.long
def test_pages_work(enter: Callable[[str], Person], firm: Firm) -> None:
    assert lacks(enter("admin"), full_firm.one_of_each_shape(firm.app)) == ""


@pytest.mark.long
def test_so_do_all_others(enter: Callable[[str], Person], firm: Firm) -> None:
    seen = full_firm.one_of_each_shape(firm.app)
    assert lacks(enter("admin"), [one for one in full_firm.pages(firm.app) if one not in seen]) == ""
