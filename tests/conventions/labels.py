"""What a page's controls are called: for people who hear a page, and for programs that work it by its words."""

from collections import Counter
from collections.abc import Iterator

from lxml.html import FormElement, HtmlElement

CONTROLS = ".//input[not(@type='hidden' or @type='submit' or @type='image')] | .//select | .//textarea"
SUBMITS = ".//button[not(@type) or @type='submit'] | .//input[@type='submit' or @type='image']"


def findings(page: HtmlElement) -> Iterator[str]:
    """What is wrong with the names on a page; nothing for a good one."""
    names = [(element, name) for element in page.iter("*") for name in named(element)]
    often = Counter(name for _element, name in names)
    controls = set(page.xpath(CONTROLS))
    for control in controls:
        called = named(control)
        if not called:
            yield f"a control without a name: {control.get('name')}"
    for element, name in names:
        if element in controls and often[name] > 1:
            yield f"the name of a control is not its own: {name} ({element.get('name')})"
        if "*" in name:
            yield f"a star in a name: {name}"
    yield from _unnamed(page)
    for form in page.forms:
        yield from _of_form(form)
    ids = set(page.xpath("//@id"))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for value in page.xpath(f"//@{attribute}"):
            yield from (f"{attribute} names nothing: {one}" for one in value.split() if one not in ids)


def named(element: HtmlElement) -> list[str]:
    """What Playwright's `get_by_label` knows an element by, or a screen reader speaks for a control."""
    by = element.get("aria-labelledby")
    if by:
        return [text(part) for one in by.split() for part in element.xpath("//*[@id=$one]", one=one)]
    if element.get("aria-label"):
        return [" ".join(element.get("aria-label").split())]
    if element.tag not in ("input", "select", "textarea") or element.get("type") == "hidden":
        return []
    labels = element.xpath("//label[@for=$id]", id=element.get("id") or "-") + element.xpath("ancestor::label")
    return [text(label) for label in labels if text(label)]


def text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def untied(page: HtmlElement) -> Iterator[str]:
    """Messages beside a control that nobody hears who is in it; of several there the first one counts."""
    for first in page.xpath("//p[@class='error'][not(preceding-sibling::p[@class='error'])]"):
        described = page.xpath("//*[contains(concat(' ', @aria-describedby, ' '), $id)]", id=f" {first.get('id')} ")
        if not described:
            yield text(first)


def _unnamed(page: HtmlElement) -> Iterator[str]:
    for element in page.xpath("//button | //a[@href] | //input[@type='submit']"):
        picture = "".join(element.xpath(".//img/@alt"))
        if not (element.get("aria-label") or text(element) or picture or element.get("value")):
            yield f"nothing to call it by: {element.tag} {element.get('href') or element.get('name')}"


def _of_form(form: FormElement) -> Iterator[str]:
    buttons = form.xpath(SUBMITS)
    seen = [one for one in buttons if not one.xpath("ancestor-or-self::*[contains(@class, 'js-only')]")]
    if not seen:
        yield f"a form that only a script can send: {form.action}"
    policy_action: dict[str, set[tuple[str | None, ...]]] = {}
    for button in buttons:
        name = button.get("aria-label") or text(button) or button.get("value")
        done = tuple(button.get(key) for key in ("name", "value", "formaction"))
        policy_action.setdefault(name, set()).add(done)
    yield from (f"one name for different buttons: {name}" for name, done in policy_action.items() if len(done) > 1)
