"""L-6: the second factor from setting it up to losing the telephone."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from pyotp import TOTP
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.login_limits import MAX_PER_NAME
from crm.domain.accounts.second_factor import begin_setup, confirm
from crm.models import RecoveryCode, SecondFactor, SystemLog, User
from tests.cast import Cast

from .visitor import Visitor

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def visitor(app: CRM) -> Visitor:
    return Visitor(app)


@pytest.fixture
def wang(visitor: Visitor, cast: Cast) -> Visitor:
    visitor.sign_in("wang", cast.password)
    return visitor


def secret_of(session: Session, login: str = "wang") -> str:
    session.rollback()
    wanted = select(SecondFactor.secret).join(User, User.id == SecondFactor.user_id).where(User.login == login)
    return session.scalars(wanted).one()


def code_now(session: Session) -> str:
    return TOTP(secret_of(session)).at(datetime.now(UTC))


@pytest.fixture
def codes(session: Session, cast: Cast) -> list[str]:
    """Wang has turned it on long ago, and kept these recovery codes."""
    begin_setup(session, cast.wang, LONG_AGO)
    factor = session.get(SecondFactor, cast.wang.id)
    assert factor is not None
    made = confirm(session, cast.wang, TOTP(factor.secret).at(LONG_AGO), LONG_AGO)
    session.commit()
    return made


def log_kinds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(SystemLog.kind).order_by(SystemLog.id)))


def press(visitor: Visitor, action: str) -> None:
    """Press the button of the form that goes there."""
    (form,) = html.fromstring(visitor.page.text).xpath(f"//form[@action='{action}']")
    visitor.ask("POST", action, data=dict(form.form_values()))


class TestTurningOn:
    def set_up(self, wang: Visitor) -> None:
        wang.open("/second-factor")
        press(wang, "/second-factor/begin")
        wang.open("/second-factor")

    def test_square_key_code_and_recovery_codes(self, wang: Visitor, session: Session, cast: Cast) -> None:
        self.set_up(wang)
        assert "<svg" in wang.page.text
        assert "style=" not in wang.page.text
        key = "".join(html.fromstring(wang.page.text).xpath("//code")[0].text_content().split())
        assert key == secret_of(session)
        answer = wang.send({"Password": cast.password, "Code of the app": TOTP(key).now()})
        assert answer.status_code == 200
        shown = html.fromstring(answer.text).xpath("//ul[@class='codes']//code/text()")
        assert len(set(shown)) == 10
        assert answer.headers["Cache-Control"] == "no-store"
        page = wang.open("/second-factor").text
        assert "10 recovery codes are left" in page
        assert shown[0] not in page
        assert key not in page
        assert "second_factor_on" in log_kinds(session)

    def test_the_other_sign_ins_end(self, app: CRM, wang: Visitor, session: Session, cast: Cast) -> None:
        phone = Visitor(app)
        phone.sign_in("wang", cast.password)
        self.set_up(wang)
        wang.send({"Password": cast.password, "Code of the app": code_now(session)})
        assert wang.is_signed_in()
        assert not phone.is_signed_in()

    @pytest.mark.parametrize("label", ["Password", "Code of the app"])
    def test_what_is_wrong_is_said_beside_the_field(
        self, wang: Visitor, session: Session, cast: Cast, label: str
    ) -> None:
        self.set_up(wang)
        right = {"Password": cast.password, "Code of the app": code_now(session)}
        assert wang.send({**right, label: "000000"}).status_code == 422
        assert len(wang.told(label)) == 1
        assert session.scalars(select(SecondFactor.confirmed_at)).one() is None
        assert Visitor(wang.app).sign_in("wang", cast.password).location == "/"

    def test_nothing_is_asked_before_it_is_confirmed(self, app: CRM, wang: Visitor, cast: Cast) -> None:
        self.set_up(wang)
        assert Visitor(app).sign_in("wang", cast.password).location == "/"


class TestSigningIn:
    def test_the_password_alone_opens_nothing(self, visitor: Visitor, cast: Cast, codes: list[str]) -> None:
        answer = visitor.sign_in("wang", cast.password, next="/customers")
        assert (answer.status_code, answer.location) == (303, "/login/code?next=/customers")
        assert not visitor.is_signed_in()

    def test_with_the_code_one_comes_to_where_one_was_going(
        self, visitor: Visitor, session: Session, cast: Cast, codes: list[str]
    ) -> None:
        visitor.open(visitor.sign_in("wang", cast.password, next="/customers").location)
        answer = visitor.send({"Code of the app": code_now(session)})
        assert (answer.status_code, answer.location) == (303, "/customers")
        assert visitor.is_signed_in()
        assert log_kinds(session) == ["login"]

    def test_a_used_code_is_refused(self, app: CRM, session: Session, cast: Cast, codes: list[str]) -> None:
        code = code_now(session)
        outcomes = []
        for visitor in (Visitor(app), Visitor(app)):
            visitor.open(visitor.sign_in("wang", cast.password).location)
            outcomes.append((visitor.send({"Code of the app": code}).status_code, visitor.is_signed_in()))
        assert outcomes == [(303, True), (422, False)]

    def test_a_recovery_code_once(self, app: CRM, cast: Cast, codes: list[str]) -> None:
        for expected in (303, 422):
            visitor = Visitor(app)
            visitor.open(visitor.sign_in("wang", cast.password).location)
            assert visitor.send({"Code of the app": codes[3].lower()}).status_code == expected

    def test_a_wrong_code_is_said_and_not_sent_back(self, visitor: Visitor, cast: Cast, codes: list[str]) -> None:
        visitor.open(visitor.sign_in("wang", cast.password).location)
        assert visitor.send({"Code of the app": "123123"}).status_code == 422
        assert len(visitor.told("Code of the app")) == 1
        assert "123123" not in visitor.page.text
        assert visitor.send({"Code of the app": ""}).status_code == 422

    def test_guessing_is_limited_with_the_passwords(
        self, visitor: Visitor, session: Session, cast: Cast, codes: list[str]
    ) -> None:
        visitor.open(visitor.sign_in("wang", cast.password).location)
        tries = [visitor.send({"Code of the app": f"{n:06}"}).status_code for n in range(MAX_PER_NAME + 1)]
        assert tries == [422] * MAX_PER_NAME + [429]
        assert visitor.send({"Code of the app": code_now(session)}).status_code == 429
        assert visitor.page.headers["Retry-After"]
        assert Visitor(visitor.app).sign_in("wang", cast.password).status_code == 429

    def test_without_a_password_there_is_no_second_step(self, visitor: Visitor, codes: list[str]) -> None:
        assert visitor.open("/login/code?next=/customers").location == "/login?next=/customers"
        visitor.open("/login")
        answer = visitor.ask("POST", "/login/code", data={"csrf_token": visitor.token, "code": codes[0]})
        assert answer.location == "/login"
        assert not visitor.is_signed_in()

    @pytest.mark.parametrize("change", ["wait", "password", "disabled"])
    def test_the_first_step_does_not_last(
        self, visitor: Visitor, session: Session, cast: Cast, codes: list[str], change: str
    ) -> None:
        visitor.open(visitor.sign_in("wang", cast.password).location)
        if change == "wait":
            with visitor.client.session_transaction() as cookie:
                cookie["password_passed"][1] -= int(timedelta(minutes=11).total_seconds())
                cookie.modified = True
        elif change == "password":
            cast.wang.password_hash = cast.wang.password_hash[:-4] + "abcd"
        else:
            cast.wang.disabled_at = LONG_AGO
        session.commit()
        assert visitor.send({"Code of the app": codes[0]}).location == "/login"
        assert not visitor.is_signed_in()

    def test_the_cookie_changes_and_the_first_steps_is_worth_nothing(
        self, visitor: Visitor, session: Session, cast: Cast, codes: list[str]
    ) -> None:
        """Hostile case 49."""
        visitor.open(visitor.sign_in("wang", cast.password).location)
        half = visitor.cookie()
        visitor.send({"Code of the app": codes[0]})
        assert visitor.cookie() != half
        visitor.take_cookie(half)
        assert not visitor.is_signed_in()

    def test_others_sign_in_as_ever(self, visitor: Visitor, cast: Cast, codes: list[str]) -> None:
        assert visitor.sign_in("li", cast.password).location == "/"


class TestSignedIn:
    @pytest.fixture
    def inside(self, visitor: Visitor, cast: Cast, codes: list[str]) -> Visitor:
        visitor.open(visitor.sign_in("wang", cast.password).location)
        visitor.send({"Code of the app": codes[0]})
        return visitor

    def test_new_recovery_codes(self, inside: Visitor, session: Session, cast: Cast) -> None:
        before = set(session.scalars(select(RecoveryCode.code_hash)))
        inside.open("/second-factor/codes")
        assert inside.send({"Password": "wrong-Wasser-7"}).status_code == 422
        assert len(inside.told("Password")) == 1
        assert inside.send({"Password": cast.password}).status_code == 200
        session.rollback()
        after = set(session.scalars(select(RecoveryCode.code_hash)))
        assert len(after) == 10
        assert not before & after

    def test_turned_off_with_the_password(self, inside: Visitor, session: Session, cast: Cast) -> None:
        inside.open("/second-factor/off")
        assert inside.send({"Password": "wrong-Wasser-7"}).status_code == 422
        assert inside.send({"Password": cast.password}).location == "/second-factor"
        assert "Two-factor authentication is off." in inside.open("/second-factor").text
        assert Visitor(inside.app).sign_in("wang", cast.password).location == "/"
        assert log_kinds(session)[-2:] == ["second_factor_off", "login"]

    def test_guessing_the_password_here_is_limited_too(self, inside: Visitor, session: Session) -> None:
        inside.open("/second-factor/off")
        tries = [inside.send({"Password": f"guess-number-{n}"}).status_code for n in range(MAX_PER_NAME + 1)]
        assert tries[-1] == 429
        assert session.query(SecondFactor).count() == 1

    def test_what_is_off_cannot_be_turned_off(self, wang: Visitor) -> None:
        assert wang.open("/second-factor/off").location == "/second-factor"
        assert wang.open("/second-factor/codes").location == "/second-factor"


class TestLost:
    def test_an_administrator_turns_it_off(self, as_user, app: CRM, session: Session, cast: Cast, codes) -> None:
        admin, address = as_user("admin"), f"/organisation/people/{cast.wang.id}"
        assert f"{address}/second-factor" in admin.get(address).text
        assert admin.get(f"{address}/second-factor").status_code == 200
        assert session.query(SecondFactor).count() == 1
        assert admin.post(f"{address}/second-factor").status_code == 303
        assert f"{address}/second-factor" not in admin.get(address).text
        assert Visitor(app).sign_in("wang", cast.password).location == "/"
        assert "second_factor_reset" in log_kinds(session)

    def test_nobody_else_can(self, as_user, session: Session, cast: Cast, codes) -> None:
        address = f"/organisation/people/{cast.wang.id}/second-factor"
        assert {as_user(login).post(address).status_code for login in ("li", "manager", "finance")} == {403}
        assert session.query(SecondFactor).count() == 1

    def test_not_ones_own_without_the_password(self, as_user, session: Session, cast: Cast) -> None:
        begin_setup(session, cast.admin, LONG_AGO)
        session.commit()
        assert as_user("admin").post(f"/organisation/people/{cast.admin.id}/second-factor").status_code == 403
        assert session.query(SecondFactor).count() == 1

    def test_nor_of_who_holds_more(self, as_user, session: Session, cast: Cast, codes) -> None:
        """Hostile cases 15, 16: with the right to change people, but not what they hold."""
        from crm.models import PersonalGrant, Scope
        from crm.models.permissions import Permission

        begin_setup(session, cast.admin, LONG_AGO)
        for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
            session.add(
                PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=int(Scope.EVERYTHING))
            )
        session.commit()
        finance = as_user("finance")
        for person in (cast.admin, cast.manager):
            assert finance.post(f"/organisation/people/{person.id}/second-factor").status_code in (403, 404)
        assert session.query(SecondFactor).count() == 2
