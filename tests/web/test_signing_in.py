"""The login page: who comes in, what the others are told, and what is written down (L-1, L-5)."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts import passwords
from crm.extensions import db
from crm.models import SystemLog
from tests.cast import Cast
from tests.conftest import Person

from .visitor import Visitor

WRONG = "The user name or password is wrong."


@pytest.fixture
def visitor(app: CRM) -> Visitor:
    return Visitor(app)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that were compared with a password: each costs the same half second."""
    done: list[str] = []

    def check(stored: str, password: str) -> bool:
        done.append(stored)
        return password == "klar-Wasser-7" and stored != passwords.DECOY

    monkeypatch.setattr(passwords, "check_password_hash", check)
    return done


def kinds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(SystemLog.kind).order_by(SystemLog.id)))


@pytest.mark.parametrize("name", ["wang", " WANG "])
def test_the_right_password_opens_the_workbench(visitor: Visitor, cast: Cast, name: str) -> None:
    answer = visitor.sign_in(name, cast.password)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "王小明" in visitor.open("/").text


def test_blanks_belong_to_the_password(visitor: Visitor, cast: Cast) -> None:
    assert visitor.sign_in("wang", f" {cast.password}").status_code == 422


def test_all_refusals_are_alike(visitor: Visitor, session: Session, cast: Cast, checks: list[str]) -> None:
    """Unknown name, wrong password, closed account: one text, one computation (hostile case 47)."""
    cast.li.disabled_at = cast.li.created_at
    session.commit()

    def refused(name: str, password: str) -> tuple[int, str, int]:
        checks.clear()
        answer = visitor.sign_in(name, password)
        text = re.sub(r'value="[^"]*"|nonce=[^"]*|X-CSRFToken": "[^"]*"', "", answer.text)
        return answer.status_code, text, len(checks)

    unknown = refused("nobody", "klar-Wasser-7")
    assert unknown[0] == 422
    assert WRONG in unknown[1]
    assert unknown[2] == 1
    assert refused("wang", "wrong-Wasser-7") == unknown
    assert refused("li", "klar-Wasser-7") == unknown


def test_the_name_stays_and_the_password_does_not(visitor: Visitor) -> None:
    visitor.sign_in("wang", "wrong-Wasser-7")
    assert visitor.field("User name").get("value") == "wang"
    assert "wrong-Wasser-7" not in visitor.page.text
    assert WRONG in visitor.summary()


def test_empty_fields_are_marked(visitor: Visitor, checks: list[str]) -> None:
    visitor.sign_in("", "")
    assert visitor.page.status_code == 422
    assert visitor.told("User name") == visitor.told("Password") == ["Please fill this in."]
    assert checks == []


def test_every_try_is_in_the_log(visitor: Visitor, session: Session, cast: Cast) -> None:
    visitor.sign_in("wang", "wrong-Wasser-7")
    visitor.sign_in("wang", cast.password)
    assert kinds(session) == ["login_failed", "login"]
    rows = session.scalars(select(SystemLog)).all()
    assert {(row.name, row.address, row.path) for row in rows} == {("wang", "192.0.2.7", "/login")}
    assert cast.password not in str([vars(row) for row in rows])


def test_a_name_cannot_forge_log_lines(visitor: Visitor, session: Session) -> None:
    """Hostile case 56."""
    visitor.sign_in("a\r\n2026-01-01 login admin<b>", "wrong-Wasser-7")
    session.rollback()
    (row,) = session.scalars(select(SystemLog)).all()
    assert row.name is not None
    assert len(row.name.splitlines()) == 1


class TestCookie:
    def test_it_changes_at_the_login(self, visitor: Visitor, cast: Cast) -> None:
        """Hostile case 49: what was known before is worth nothing after."""
        visitor.open("/login")
        before, token = visitor.cookie(), visitor.token
        visitor.send({"User name": "wang", "Password": cast.password})
        after = visitor.cookie()
        assert after != before
        visitor.open("/logout")
        assert visitor.token != token
        visitor.take_cookie(before)
        assert not visitor.is_signed_in()

    def test_signing_in_again_ends_the_former_session(self, visitor: Visitor, cast: Cast) -> None:
        visitor.sign_in("wang", cast.password)
        former = visitor.cookie()
        visitor.open("/logout")
        data = {"csrf_token": visitor.token, "username": "li", "password": cast.password}
        visitor.ask("POST", "/login", data=data)
        assert "李小華" in visitor.open("/").text
        visitor.take_cookie(former)
        assert not visitor.is_signed_in()


class TestWhereTo:
    def test_back_to_the_page_that_was_asked_for(self, visitor: Visitor, cast: Cast) -> None:
        asked = visitor.open("/customers?q=鐵龍")
        assert asked.status_code == 303
        visitor.open(asked.location)
        answer = visitor.send({"User name": "wang", "Password": cast.password})
        assert answer.location == "/customers?q=%E9%90%B5%E9%BE%8D"

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example/x",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\r\nSet-Cookie: a=b",
            "\\\\evil.example",
            "javascript:alert(1)",
            "customers",
            "/[",
            "//[",
            "/" + "x" * 5000,
            "/language",
            "\ufffd",
        ],
    )
    def test_never_to_another_site(self, visitor: Visitor, cast: Cast, target: str) -> None:
        """Hostile case 51."""
        visitor.open("/login")
        answer = visitor.send({"User name": "wang", "Password": cast.password}, next=target)
        assert answer.status_code == 303
        assert answer.location in ("/", "/%5B")

    def test_somebody_signed_in_needs_no_login_page(self, visitor: Visitor, cast: Cast) -> None:
        visitor.sign_in("wang", cast.password)
        answer = visitor.open("/login?next=/customers")
        assert (answer.status_code, answer.location) == (303, "/customers")


class TestOddForms:
    """Hostile case 55."""

    @pytest.fixture
    def token(self, visitor: Visitor) -> str:
        visitor.open("/login")
        return visitor.token

    def test_doubled_fields(self, visitor: Visitor, token: str, cast: Cast) -> None:
        data = {"csrf_token": token, "username": ["li", "wang"], "password": cast.password}
        assert visitor.ask("POST", "/login", data=data).status_code == 400

    def test_ten_thousand_fields(self, visitor: Visitor, token: str) -> None:
        data = {"csrf_token": token, **{f"f{number}": "" for number in range(10_000)}}
        assert visitor.ask("POST", "/login", data=data).status_code in (400, 413)

    def test_ten_megabytes(self, visitor: Visitor, token: str) -> None:
        data = {"csrf_token": token, "username": "x" * 10_000_000, "password": "y"}
        assert visitor.ask("POST", "/login", data=data).status_code == 413

    def test_bytes_that_are_no_text(self, visitor: Visitor, token: str) -> None:
        body = f"csrf_token={token}&username=%ff%fe&password=%c3%28".encode()
        answer = visitor.ask("POST", "/login", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400

    def test_a_name_longer_than_any(self, visitor: Visitor, token: str) -> None:
        data = {"csrf_token": token, "username": "x" * 5000, "password": "y" * 5000}
        assert visitor.ask("POST", "/login", data=data).status_code == 422


def test_opening_the_page_writes_nothing(visitor: Visitor, session: Session) -> None:
    visitor.open("/login?captcha=1")
    assert kinds(session) == []


@pytest.mark.parametrize("fault", ["database or disk is full", "disk I/O error", "database is locked"])
def test_signing_out_works_where_nothing_can_be_written(as_user: Callable[[str], Person], fault: str) -> None:
    """Nobody is kept in by a full disk, and an old copy of the cookie opens nothing."""
    wang = as_user("wang")
    wang.token()
    cookie = wang.client.get_cookie("crm")
    assert cookie is not None

    def refuse(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith(("UPDATE", "INSERT")):
            raise sqlite3.OperationalError(fault)

    event.listen(db.engine, "before_cursor_execute", refuse)
    try:
        assert wang.post("/logout").location.startswith("/login")
        assert wang.get("/customers").status_code == 303
    finally:
        event.remove(db.engine, "before_cursor_execute", refuse)
    wang.client.set_cookie("crm", cookie.value)
    assert wang.get("/customers").status_code == 303
