"""Sessions: how they end, and what happens to whoever goes on clicking (L-5, L-7, F-2, hostile cases 19, 50)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.captcha import answer_of
from crm.domain.accounts.login_limits import MAX_PER_NAME
from crm.domain.platform.settings import change_settings
from crm.models import LoginSession, SystemLog, User
from tests.cast import Cast

from .visitor import Visitor

ENDED = "Your session has ended. Please sign in again."


@pytest.fixture
def wang(app: CRM, cast: Cast) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("wang", cast.password).status_code == 303
    return visitor


def be_idle(visitor: Visitor, minutes: float) -> None:
    with visitor.client.session_transaction() as cookie:
        cookie["seen"] = int((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp())


class TestIdle:
    def test_after_two_hours_the_door_is_closed(self, wang: Visitor) -> None:
        be_idle(wang, 121)
        answer = wang.open("/customers?page=2")
        assert answer.status_code == 303
        assert parse_qs(urlsplit(answer.location).query)["next"] == ["/customers?page=2"]
        assert ENDED in wang.open(answer.location).text
        assert ENDED not in wang.open("/login").text

    def test_the_firm_sets_the_time(self, wang: Visitor, session: Session) -> None:
        be_idle(wang, 100)
        assert wang.is_signed_in()
        change_settings(session, idle_minutes=30)
        session.commit()
        be_idle(wang, 31)
        assert not wang.is_signed_in()

    def test_every_click_begins_it_anew(self, wang: Visitor) -> None:
        be_idle(wang, 119)
        wang.open("/customers")
        with wang.client.session_transaction() as cookie:
            assert datetime.now(UTC).timestamp() - cookie["seen"] < 60

    def test_clicking_writes_nothing(self, wang: Visitor, session: Session) -> None:
        rows = session.scalars(select(LoginSession)).all()
        before = [(row.id, row.ended_at) for row in rows]
        be_idle(wang, 60)
        wang.open("/customers")
        assert [(row.id, row.ended_at) for row in session.scalars(select(LoginSession))] == before


class TestFragments:
    """The login page comes as a whole page, never inside another (L-7)."""

    def test_a_click_on_a_page(self, wang: Visitor) -> None:
        be_idle(wang, 121)
        page = "http://localhost/customers/new?from=menu"
        answer = wang.open("/customers/cities", HX_Request="true", HX_Current_URL=page)
        assert answer.status_code == 200
        assert answer.data == b""
        assert answer.headers["HX-Redirect"] == "/login?next=/customers/new?from%3Dmenu"

    def test_a_form_sent_too_late(self, wang: Visitor) -> None:
        wang.open("/logout")
        token = wang.token
        be_idle(wang, 121)
        headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/customers/new"}
        answer = wang.ask("POST", "/customers", headers, data={"csrf_token": token, "name": "鐵龍"})
        assert answer.headers["HX-Redirect"] == "/login?next=/customers/new"

    @pytest.mark.parametrize("page", ["http://evil.example/x", "http://[", "", "about:blank"])
    def test_a_page_elsewhere_is_not_gone_back_to(self, wang: Visitor, page: str) -> None:
        be_idle(wang, 121)
        answer = wang.open("/customers/cities", HX_Request="true", HX_Current_URL=page)
        assert answer.headers["HX-Redirect"] == "/login"


class TestSigningOut:
    def test_it_asks_first(self, wang: Visitor) -> None:
        wang.open("/logout")
        assert "Sign out now?" in wang.page.text
        assert wang.form.xpath(".//button/text()") == ["OK"]
        assert wang.form.xpath(".//a/text()") == ["Cancel"]
        assert wang.is_signed_in()

    def test_an_old_cookie_opens_nothing_any_more(self, wang: Visitor, session: Session) -> None:
        old = wang.cookie()
        wang.open("/logout")
        answer = wang.send({})
        assert (answer.status_code, answer.location) == (303, "/login")
        assert not wang.is_signed_in()
        wang.take_cookie(old)
        assert not wang.is_signed_in()
        session.rollback()
        assert [row.kind for row in session.scalars(select(SystemLog))] == ["login", "logout"]

    def test_other_browsers_stay(self, app: CRM, wang: Visitor, cast: Cast) -> None:
        phone = Visitor(app)
        phone.sign_in("wang", cast.password)
        wang.open("/logout")
        wang.send({})
        assert phone.is_signed_in()

    def test_twice_is_no_error(self, wang: Visitor) -> None:
        wang.open("/logout")
        form = wang.form
        wang.send({})
        again = wang.ask("POST", "/logout", data=dict(form.form_values()))
        assert again.status_code in (303, 400)


def test_a_closed_account_is_out_at_the_next_click(wang: Visitor, session: Session, cast: Cast) -> None:
    cast.wang.disabled_at = datetime.now(UTC)
    session.commit()
    assert not wang.is_signed_in()


def test_a_forged_cookie_opens_nothing(app: CRM, wang: Visitor) -> None:
    body, _, signature = wang.cookie().rpartition(".")
    for forged in ("", "x", f"{body}.{signature[::-1]}", "\ufffd"):
        visitor = Visitor(app)
        visitor.take_cookie(forged)
        assert not visitor.is_signed_in()


class TestLanguage:
    def test_a_visitor_chooses(self, app: CRM) -> None:
        visitor = Visitor(app)
        visitor.open("/login")
        answer = visitor.ask(
            "POST", "/language", data={"csrf_token": visitor.token, "language": "zh_Hans", "next": "/login?next=/plan"}
        )
        assert answer.location == "/login?next=/plan"
        assert '<html lang="zh-Hans">' in visitor.open("/login").text

    def test_it_is_kept_with_the_account(self, app: CRM, wang: Visitor, session: Session, cast: Cast) -> None:
        wang.open("/logout")
        wang.ask("POST", "/language", data={"csrf_token": wang.token, "language": "en", "next": "/customers"})
        assert '<html lang="en">' in wang.open("/").text
        session.rollback()
        assert session.scalars(select(User.language).where(User.login == "wang")).one() == "en"
        elsewhere = Visitor(app, "192.0.2.99")
        elsewhere.sign_in("wang", cast.password)
        assert '<html lang="en">' in elsewhere.open("/", Accept_Language="zh-TW").text

    @pytest.mark.parametrize("next", ["//evil.example", "/\\evil.example", "/language", ""])
    def test_it_leads_nowhere_else(self, wang: Visitor, next: str) -> None:
        wang.open("/logout")
        answer = wang.ask("POST", "/language", data={"csrf_token": wang.token, "language": "xx", "next": next})
        assert (answer.status_code, answer.location) == (303, "/")


class TestClockSetBack:
    """A cookie of the near future is no forgery; one of the far future would keep a browser in for years."""

    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
        """Sets the clock of the server: that of the views, and that of the cookie's stamp."""

        def set_by(change: timedelta) -> None:
            moment = datetime.now(UTC) + change
            monkeypatch.setattr("crm.web.request_clock.datetime", SimpleNamespace(now=lambda zone: moment))
            monkeypatch.setattr("crm.web.cookies.Signer.get_timestamp", lambda signer: int(moment.timestamp()))

        return set_by

    @pytest.mark.parametrize("back", [timedelta(seconds=90), timedelta(minutes=40), timedelta(hours=8)])
    def test_whoever_is_signed_in_stays(self, wang: Visitor, server: Callable[..., None], back: timedelta) -> None:
        server(-back)
        assert wang.is_signed_in()
        wang.open("/logout")
        assert wang.send({}).location == "/login"

    def test_the_idle_time_is_counted_from_the_next_click_on(self, wang: Visitor, server: Callable[..., None]) -> None:
        server(timedelta(hours=-8))
        assert wang.is_signed_in()
        server(timedelta(hours=-6, minutes=1))
        assert not wang.is_signed_in()

    def test_set_forward_and_back_again(self, wang: Visitor, server: Callable[..., None], cast: Cast) -> None:
        server(timedelta(hours=8))
        assert wang.sign_in("wang", cast.password).status_code == 303
        server(timedelta())
        assert wang.is_signed_in()

    @pytest.mark.parametrize("days", [2, 400])
    def test_a_stamp_of_the_far_future_opens_nothing(
        self, wang: Visitor, server: Callable[..., None], days: int
    ) -> None:
        server(timedelta(days=-days))
        assert not wang.is_signed_in()

    def test_the_captcha_of_a_page_that_was_open_is_still_good(
        self, app: CRM, cast: Cast, server: Callable[..., None]
    ) -> None:
        app.config["CRM_LOGIN_CAPTCHA"] = "always"
        visitor = Visitor(app)
        visitor.open("/login")
        nonce = str(dict(visitor.form.form_values())["nonce"])
        server(timedelta(seconds=-90))
        digits = answer_of(str(app.config["SECRET_KEY"]).encode(), nonce)
        assert (
            visitor.send({"User name": "wang", "Password": cast.password, "Verification code": digits}).status_code
            == 303
        )

    def test_wrong_tries_lock_nobody_out_for_hours(self, app: CRM, cast: Cast, server: Callable[..., None]) -> None:
        visitor = Visitor(app)
        for number in range(MAX_PER_NAME + 1):
            visitor.sign_in("wang", f"guess-number-{number}")
        assert visitor.page.status_code == 429
        server(timedelta(hours=-8))
        assert visitor.sign_in("wang", cast.password).status_code == 303
