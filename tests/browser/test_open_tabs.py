"""A page that stays open in another tab after its person has signed out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .person import Person

AT_HAND = """(function (begin) {
  window.setInterval = function (work, time) {
    if (time !== 60000) { return begin(work, time); }
    document.addEventListener('keydown', function (event) { if (event.keyCode === 120) { work(); } });
    return 0;
  };
}(window.setInterval));"""
"""What the page does every minute it does at F9: the older browser of the tests has no clock that can be moved."""


def sign_out_in_another_tab(person: Person) -> None:
    tab = person.page.context.new_page()
    tab.goto("/logout")
    tab.get_by_role("button", name="確定").click()
    expect(tab.get_by_label("用戶名")).to_be_visible()
    tab.close()
    person.page.bring_to_front()


@pytest.mark.ways("chromium", "ie11")
def test_within_a_minute_it_shows_the_login_page(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.page.add_init_script(AT_HAND)
    li.go("/customers")
    sign_out_in_another_tab(li)
    expect(li.page.get_by_label("用戶名")).to_have_count(0)
    li.page.keyboard.press("F9")
    expect(li.page.get_by_label("用戶名")).to_be_visible()
    li.does_not_see("李美玲")


@pytest.mark.ways("chromium")
def test_what_is_being_typed_stays(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    li.page.add_init_script(AT_HAND)
    li.go("/customers/new")
    li.fill("客戶名稱", "鐵龍五金")
    sign_out_in_another_tab(li)
    with li.page.expect_response("**/notices/news"):
        li.page.keyboard.press("F9")
    li.finds("客戶名稱", "鐵龍五金")
