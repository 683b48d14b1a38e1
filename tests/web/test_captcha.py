"""The captcha in the login page (L-1, L-2, hostile case 46)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts import captcha
from crm.domain.platform.settings import change_settings
from crm.models import SystemLog
from tests.cast import Cast

from .visitor import Visitor

CODE = "Verification code"
NO_FIT = ["The verification code is wrong or has expired. Please enter the new one."]


@pytest.fixture
def visitor(app: CRM) -> Visitor:
    app.config["CRM_LOGIN_CAPTCHA"] = "always"
    return Visitor(app)


def nonce(visitor: Visitor) -> str:
    return str(dict(visitor.form.form_values())["nonce"])


def answer(visitor: Visitor, of: str = "") -> str:
    return captcha.answer_of(visitor.app.config["SECRET_KEY"].encode(), of or nonce(visitor))


def asked(visitor: Visitor) -> bool:
    return bool(visitor.form.xpath(".//*[@id='captcha']"))


def test_the_right_digits_let_in(visitor: Visitor, cast: Cast) -> None:
    visitor.open("/login")
    done = visitor.send({"User name": "wang", "Password": cast.password, CODE: answer(visitor)})
    assert done.status_code == 303


def test_wrong_digits_keep_the_name_only(visitor: Visitor, session: Session, cast: Cast) -> None:
    visitor.open("/login")
    wrong = f"{(int(answer(visitor)) + 1) % 100000:05d}"
    done = visitor.send({"User name": "wang", "Password": cast.password, CODE: wrong})
    assert done.status_code == 422
    assert visitor.told(CODE) == NO_FIT
    assert visitor.field("User name").get("value") == "wang"
    assert cast.password not in done.text
    assert not visitor.field(CODE).get("value")
    session.rollback()
    assert [row.kind for row in session.scalars(select(SystemLog))] == ["login_captcha"]


def test_empty_is_refused_without_looking_at_the_password(visitor: Visitor, session: Session, cast: Cast) -> None:
    visitor.sign_in("wang", cast.password)
    assert visitor.told(CODE) == ["Please type the digits of the picture."]
    assert visitor.sign_in("wang", "wrong-Wasser-7").status_code == 422
    session.rollback()
    assert [row.kind for row in session.scalars(select(SystemLog))] == ["login_captcha", "login_captcha"]


@pytest.mark.parametrize("typed", ["", "0", "一二三四五"])
def test_an_answer_that_does_not_fit_counts_as_a_try_like_a_wrong_password(
    visitor: Visitor, session: Session, cast: Cast, typed: str
) -> None:
    for _ in range(10):
        visitor.open("/login")
        assert visitor.send({"User name": "wang", "Password": cast.password, CODE: typed}).status_code == 422
    visitor.open("/login")
    assert visitor.send({"User name": "wang", "Password": cast.password, CODE: answer(visitor)}).status_code == 429


def test_it_is_good_for_one_try(visitor: Visitor, cast: Cast) -> None:
    visitor.open("/login")
    used, digits = nonce(visitor), answer(visitor)
    visitor.send({"User name": "wang", "Password": "wrong-Wasser-7", CODE: digits})
    assert nonce(visitor) != used
    visitor.send({"User name": "wang", "Password": cast.password, CODE: digits}, nonce=used)
    assert visitor.told(CODE) == NO_FIT


def test_a_wrong_answer_uses_it_up_too(visitor: Visitor, cast: Cast) -> None:
    visitor.open("/login")
    used, digits = nonce(visitor), answer(visitor)
    visitor.send({"User name": "wang", "Password": cast.password, CODE: "0"})
    visitor.send({"User name": "wang", "Password": cast.password, CODE: digits}, nonce=used)
    assert visitor.told(CODE) == NO_FIT


def test_another_persons_captcha_is_refused(visitor: Visitor, cast: Cast) -> None:
    other = Visitor(visitor.app)
    other.open("/login")
    visitor.open("/login")
    theirs = nonce(other)
    visitor.send({"User name": "wang", "Password": cast.password, CODE: answer(visitor, theirs)}, nonce=theirs)
    assert visitor.told(CODE) == NO_FIT
    assert visitor.open(f"/login/captcha.png?nonce={theirs}").status_code == 404


def test_it_grows_old(visitor: Visitor, cast: Cast) -> None:
    visitor.open("/login")
    with visitor.client.session_transaction() as cookie:
        key, mark = visitor.app.config["SECRET_KEY"].encode(), cookie["visitor"]
    old = captcha.new_nonce(key, mark, datetime.now(UTC) - timedelta(minutes=11))
    visitor.send({"User name": "wang", "Password": cast.password, CODE: answer(visitor, old)}, nonce=old)
    assert visitor.told(CODE) == NO_FIT


def test_neither_page_nor_cookie_hold_the_answer(visitor: Visitor) -> None:
    visitor.open("/login")
    assert answer(visitor) not in visitor.page.text
    with visitor.client.session_transaction() as cookie:
        assert answer(visitor) not in str(dict(cookie))


def test_picture_and_sound_come_with_it(visitor: Visitor) -> None:
    visitor.open("/login")
    (picture,) = visitor.form.xpath(".//img/@src")
    (sound,) = visitor.form.xpath(".//a[text()='Listen to the digits']/@href")
    shown = visitor.open(picture)
    assert (shown.status_code, shown.mimetype, shown.headers["Cache-Control"]) == (200, "image/png", "no-store")
    spoken = visitor.open(sound)
    assert (spoken.status_code, spoken.mimetype, spoken.data[:4]) == (200, "audio/wav", b"RIFF")


def test_the_picture_and_the_link_bring_another(visitor: Visitor) -> None:
    visitor.open("/login?next=/customers")
    first = nonce(visitor)
    links = visitor.form.xpath(".//a[img]/@href|.//a[text()='Another picture']/@href")
    assert len(links) == 2
    for link in links:
        visitor.open(link)
        assert nonce(visitor) != first
        assert dict(visitor.form.form_values())["next"] == "/customers"


@pytest.mark.parametrize("forged", ["", "x", "%01", "%ff"])
def test_there_are_no_pictures_of_made_up_nonces(visitor: Visitor, forged: str) -> None:
    visitor.open("/login")
    assert visitor.open(f"/login/captcha.png?nonce={forged}").status_code == 404
    assert visitor.open(f"/login/captcha.wav?nonce={forged}").status_code == 404


class TestSetting:
    def test_after_failures_it_comes_with_the_third(self, visitor: Visitor, cast: Cast) -> None:
        visitor.app.config["CRM_LOGIN_CAPTCHA"] = "after_failures"
        for _ in range(2):
            visitor.sign_in("wang", "wrong-Wasser-7")
            assert not asked(visitor)
        visitor.sign_in("wang", "wrong-Wasser-7")
        assert asked(visitor)
        elsewhere = Visitor(visitor.app, "192.0.2.99")
        elsewhere.sign_in("wang", cast.password)
        assert elsewhere.told(CODE) == ["Please type the digits of the picture."]
        done = elsewhere.send({"User name": "wang", "Password": cast.password, CODE: answer(elsewhere)})
        assert done.status_code == 303

    def test_the_firm_decides_where_the_server_says_nothing(self, visitor: Visitor, session: Session) -> None:
        visitor.app.config["CRM_LOGIN_CAPTCHA"] = ""
        visitor.open("/login")
        assert asked(visitor)
        change_settings(session, captcha="off")
        session.commit()
        visitor.open("/login")
        assert not asked(visitor)

    def test_the_server_wins(self, visitor: Visitor, session: Session) -> None:
        change_settings(session, captcha="off")
        session.commit()
        visitor.open("/login")
        assert asked(visitor)
