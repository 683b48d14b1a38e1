"""Turning on the second factor, signing in with it, losing the telephone (L-6, O-1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pyotp import TOTP

from .checks import check_access, check_no_horizontal_bar, check_pages
from .person import Person
from .plug import PASSWORD


def type_password(person: Person, name: str) -> None:
    person.go("/login")
    person.fill("用戶名", name)
    person.fill("密碼", PASSWORD)
    person.press("登錄")


@pytest.mark.own_firm
def test_from_turning_on_to_a_recovery_code(enter: Callable[[str], Person], someone: Callable[[], Person]) -> None:
    wang = enter("wang")
    wang.open_menu("修改密碼")
    wang.follow("雙重驗證")
    wang.press("開始設定")
    key = "".join((wang.page.locator("code").text_content() or "").split())
    wang.fill("密碼", PASSWORD)
    with wang.refused(422):
        wang.fill("動態驗證碼", "12")
        wang.press("啟用")
    wang.fill("密碼", PASSWORD)
    wang.fill("動態驗證碼", TOTP(key).now())
    wang.press("啟用")
    wang.sees("雙重驗證已啟用")
    code = wang.page.locator(".codes code").first.text_content() or ""
    wang.follow("我已保存好")
    wang.sees("還有 10 組備用碼")

    phone = someone()
    type_password(phone, "wang")
    phone.fill("動態驗證碼", TOTP(key).at(datetime.now(UTC) + timedelta(seconds=30)))
    phone.press("登錄")
    assert phone.is_signed_in()

    lost = someone()
    type_password(lost, "wang")
    assert not lost.is_signed_in()
    lost.fill("動態驗證碼", code.lower())
    lost.press("登錄")
    assert lost.is_signed_in()
    lost.go("/sessions")
    lost.press("結束其他所有登錄")
    lost.sees("其他登錄已全部結束")
    wang.go("/customers")
    assert not wang.is_signed_in()


@pytest.mark.own_firm
@pytest.mark.long
def test_an_administrator_turns_it_off(enter: Callable[[str], Person], someone: Callable[[], Person]) -> None:
    from crm.domain.accounts.second_factor import begin_setup, confirm
    from crm.extensions import db
    from crm.models import SecondFactor, User

    admin = enter("admin")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with admin.firm.app.app_context():
        person = db.session.query(User).filter_by(login="li").one()
        begin_setup(db.session(), person, long_ago)
        secret = db.session.get(SecondFactor, person.id).secret
        confirm(db.session(), person, TOTP(secret).at(long_ago), long_ago)
        db.session.commit()
        number = person.id
    admin.go(f"/organisation/people/{number}")
    admin.follow("關閉雙重驗證")
    admin.press("是")
    admin.sees("的雙重驗證已關閉")
    li = someone()
    type_password(li, "li")
    assert li.is_signed_in()


@pytest.mark.ways("chromium")
@pytest.mark.own_firm
@pytest.mark.long
def test_everybody_can_use_these_pages(enter: Callable[[str], Person]) -> None:
    li = enter("li")
    check_pages(li, ("/password", "/sessions", "/second-factor"))
    li.press("開始設定")
    check_access(li.page)
    check_no_horizontal_bar(li.page, 360)
