"""Twenty bad logins are slowed down (L-2, hostile case 48)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts import passwords
from crm.domain.accounts.login_limits import MAX_PER_NAME
from crm.domain.accounts.password_links import ASKED
from crm.domain.accounts.sign_in import FAILED, REFUSED
from crm.domain.platform.settings import change_settings
from crm.models import SystemLog
from crm.web.log import MAX_OF_STRANGERS
from tests.cast import Cast

from .visitor import Visitor

WAIT = "Too many failed attempts. Please try again in 15 minutes."


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were compared."""
    done: list[str] = []
    right = passwords.check_password_hash

    def check(stored: str, password: str) -> bool:
        done.append(password)
        return stored != passwords.DECOY and right(stored, password)

    monkeypatch.setattr(passwords, "check_password_hash", check)
    return done


def count(session: Session, kind: str) -> int:
    session.rollback()
    return session.scalar(select(func.count()).where(SystemLog.kind == kind)) or 0


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_twenty_bad_tries(app: CRM, session: Session, checks: list[str], name: str) -> None:
    visitor = Visitor(app)
    codes = [visitor.sign_in(name, f"guess-number-{number}").status_code for number in range(20)]
    assert codes == [422] * MAX_PER_NAME + [429] * (20 - MAX_PER_NAME)
    assert len(checks) == MAX_PER_NAME
    assert WAIT in visitor.summary()
    assert 0 < int(visitor.page.headers["Retry-After"]) <= 900
    assert (count(session, "login_failed"), count(session, "login_refused")) == (MAX_PER_NAME, 20 - MAX_PER_NAME)


def test_forwarded_addresses_change_nothing(app: CRM, checks: list[str]) -> None:
    visitor = Visitor(app)
    codes = []
    for number in range(45):
        visitor.open("/login")
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}"}
        codes.append(visitor.send({"User name": f"u{number}", "Password": "wrong-one"}, forged).status_code)
    assert codes == [422] * 40 + [429] * 5


def test_the_right_password_waits_too_but_not_at_the_own_desk(app: CRM, session: Session, cast: Cast) -> None:
    desk = Visitor(app, "192.0.2.10")
    assert desk.sign_in("wang", cast.password).status_code == 303
    stranger = Visitor(app, "198.51.100.66")
    for number in range(MAX_PER_NAME):
        stranger.sign_in("wang", f"guess-number-{number}")
    assert stranger.sign_in("wang", cast.password).status_code == 429
    assert not stranger.is_signed_in()
    assert Visitor(app, desk.address).sign_in("wang", cast.password).status_code == 303


class TestBehindOneAddress:
    """Forty wrong tries of one person do not keep the colleagues out (the office has one address)."""

    OFFICE = "203.0.113.80"

    @pytest.fixture
    def typing(self, app: CRM, checks: list[str]) -> Visitor:
        visitor = Visitor(app, self.OFFICE)
        for number in range(40):
            visitor.sign_in(f"u{number}", "wrong-one")
        return visitor

    def test_a_browser_that_was_signed_in_before_goes_on(
        self, app: CRM, cast: Cast, request: pytest.FixtureRequest
    ) -> None:
        known = Visitor(app, self.OFFICE)
        known.sign_in("wang", cast.password)
        known.open("/logout")
        known.send({})
        typing = request.getfixturevalue("typing")
        assert typing.sign_in("u41", "wrong-one").status_code == 429
        assert known.sign_in("wang", cast.password).status_code == 303
        known.open("/logout")
        known.send({})
        assert known.sign_in("li", cast.password).status_code == 429, "it is known as Wang's only"

    def test_others_wait_for_a_minute_and_are_told_so(
        self, app: CRM, typing: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        colleague = Visitor(app, self.OFFICE)
        assert colleague.sign_in("li", cast.password).status_code == 429
        assert "Too many failed attempts. Please try again in a minute." in colleague.summary()
        assert 0 < int(colleague.page.headers["Retry-After"]) <= 60
        later = datetime.now(UTC) + timedelta(seconds=61)
        monkeypatch.setattr("crm.web.request_clock.datetime", SimpleNamespace(now=lambda zone: later))
        assert colleague.sign_in("li", cast.password).status_code == 303

    def test_a_made_up_cookie_is_none(self, app: CRM, typing: Visitor, cast: Cast) -> None:
        for value in ("", "x", "W10.x.y", "\u00e9", "a" * 4000):
            colleague = Visitor(app, self.OFFICE)
            colleague.client.set_cookie("crm-device", value)
            assert colleague.sign_in("li", cast.password).status_code == 429

    def test_a_known_browser_has_its_own_ten_tries(self, app: CRM, checks: list[str], cast: Cast) -> None:
        known = Visitor(app, self.OFFICE)
        known.sign_in("wang", cast.password)
        known.open("/logout")
        known.send({})
        codes = [known.sign_in("wang", f"guess-number-{number}").status_code for number in range(12)]
        assert codes == [422] * MAX_PER_NAME + [429] * 2


def test_a_stranger_does_not_fill_the_log(app: CRM, session: Session) -> None:
    """What is refused at one address is written down a few times; what is counted to limit it, always."""
    visitor = Visitor(app)
    for number in range(MAX_PER_NAME + MAX_OF_STRANGERS + 8):
        visitor.sign_in("wang", f"guess-number-{number}")
    assert (count(session, FAILED), count(session, REFUSED)) == (MAX_PER_NAME, MAX_OF_STRANGERS)
    other = Visitor(app, "192.0.2.8")
    other.sign_in("wang", "guess")
    assert count(session, REFUSED) == MAX_OF_STRANGERS + 1


@pytest.mark.parametrize("address", ["/login", "/login/forgotten"])
def test_a_password_typed_as_user_name_is_not_in_the_log(app: CRM, session: Session, cast: Cast, address: str) -> None:
    """Of what is nobody's login the log keeps two characters and a mark, by which the tries are counted (L-2)."""
    change_settings(session, mail_host="mail.test", mail_from="crm@example.com", mail_site="http://crm.test:8000/")
    session.commit()
    visitor, password = Visitor(app), "Geheim-Wasser-77"
    for typed in (password, password.lower(), "wang", "Wasser-geheim-88"):
        visitor.open(address)
        visitor.send({"User name": typed, **({"Password": "wrong-one"} if address == "/login" else {})})
    session.rollback()
    rows = session.scalars(select(SystemLog).order_by(SystemLog.id)).all()
    names = [row.name or "" for row in rows if row.kind in (FAILED, ASKED)]
    assert names[0] == names[1] != names[3]
    assert names[2] == "wang"
    assert names[0].startswith("ge… #")
    kept = " ".join(f"{row.name} {row.detail} {row.path}" for row in rows).lower()
    assert "geheim" not in kept and "wasser" not in kept


def test_of_a_short_unknown_name_less_is_kept(app: CRM, session: Session) -> None:
    for typed, shown in (("xy", ""), ("xyz12", "x"), ("xyz123", "xy")):
        Visitor(app).sign_in(typed, "wrong-one")
        session.rollback()
        newest = select(SystemLog.name).where(SystemLog.kind == FAILED).order_by(SystemLog.id.desc()).limit(1)
        assert (session.scalar(newest) or "").partition("…")[0] == shown
