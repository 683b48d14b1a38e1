"""What is offered while one types, by the keys as people know them, in every field that offers something."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from tests.sampling import mostly_long

from .browsers import in_page
from .checks import check_access
from .person import Person

SCRIPTED = pytest.mark.ways("chromium", "ie11")
Enter = Callable[[str], Person]


class Field(NamedTuple):
    """Where it stands, its label, what is typed, and whether a box opens by a link of the page."""

    path: str
    label: str
    typed: str
    link: str = ""


FIELDS = {
    "contact": Field("/contacts/new", "客戶", "大同"),
    "contact box": Field("/customers/1/contacts", "客戶", "大同", "新增"),
    "record": Field("/records/new", "客戶", "大同"),
    "record box": Field("/customers/1/records", "客戶", "大同", "新增"),
    "opportunity": Field("/opportunities/new", "客戶", "大同"),
    "quote": Field("/quotes/new", "客戶", "大同"),
    "quote's opportunity": Field("/quotes/new", "銷售機會", "翻新"),
    "quote's product": Field("/quotes/new", "商品 1", "會議"),
    "order": Field("/orders/new", "客戶", "大同"),
    "order's product": Field("/orders/new", "商品 1", "會議"),
    "receipt": Field("/receipts/new", "客戶", "大同"),
    "item": Field("/schedule/new", "客戶", "大同"),
}


def mostly(*names: str) -> pytest.MarkDecorator:
    """In these fields, and with --long in all: one stands in a box, one in the rows of a document."""
    return pytest.mark.parametrize("name", mostly_long(FIELDS, names))


def prepare(app: Flask) -> None:
    """Wang has three customers, opportunities and products of names that begin alike."""
    from crm.extensions import db
    from tests.cast import hire, read_cast
    from tests.factories import approved_order, make_customer, make_opportunity, make_product

    with app.app_context():
        session = db.session()
        hire(session)
        cast = read_cast(session)
        for name in ("大同電子", "大同建設", "大同運輸"):
            customer = make_customer(session, cast.wang, name)
            approved_order(session, customer, cast.wang, cast.order)
            make_opportunity(session, customer, cast.wang, f"翻新{name}")
            make_product(session, f"會議桌{name}", "18900")
        session.commit()


def begin(person: Person, name: str) -> Locator:
    """The empty field, in its page or box."""
    field = FIELDS[name]
    person.go(field.path)
    if field.link:
        person.follow(field.link)
        expect(person.page.locator("#box")).to_be_visible()
    within = person.page.locator("#box" if field.link else "#main")
    found = within.get_by_label(field.label, exact=True)
    found.fill("")
    person.does_not_see("沒有找到")
    return found


def options(person: Person) -> Locator:
    return person.page.get_by_role("option").and_(person.page.locator("[data-choose]"))


def typed(person: Person, name: str) -> tuple[Locator, list[str]]:
    """The field with what was typed, and the three texts that are offered for it."""
    field = begin(person, name)
    field.press_sequentially(FIELDS[name].typed)
    expect(options(person)).to_have_count(3)
    return field, [str(options(person).nth(n).get_attribute("data-choose")) for n in range(3)]


def is_still_there(person: Person, name: str) -> None:
    field = FIELDS[name]
    assert person.page.url.endswith(field.path)
    if field.link:
        expect(person.page.locator("#box")).to_be_visible()


@SCRIPTED
@mostly("contact box", "order's product")
def test_the_arrows_highlight_and_enter_takes(enter: Enter, name: str) -> None:
    wang = enter("wang")
    field, texts = typed(wang, name)
    expect(field).to_have_attribute("aria-expanded", "true")
    for keys, taken in ((["ArrowDown"], 0), (["ArrowDown"] * 2, 1), (["ArrowUp"], 2), (["ArrowDown"] * 4, 0)):
        for key in keys:
            field.press(key)
        expect(field).to_be_focused()
        marked = wang.page.locator("[role=option][aria-selected=true]")
        expect(marked).to_have_attribute("data-choose", texts[taken])
        expect(marked).to_have_id(str(field.get_attribute("aria-activedescendant")))
        field.press("Enter")
        expect(field).to_have_value(texts[taken])
        wang.finish()
        expect(options(wang)).to_have_count(0)
        expect(field).to_have_attribute("aria-expanded", "false")
        is_still_there(wang, name)
        field.focus()
        field.fill("")
        field.press_sequentially(FIELDS[name].typed)
        expect(options(wang)).to_have_count(3)


@SCRIPTED
@mostly("order's product")
def test_enter_without_a_highlight_never_sends(enter: Enter, name: str) -> None:
    """Of several it highlights the first, which a second one takes; what was typed in full is taken at once."""
    wang = enter("wang")
    field, texts = typed(wang, name)
    field.press("Enter")
    expect(wang.page.locator("[role=option][aria-selected=true]")).to_have_attribute("data-choose", texts[0])
    is_still_there(wang, name)
    field.press("Enter")
    expect(field).to_have_value(texts[0])
    field.fill("")
    whole = texts[2].rpartition(" [")[0]
    field.press_sequentially(whole)
    expect(options(wang)).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value(texts[2])
    wang.finish()
    is_still_there(wang, name)


@SCRIPTED
@mostly("contact box")
def test_esc_closes_the_list_alone(enter: Enter, name: str) -> None:
    wang = enter("wang")
    field, _texts = typed(wang, name)
    field.press("ArrowDown")
    field.press("Escape")
    expect(options(wang)).to_have_count(0)
    expect(field).to_have_value(FIELDS[name].typed)
    expect(field).to_be_focused()
    assert field.get_attribute("aria-activedescendant") is None
    is_still_there(wang, name)
    field.press("ArrowDown")  # it opens again, with the first one highlighted
    expect(wang.page.locator("[role=option][aria-selected=true]")).to_have_count(1)


@SCRIPTED
@mostly("order's product")
def test_tab_takes_what_is_highlighted_and_keeps_the_rest(enter: Enter, name: str) -> None:
    wang = enter("wang")
    field, texts = typed(wang, name)
    field.press("ArrowDown")
    field.press("ArrowDown")
    field.press("Tab")
    expect(field).to_have_value(texts[1])
    expect(field).not_to_be_focused()
    wang.finish()
    expect(options(wang)).to_have_count(0)
    field.focus()
    field.fill("")
    field.press_sequentially(FIELDS[name].typed)
    expect(options(wang)).to_have_count(3)
    field.press("Tab")
    expect(field).to_have_value(FIELDS[name].typed)
    expect(options(wang)).to_have_count(0)


COMPOSING = """(function (field) {
  ['ArrowDown', 'Enter', 'Tab', 'Escape'].forEach(function (key) {
    [{ isComposing: true, keyCode: 229 }, { isComposing: false, keyCode: 229 }].forEach(function (how) {
      var event = new KeyboardEvent('keydown', { key: key, bubbles: true, cancelable: true });
      Object.defineProperty(event, 'keyCode', { get: function () { return how.keyCode; } });
      Object.defineProperty(event, 'isComposing', { get: function () { return how.isComposing; } });
      field.dispatchEvent(event);
    });
  });
  return document.querySelectorAll('[aria-selected=true]').length;
})(document.activeElement)"""


@pytest.mark.ways("chromium")
@mostly("contact box")
def test_the_keys_of_an_input_method_are_its_own(enter: Enter, name: str) -> None:
    wang = enter("wang")
    field, _texts = typed(wang, name)
    assert in_page(wang.page, COMPOSING) == 0
    expect(options(wang)).to_have_count(3)
    expect(field).to_have_value(FIELDS[name].typed)
    is_still_there(wang, name)


@SCRIPTED
@pytest.mark.parametrize("name", mostly_long(["record", "contact box", "order's product"], ["order's product"]))
def test_keys_before_the_list_is_there(enter: Enter, name: str) -> None:
    """Who is quicker than the server gets what they pressed."""
    wang = enter("wang")
    field = begin(wang, name)
    field.press_sequentially(FIELDS[name].typed)
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        field.press(key)
    expect(options(wang)).to_have_count(0)
    wang.finish()
    assert field.input_value().endswith("]")
    is_still_there(wang, name)


@SCRIPTED
def test_the_mouse_takes_too_and_a_click_elsewhere_closes(enter: Enter) -> None:
    wang = enter("wang")
    field, texts = typed(wang, "opportunity")
    options(wang).nth(1).click()
    expect(field).to_have_value(texts[1])
    expect(field).to_be_focused()
    field.fill("")
    field.press_sequentially("大同")
    expect(options(wang)).to_have_count(3)
    wang.page.get_by_role("heading").first.click()
    expect(options(wang)).to_have_count(0)


@SCRIPTED
def test_a_product_taken_by_enter_leads_on_to_the_quantity(enter: Enter) -> None:
    wang = enter("wang")
    field, texts = typed(wang, "order's product")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        field.press(key)
    expect(field).to_have_value(texts[1])
    expect(wang.page.get_by_label("數量 1", exact=True)).to_be_focused()
    expect(wang.page.get_by_label("單價 1", exact=True)).to_have_value("18900.00")


@SCRIPTED
def test_the_search_box(enter: Enter) -> None:
    """There what was typed is an answer: Enter without a highlight searches."""
    wang = enter("wang")
    wang.go("/contacts")
    field = wang.page.locator("#search-q")
    field.press_sequentially("大同建")
    offered = wang.page.locator("#search-found").get_by_role("option")
    expect(offered.first).to_be_visible()
    field.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(offered).to_have_count(0)
    expect(field).to_have_value("大同建")
    field.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    with wang.page.expect_navigation():
        field.press("Enter")
    assert wang.page.url.endswith("/customers/2")
    wang.page.locator("#search-q").press_sequentially("大同")
    expect(offered.first).to_be_visible()
    with wang.page.expect_navigation():
        wang.page.locator("#search-q").press("Enter")
    assert "/search?q=" in wang.page.url


@pytest.mark.ways("chromium")
@pytest.mark.parametrize("name", mostly_long(["record box", "quote's product"], ["record box"]))
def test_everybody_can_use_an_open_list(enter: Enter, name: str) -> None:
    wang = enter("wang")
    field, _texts = typed(wang, name)
    field.press("ArrowDown")
    check_access(wang.page)


@SCRIPTED
def test_a_list_that_does_not_come_blocks_nothing(enter: Enter) -> None:
    wang = enter("wang")
    wang.go("/contacts/new")
    field = wang.page.locator("#main").get_by_label("客戶", exact=True)
    wang.page.route("**/find/customers**", lambda route: route.fulfill(status=503, body=""))
    field.press_sequentially("大同")
    with wang.refused(503):
        field.press("ArrowDown")
    wang.page.unroute("**/find/customers**")
    field.press("ArrowDown")
    expect(options(wang)).to_have_count(3)
    field.press("Enter")
    assert field.input_value().endswith("]")
