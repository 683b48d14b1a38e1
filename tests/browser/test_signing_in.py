"""Coming in and going out (L-1, F-2)."""

from collections.abc import Callable

import pytest

from .checks import check_access, check_no_horizontal_bar
from .person import Person
from .plug import PASSWORD


def test_li_signs_in_and_out(someone: Callable[[], Person]) -> None:
    li = someone()
    li.sign_in("li", PASSWORD)
    li.sees("李美玲")
    li.follow("退出")
    li.press("確定")
    li.go("/")
    assert not li.is_signed_in()


def test_a_wrong_password_opens_nothing(someone: Callable[[], Person]) -> None:
    li = someone()
    li.go("/login")
    li.fill("用戶名", "li")
    li.fill("密碼", "not-the-password")
    with li.refused(422):
        li.press("登錄")
    assert not li.is_signed_in()


@pytest.mark.ways("chromium")
def test_everybody_can_use_the_door_and_the_first_page(
    someone: Callable[[], Person], enter: Callable[[str], Person]
) -> None:
    visitor = someone()
    visitor.go("/login")
    for person in (visitor, enter("li")):
        check_access(person.page)
        for width in (1024, 360):
            check_no_horizontal_bar(person.page, width)
