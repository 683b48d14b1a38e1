"""Every page that an administrator opens, without scripts: it says something, fits the screens that people have, and
shows no button that only a script could answer."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from . import full_firm
from .browsers import in_page
from .checks import check_no_horizontal_bar
from .firms import Firm
from .person import Person

pytestmark = pytest.mark.ways("nojs")
PARTS = 2
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


@pytest.mark.parametrize("part", range(PARTS))
def test_a_page_of_each_template_works(enter: Callable[[str], Person], firm: Firm, part: int) -> None:
    admin, wrong = enter("admin"), []
    for address in full_firm.one_of_each_template(firm.app)[part::PARTS]:
        admin.go(address)
        check_no_horizontal_bar(admin.page, *WIDTHS)
        wrong += [f"{address}: 【{button}】 does nothing" for button in json.loads(in_page(admin.page, DEAD))]
        if in_page(admin.page, WORDS) < 2:
            wrong.append(f"{address} is empty")
    assert not wrong, "\n".join(wrong)
