"""Checks of a page as a whole: can everybody use it, does it fit the screen."""

import json
from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Page

from . import needs
from .browsers import in_page
from .person import Person

WIDTHS = (1024, 360)
"""An old screen's and a telephone's."""

# Only the rules whose findings count here; what axe would load beforehand (style sheets, films) none of them needs.
RUN_AXE = """axe.run(document, {resultTypes: ['violations'], preload: false, runOnly: {type: 'rule', values:
    axe._audit.rules.filter(function (rule) {
      return rule.enabled && rule.tags.indexOf('experimental') < 0 && /serious|critical/.test(rule.impact); })
    .map(function (rule) { return rule.id; })}}).then(function (found) {
  return JSON.stringify(found.violations.map(function (v) {
    return {impact: v.impact, id: v.id, help: v.help, at: v.nodes.map(function (n) {
      return {target: n.target.join(' '), html: n.html, why: n.failureSummary}; })}; })); })"""

SCROLLS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDEST = """(function () {
  var width = document.documentElement.clientWidth, out = [];
  Array.prototype.forEach.call(document.querySelectorAll('body *'), function (e) {
    var box = e.getBoundingClientRect();
    if (box.right > width + 1) {
      out.push(e.tagName.toLowerCase() + (e.id && '#' + e.id) + (e.className && '.' + e.className) +
        ' ends at ' + Math.round(box.right)); } });
  return out.slice(0, 8).join('; '); })()"""


def check_access(page: Page, *, ignore: tuple[str, ...] = ()) -> None:
    """Fail on serious and critical findings of axe-core, but for the rules named in `ignore`.

    For the way `chromium` alone: axe itself needs a current browser with scripts.
    """
    in_page(page, needs.node_package("axe-core/axe.min.js").read_text(encoding="utf-8") + "\n;0")
    found = json.loads(in_page(page, RUN_AXE))
    grave = [f for f in found if f["impact"] in ("serious", "critical") and f["id"] not in ignore]
    assert not grave, f"not everybody can use {page.url}:\n" + "\n".join(_told(finding) for finding in grave)


def _told(finding: dict[str, Any]) -> str:
    head = f"  {finding['impact']}: {finding['help']} ({finding['id']}, {len(finding['at'])} times)"
    places = [f"    {place['target']}\n      {place['html'][:160]}" for place in finding["at"][:5]]
    return "\n".join([head, *places])


def check_no_horizontal_bar(page: Page, *widths: int) -> None:
    """Fail if the page must be moved sideways in a window of one of these widths (pixels; an old screen and a telephone
    unless told), which is put back after."""
    before = page.viewport_size or {"width": 1024, "height": 768}
    try:
        for width in widths or WIDTHS:
            if page.viewport_size != {**before, "width": width}:
                page.set_viewport_size({**before, "width": width})
            over = in_page(page, SCROLLS)
            assert over <= 0, f"{page.url} is {over} px too wide for {width} px: {in_page(page, WIDEST)}"
    finally:
        if page.viewport_size != before:
            page.set_viewport_size(before)


def check_page(page: Page) -> None:
    """Everybody can use it, and it fits an old screen and a telephone. For the way `chromium` alone."""
    check_access(page)
    check_no_horizontal_bar(page)


def check_pages(person: Person, addresses: Iterable[str]) -> None:
    """`check_page` of what the person sees at each address; what is wrong is told together."""
    wrong = []
    for address in addresses:
        person.go(address)
        try:
            check_page(person.page)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
