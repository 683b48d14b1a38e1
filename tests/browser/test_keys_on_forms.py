"""Tab, Enter and Esc on every page that has a form: down the page, saving or nothing, and nothing is lost."""

import json
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from flask import Flask

from . import full_firm
from .browsers import in_page
from .firms import Firm
from .person import Person

pytestmark = pytest.mark.ways("chromium")
VISIBLE = """[].filter.call(document.querySelectorAll(
  '#content input, #content select, #content textarea'), function (field) {
  var box = field.getBoundingClientRect(), folded = field.closest('details:not([open]) > :not(summary)');
  if (folded || field.disabled) { return false; }
  return field.type !== 'hidden' && field.tabIndex >= 0 && box.width > 2 && box.height > 2;
})"""
FIELDS = f"""JSON.stringify({VISIBLE}.map(function (field) {{
  var box = field.getBoundingClientRect();
  return {{name: field.name || field.id, left: box.left, top: box.top, bottom: box.bottom,
           index: field.tabIndex}}; }}))"""
BEGIN = f"""(function () {{
  window.sent = [];
  window.addEventListener('submit', function (event) {{
    var by = event.submitter, form = event.target;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.sent.push({{
      by: by ? by.textContent.trim() : '', danger: !!by && by.classList.contains('danger'), name: by ? by.name : '',
      only: form.querySelectorAll('button:not([type=button]), input[type=submit]').length === 1 }});
  }}, true);
  var field = {VISIBLE}.filter(function (one) {{
    return /^(text|email|tel|number|search|password)$/.test(one.type) && !one.readOnly; }})[0];
  if (field) {{ field.focus(); window.field = field; }}
  return !!field; }})()"""
SENT = "JSON.stringify(window.sent)"
VALUE = "window.field.value"


def prepare(app: Flask) -> None:
    full_firm.fill(app, lambda _length, end: f"名字{end}")


def upwards(person: Person) -> list[str]:
    """Where Tab goes back up: to a field above the one before, and not to the right of it."""
    fields, found = json.loads(in_page(person.page, FIELDS)), []
    found += [f"{field['name']} has a place of its own (tabindex)" for field in fields if field["index"] > 0]
    for before, after in pairwise(fields):
        if after["bottom"] <= before["top"] and after["left"] <= before["left"]:
            found.append(f"Tab goes from {before['name']} back up to {after['name']}")
    return found


def harm(person: Person) -> list[str]:
    """What Enter in the first field of text does other than saving, searching or nothing; and what Esc loses."""
    page, found = person.page, []
    if not in_page(page, BEGIN):
        return []
    page.keyboard.press("Enter")
    for sent in json.loads(in_page(page, SENT)):
        if sent["danger"] and not sent["only"]:
            found.append(f"Enter presses 【{sent['by']}】")
        if sent["name"].startswith(("remove", "delete", "language", "up", "down")):
            found.append(f"Enter presses {sent['name']}")
    page.keyboard.type("12")
    before = in_page(page, VALUE)
    page.keyboard.press("Escape")
    after = in_page(page, VALUE)
    if not before or after != before:
        found.append(f"Esc makes {after!r} of {before!r}")
    return found


def lacks(person: Person, addresses: Iterable[str]) -> str:
    wrong = []
    for address in addresses:
        person.go(address)
        wrong += [f"{address}: {text}" for text in (*upwards(person), *harm(person))]
    return "\n".join(wrong)


@pytest.mark.long
def test_forms_can_be_filled_in_without_a_mouse(enter: Callable[[str], Person], firm: Firm) -> None:
    assert lacks(enter("admin"), full_firm.one_of_each_shape(firm.app)) == ""


@pytest.mark.long
def test_so_can_all_others(enter: Callable[[str], Person], firm: Firm) -> None:
    seen = full_firm.one_of_each_shape(firm.app)
    assert lacks(enter("admin"), [one for one in full_firm.pages(firm.app) if one not in seen]) == ""
