"""Coming in and going out (L-1, F-2)."""

from collections.abc import Callable, Iterator

import pytest

from crm.domain.accounts import captcha

from .checks import check_page
from .firms import Firm
from .person import Person
from .plug import PASSWORD


@pytest.mark.also("nojs")
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


@pytest.fixture
def with_captcha(firm: Firm) -> Iterator[None]:
    """The server asks for the digits of a picture."""
    firm.app.config["CRM_LOGIN_CAPTCHA"] = "always"
    yield
    firm.app.config["CRM_LOGIN_CAPTCHA"] = "off"


def digits(person: Person) -> str:
    """What the picture shows, worked out as the server does: test and server share the application and its key."""
    nonce = person.page.locator("input[name=nonce]").get_attribute("value")
    assert nonce
    return captcha.answer_of(person.firm.app.config["SECRET_KEY"].encode(), nonce)


@pytest.mark.usefixtures("with_captcha")
@pytest.mark.also("nojs")
def test_the_digits_of_the_picture_are_asked_for(someone: Callable[[], Person]) -> None:
    """Wrong digits give a new picture and keep the name; another picture keeps what was typed where scripts run."""
    li = someone()
    li.go("/login")
    li.fill("用戶名", "li")
    li.fill("密碼", PASSWORD)
    li.fill("驗證碼", f"{(int(digits(li)) + 1) % 100_000:05d}")
    with li.refused(422):
        li.press("登錄")
    li.sees("驗證碼錯誤或已過期，請輸入新的驗證碼。")
    li.finds("用戶名", "li")
    assert not li.is_signed_in()
    before = digits(li)
    li.follow("換一張")
    assert digits(li) != before
    li.fill("用戶名", "li")
    li.fill("密碼", PASSWORD)
    li.fill("驗證碼", digits(li))
    li.press("登錄")
    li.sees("李美玲")


@pytest.mark.ways("chromium")
@pytest.mark.long
def test_everybody_can_use_the_door_and_the_first_page(
    someone: Callable[[], Person], enter: Callable[[str], Person]
) -> None:
    visitor = someone()
    visitor.go("/login")
    for person in (visitor, enter("li")):
        check_page(person.page)
