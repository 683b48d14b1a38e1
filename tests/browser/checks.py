"""Checks of a page as a whole: can everybody use it, does it fit the screen."""

import json
from typing import Any

from playwright.sync_api import Page

from . import needs
from .browsers import in_page

RUN_AXE = """axe.run(document, {resultTypes: ['violations']}).then(function (found) {
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


def check_no_horizontal_bar(page: Page, width: int) -> None:
    """Fail if the page must be moved sideways in a window of that width (pixels), which is put back after."""
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": before["height"] if before else 768})
    try:
        over = in_page(page, SCROLLS)
        assert over <= 0, f"{page.url} is {over} px too wide for {width} px: {in_page(page, WIDEST)}"
    finally:
        if before:
            page.set_viewport_size(before)
