"""我的登錄: where one is signed in, and ending it (O-1); the help link of the login page (L-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.devices import device_words
from crm.domain.accounts.sign_in import MAX_SESSION_AGE
from crm.domain.platform.settings import change_settings
from crm.models import LoginSession
from tests.cast import Cast

from .visitor import Visitor

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
IE = "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.fixture
def wang(app: CRM, cast: Cast) -> Visitor:
    visitor = Visitor(app, "192.0.2.7")
    visitor.sign_in("wang", cast.password, headers={"User-Agent": EDGE})
    return visitor


@pytest.fixture
def phone(app: CRM, cast: Cast, wang: Visitor) -> Visitor:
    visitor = Visitor(app, "192.0.2.8")
    visitor.sign_in("wang", cast.password, headers={"User-Agent": PHONE})
    return visitor


def rows(visitor: Visitor) -> list[str]:
    page = html.fromstring(visitor.open("/sessions").text)
    return [" ".join(row.text_content().split()) for row in page.xpath("//tbody/tr")]


def press(visitor: Visitor, words: str) -> int:
    """The button with these words, in a form of its own."""
    page = html.fromstring(visitor.open("/sessions").text)
    (form, *_) = page.xpath(f"//form[.//button[normalize-space()='{words}']]")
    return visitor.ask("POST", form.get("action"), data=dict(form.form_values())).status_code


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, "Edge · Windows 10/11"),
        (IE, "Internet Explorer · Windows 7"),
        (PHONE, "Safari · iPhone"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_browser_in_words(agent: str | None, words: str) -> None:
    assert device_words(agent) == words


def test_each_sign_in_with_device_address_and_time(wang: Visitor, phone: Visitor, app: CRM, cast: Cast) -> None:
    Visitor(app).sign_in("li", cast.password)
    found = rows(wang)
    assert len(found) == 2
    (here,) = [row for row in found if "this one" in row]
    assert "Edge · Windows 10/11" in here
    assert "192.0.2.7" in here
    (there,) = [row for row in found if "Safari · iPhone" in row]
    assert "192.0.2.8" in there


def test_ending_one(wang: Visitor, phone: Visitor) -> None:
    assert press(wang, "End session") == 303
    assert wang.is_signed_in()
    assert not phone.is_signed_in()
    assert len(rows(wang)) == 1


def test_ending_all_others(app: CRM, wang: Visitor, phone: Visitor, cast: Cast) -> None:
    third = Visitor(app)
    third.sign_in("wang", cast.password)
    assert press(wang, "End all other sessions") == 303
    assert [v.is_signed_in() for v in (wang, phone, third)] == [True, False, False]


def test_nobody_elses(app: CRM, wang: Visitor, session: Session, cast: Cast) -> None:
    li = Visitor(app)
    li.sign_in("li", cast.password)
    session.rollback()
    of_wang = session.scalars(select(LoginSession.id).where(LoginSession.user_id == cast.wang.id)).one()
    li.open("/logout")
    assert li.ask("POST", f"/sessions/{of_wang}/end", data={"csrf_token": li.token}).status_code == 404
    assert wang.is_signed_in()


def test_what_was_sent_is_noted_and_what_was_read_is_not(wang: Visitor, session: Session) -> None:
    def noted() -> datetime | None:
        session.rollback()
        return session.scalars(select(LoginSession.last_sent_at)).one()

    wang.open("/customers")
    assert noted() is None
    wang.open("/logout")
    wang.ask("POST", "/workbench/save", data={"csrf_token": wang.token})
    wang.open("/logout")
    wang.ask("POST", "/sessions/end-others", data={"csrf_token": wang.token})
    first = noted()
    assert first is not None
    wang.open("/logout")
    wang.ask("POST", "/sessions/end-others", data={"csrf_token": wang.token})
    assert noted() == first


def test_after_a_month_one_signs_in_again(wang: Visitor, session: Session) -> None:
    for ago, expected in (
        (MAX_SESSION_AGE - timedelta(minutes=1), True),
        (MAX_SESSION_AGE + timedelta(minutes=1), False),
    ):
        session.execute(update(LoginSession).values(started_at=datetime.now(UTC) - ago))
        session.commit()
        assert wang.is_signed_in() is expected


class TestHelpLink:
    """L-4."""

    def links(self, app: CRM) -> list[str]:
        page = html.fromstring(Visitor(app).open("/login").text)
        return page.xpath("//a[normalize-space()='Online help']/@href")

    def test_none_without_a_setting(self, app: CRM) -> None:
        assert self.links(app) == []

    @pytest.mark.parametrize("address", ["https://help.example/qq", "mailto:help@example.com"])
    def test_where_the_settings_name_one(self, app: CRM, session: Session, address: str) -> None:
        change_settings(session, help_link=address)
        session.commit()
        assert self.links(app) == [address]

    def test_a_script_is_none(self, app: CRM, session: Session) -> None:
        change_settings(session, help_link="javascript:alert(1)")
        session.commit()
        assert self.links(app) == []
