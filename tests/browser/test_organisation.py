"""組織架構 in browsers: the order by button and by dragging, a leaver's page, a file (A-1, A-2, A-4)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .browsers import in_page
from .checks import check_pages
from .person import Person

Enter = Callable[..., Person]
pytestmark = pytest.mark.own_firm
ROWS = "li[data-mark^=p] > .order-row > span"


def order(person: Person) -> list[str]:
    rows = f"document.querySelectorAll({ROWS!r})"
    told = in_page(person.page, f"[].map.call({rows}, function (row) {{ return row.textContent; }}).join(' ')")
    return str(told).split()


@pytest.mark.also("nojs")
def test_one_place_down_by_the_button(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/organisation")
    admin.follow("排序")
    first, second, *rest = order(admin)
    admin.press(f"{first} 下移")
    admin.sees("順序已保存。")
    assert order(admin) == [second, first, *rest]


@pytest.mark.ways("chromium", "ie11")
def test_dragged_to_another_place(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/organisation/order")
    first, *_between, last = names = order(admin)
    mouse = admin.page.mouse
    places = [admin.page.locator(ROWS).get_by_text(name, exact=True).bounding_box() for name in (last, first)]
    (x, y), (to_x, to_y) = [(box["x"] + 8, box["y"] + 8) for box in places if box]
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 3, y - 6, steps=4)
    mouse.move(to_x + 3, to_y - 5, steps=15)
    expect(admin.page.locator(".panel-place")).to_have_count(1)
    mouse.up()
    admin.sees("順序已保存。")
    assert order(admin) == [last, *names[:-1]]


def test_somebody_leaves(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/organisation")
    name = admin.page.locator(".tree-person a").last.text_content() or ""
    admin.follow(name)
    admin.follow("刪除")
    admin.sees("做過的事情仍保留姓名")
    admin.press("刪除")
    admin.sees(f"{name} 已刪除")
    admin.follow("已刪除的人員")
    admin.sees(name)


@pytest.mark.long
@pytest.mark.ways("chromium")
def test_everybody_can_use_these_pages(enter: Enter) -> None:
    admin = enter("admin")
    check_pages(
        admin,
        (
            f"/organisation{path}"
            for path in (
                "",
                "/order",
                "/move",
                "/import",
                "/former",
                "/people/new",
                "/people/2/delete",
                "/people/2/password",
            )
        ),
    )
