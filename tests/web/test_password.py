"""修改密碼 and one's own data (O-1)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.login_limits import MAX_PER_NAME
from crm.domain.accounts.sign_in import authenticate
from crm.models import User
from tests.cast import Cast

from .visitor import Visitor

NEW = "neues-Wasser-8"


@pytest.fixture
def wang(app: CRM, cast: Cast) -> Visitor:
    visitor = Visitor(app)
    visitor.sign_in("wang", cast.password)
    visitor.open("/password")
    return visitor


def change(visitor: Visitor, old: str, new: str = NEW, again: str | None = None) -> int:
    again = new if again is None else again
    answers = {"Old password": old, "New password": new, "Confirm new password": again}
    return visitor.send(answers).status_code


def stored(session: Session) -> User:
    session.rollback()
    return session.scalars(select(User).where(User.login == "wang")).one()


def test_the_new_password_counts(app: CRM, wang: Visitor, session: Session, cast: Cast) -> None:
    assert change(wang, cast.password) == 303
    assert "Your password has been changed." in wang.open("/password").text
    assert Visitor(app).sign_in("wang", NEW).status_code == 303
    assert Visitor(app).sign_in("wang", cast.password).status_code == 422


def test_the_other_sessions_end_and_this_one_stays(app: CRM, wang: Visitor, cast: Cast) -> None:
    """Hostile case 50."""
    phone, li = Visitor(app), Visitor(app)
    phone.sign_in("wang", cast.password)
    li.sign_in("li", cast.password)
    wang.open("/password")
    change(wang, cast.password)
    assert wang.is_signed_in()
    assert li.is_signed_in()
    assert not phone.is_signed_in()


@pytest.mark.parametrize(
    ("old", "new", "again", "label"),
    [
        ("", NEW, NEW, "Old password"),
        ("wrong-Wasser-7", NEW, NEW, "Old password"),
        ("klar-Wasser-7", "", "", "New password"),
        ("klar-Wasser-7", "short", "short", "New password"),
        ("klar-Wasser-7", "password", "password", "New password"),
        ("klar-Wasser-7", "klar-Wasser-7", "klar-Wasser-7", "New password"),
        ("klar-Wasser-7", NEW, "neues-Wasser-9", "Confirm new password"),
        ("klar-Wasser-7", NEW, "", "Confirm new password"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    wang: Visitor, session: Session, old: str, new: str, again: str, label: str
) -> None:
    before = stored(session).password_hash
    assert change(wang, old, new, again) == 422
    assert len(wang.told(label)) == 1
    assert NEW not in wang.page.text
    assert stored(session).password_hash == before


def test_guessing_the_old_one_is_limited(wang: Visitor, session: Session, cast: Cast) -> None:
    codes = [change(wang, f"guess-number-{number}") for number in range(MAX_PER_NAME + 1)]
    assert codes == [422] * MAX_PER_NAME + [429]
    assert change(wang, cast.password) == 429
    assert wang.is_signed_in()


def test_own_data_without_a_password(wang: Visitor, session: Session, cast: Cast) -> None:
    answers = {"Email": "ming@example.com", "Mobile": "0912-345-678", "Telephone": "02-2531-7099", "Language": "en"}
    assert wang.send(answers).status_code == 303
    assert "Your details have been saved." in wang.open("/password").text
    assert wang.field("Email").get("value") == "ming@example.com"
    user = stored(session)
    assert (user.mobile, user.phone, user.language) == ("0912-345-678", "02-2531-7099", "en")
    assert authenticate(session, "wang", cast.password)


def test_a_wrong_address_saves_nothing(wang: Visitor, session: Session) -> None:
    assert wang.send({"Email": "no address", "Telephone": "02-2531-7099"}).status_code == 422
    assert len(wang.told("Email")) == 1
    assert stored(session).phone is None


def test_nothing_else_can_be_changed_here(wang: Visitor, session: Session, cast: Cast) -> None:
    """Hostile case 17."""
    more = {"login": "admin", "name": "x", "unit_id": "1", "is_admin": "1", "disabled_at": "", "password_hash": "x"}
    wang.send({"Email": "ming@example.com"}, **more)
    user = stored(session)
    assert (user.login, user.name, user.unit_id) == ("wang", cast.wang.name, cast.wang.unit_id)


def test_a_late_save_shows_both(wang: Visitor, session: Session) -> None:
    """Hostile case 34."""
    user = stored(session)
    user.version, user.phone = user.version + 1, "04-1111-1111"
    session.commit()
    assert wang.send({"Telephone": "02-2531-7099"}).status_code == 409
    assert "04-1111-1111" in wang.page.text
    assert wang.field("Telephone").get("value") == "02-2531-7099"


class TestFirstPassword:
    @pytest.fixture
    def wang(self, app: CRM, session: Session, cast: Cast) -> Visitor:
        cast.wang.must_change_password = True
        session.commit()
        visitor = Visitor(app)
        visitor.sign_in("wang", cast.password)
        return visitor

    def test_nothing_else_opens_before(self, wang: Visitor) -> None:
        for address in ("/", "/customers"):
            assert wang.open(address).location == "/password"
        assert "Please choose your own password before you continue." in wang.open("/password").text

    def test_own_data_alone_will_not_do(self, wang: Visitor, session: Session) -> None:
        wang.open("/password")
        assert wang.send({"Email": "ming@example.com"}).status_code == 422
        assert stored(session).must_change_password

    def test_then_everything_opens(self, wang: Visitor, session: Session, cast: Cast) -> None:
        wang.open("/password")
        assert change(wang, cast.password) == 303
        assert wang.page.location == "/"
        assert wang.is_signed_in()

    def test_one_can_also_leave(self, wang: Visitor) -> None:
        wang.open("/logout")
        assert wang.send({}).location == "/login"


def test_the_page_needs_a_login(app: CRM) -> None:
    assert Visitor(app).open("/password").location == "/login?next=/password"
