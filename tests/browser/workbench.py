"""What the scenarios of the workbench have in common: its panels, where they stand, dragging one."""

from playwright.sync_api import Locator, expect

from .person import Person


def panel(person: Person, title: str) -> Locator:
    return person.page.get_by_role("region", name=title, exact=True).and_(person.page.locator(".panel"))


def titles_in(column: Locator) -> list[str]:
    return [(handle.text_content() or "").split()[0] for handle in column.locator(".panel-handle").all()]


def columns(person: Person, *only: str) -> list[list[str]]:
    """The titles of the panels, column by column: of these alone, or of all."""
    return [
        [title for title in titles_in(column) if not only or title in only]
        for column in person.page.locator("#workbench > .column").all()
    ]


def middle(person: Person, title: str) -> tuple[float, float]:
    """A point on the title bar."""
    handle = panel(person, title).locator(".panel-handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    return box["x"] + 50, box["y"] + 12


def drag(person: Person, title: str, onto: str) -> None:
    """By the title bar, onto another panel's title bar."""
    mouse = person.page.mouse
    (x, y), (to_x, to_y) = middle(person, title), middle(person, onto)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 20, y + 10, steps=5)
    mouse.move(to_x + 10, to_y, steps=15)
    takes_place(person, beside=onto)
    mouse.up()


def takes_place(person: Person, beside: str) -> None:
    """The panel that is being dragged has found its place in this one's column: it looks for it every 50 ms."""
    column = person.page.locator("#workbench > .column").filter(has=panel(person, beside))
    expect(column.locator(".panel-place")).to_have_count(1)


def menu(person: Person, title: str, entry: str) -> None:
    """An entry of the panel's menu, by a click on its ▾."""
    panel(person, title).locator(".panel-menu").click()
    person.page.get_by_role("menuitem", name=entry, exact=True).click()
    person.finish()


def save(person: Person) -> None:
    """保存布局 of the unsaved workbench, and its question."""
    person.press("保存布局")
    person.press("確定")
    person.sees("布局已保存。")
    expect(person.page.locator("#unsaved")).to_have_count(0)
