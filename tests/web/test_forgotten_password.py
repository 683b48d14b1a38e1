"""忘記密碼？: a link by email that sets the password once (O-1), and what it tells strangers: nothing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.password_links import INVITATION, RESET, make_link, person_of_link
from crm.domain.platform.settings import change_settings
from crm.extensions import db
from crm.jobs.mail_delivery import send_due_emails
from crm.models import LoginSession, MailMessage, OperationLog, PasswordLink, SystemLog
from tests.cast import Cast
from tests.jobs.mailbox import mail_server

from .visitor import Visitor

NEW = "neues-Wasser-8"
DEAD = "This link was already used or has expired."
ON_ITS_WAY = "an email with a link is on its way"


@pytest.fixture
def mail(session: Session, cast: Cast) -> None:
    change_settings(session, mail_host="mail.test", mail_from="crm@example.com", mail_site="http://crm.test:8000/")
    cast.wang.email, cast.wang.language = "wang@example.com", "en"
    session.commit()


@pytest.fixture
def visitor(app: CRM) -> Visitor:
    return Visitor(app)


def ask(visitor: Visitor, login: str) -> int:
    visitor.open("/login/forgotten")
    code = visitor.send({"User name": login}).status_code
    runner = visitor.app.extensions.get("crm_runner")
    if runner is not None:
        runner.finish()
    return code


def sent(session: Session) -> list[str]:
    """The addresses that the emails carry."""
    session.rollback()
    return list(session.scalars(select(MailMessage.private_url).order_by(MailMessage.id)))


def kinds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(SystemLog.kind).order_by(SystemLog.id)))


def choose(visitor: Visitor, url: str, new: str = NEW, again: str = NEW) -> int:
    visitor.open(url)
    return visitor.send({"New password": new, "Confirm new password": again}).status_code


def test_from_the_login_page_to_a_new_password(visitor: Visitor, session: Session, cast: Cast, mail: None) -> None:
    """One link, one time; other sessions end; both logs tell it, and neither holds the secret."""
    at_work = Visitor(visitor.app, "192.0.2.9")
    at_work.sign_in("wang", cast.password)
    assert 'href="/login/forgotten"' in visitor.open("/login").text
    assert ask(visitor, " WANG ") == 303
    assert ON_ITS_WAY in visitor.open("/login").text
    (url,) = sent(session)
    assert choose(visitor, url) == 303
    assert "Your new password has been saved." in visitor.open("/login").text
    assert not at_work.is_signed_in()
    assert visitor.sign_in("wang", NEW).status_code == 303
    assert visitor.is_signed_in()
    assert kinds(session)[-4:] == ["password_asked", "password_link_sent", "password_link_used", "login"]
    told = session.scalars(select(OperationLog).order_by(OperationLog.id.desc()).limit(1)).one()
    assert told.user_id == cast.wang.id and told.changes["password_hash"] == [None, "changed"]
    token = url.partition("=")[2]
    assert not [row for row in session.execute(text("SELECT path, detail FROM system_log")) if token in str(row)]
    assert choose_again(visitor, url) == 410


def choose_again(visitor: Visitor, url: str) -> int:
    answer = visitor.open(url)
    assert DEAD in answer.text
    return answer.status_code


def test_the_email_goes_out_once_and_forgets_the_link(session: Session, cast: Cast, visitor: Visitor) -> None:
    with mail_server() as box:
        change_settings(
            session,
            mail_host="127.0.0.1",
            mail_port=box.port,
            mail_security="none",
            mail_from="crm@example.com",
            mail_site="http://crm.test:8000/",
        )
        cast.wang.email, cast.wang.language = "wang@example.com", "en"
        session.commit()
        ask(visitor, "wang")
        (url,) = sent(session)
        stored = session.execute(text("SELECT private_url FROM mail_messages")).scalar_one()
        assert url.partition("=")[2] not in stored  # a copy of the database lets nobody in
        session.rollback()
        send_due_emails(db.engine, lambda: datetime.now(UTC))
        (letter,) = box.letters
    assert letter["Subject"] == "Set a new password for wang"
    assert f"http://crm.test:8000{url}" in letter.get_content()
    assert sent(session) == [None]


def test_the_answer_says_nothing_of_who_exists(visitor: Visitor, session: Session, cast: Cast, mail: None) -> None:
    """Nobody, without an email, closed, or somebody: the same page after the same statements."""
    cast.li.email, cast.order.disabled_at = None, datetime.now(UTC)
    session.commit()

    def seen(login: str) -> tuple[int, str, int]:
        done: list[str] = []
        visitor.open("/login/forgotten")
        listen = lambda *args: done.append(args[2])  # noqa: E731
        runner = visitor.app.extensions.setdefault("crm_runner", Waiting())
        event.listen(db.engine, "before_cursor_execute", listen)
        code = visitor.send({"User name": login}).status_code
        event.remove(db.engine, "before_cursor_execute", listen)
        runner.finish()
        page = re.sub(r'value="[^"]*"|X-CSRFToken": "[^"]*"', "", visitor.open("/login").text)
        return code, page, len(done)

    assert len({seen(login) for login in ("wang", "nobody", "li", "order")}) == 1
    assert len(sent(session)) == 1


class Waiting:
    """Takes work as the background thread does, and does it when it is told to."""

    def __init__(self) -> None:
        self.work: list[Any] = []

    def submit(self, work: Any) -> None:
        self.work.append(work)

    def finish(self) -> None:
        while self.work:
            self.work.pop(0)()


def test_a_mailbox_and_an_address_have_limits(visitor: Visitor, session: Session, mail: None) -> None:
    for _ in range(5):
        assert ask(visitor, "wang") == 303
    assert len(sent(session)) == 3
    for _ in range(5):
        assert ask(visitor, "nobody") == 303
    assert ask(visitor, "li") == 429
    assert "Too many failed attempts." in visitor.summary()
    assert visitor.page.headers["Retry-After"]
    assert ask(Visitor(visitor.app, "192.0.2.77"), "li") == 303


def test_without_a_mail_server_an_administrator_helps(visitor: Visitor, session: Session, cast: Cast) -> None:
    page = visitor.open("/login/forgotten").text
    assert "Please ask an administrator to set a new password for you." in page
    assert "Send the link" not in page


def test_a_weak_password_is_told_beside_its_field_and_leaves_the_link_good(
    visitor: Visitor, session: Session, mail: None
) -> None:
    ask(visitor, "wang")
    (url,) = sent(session)
    assert choose(visitor, url, "short", "short") == 422
    assert "at least 8 characters" in " ".join(visitor.told("New password"))
    assert choose(visitor, url, NEW, "another-Wasser") == 422
    assert visitor.told("Confirm new password")
    assert choose(visitor, url) == 303


@pytest.mark.parametrize("what", ["password", "email", "closed", "late", "again", "cut"])
def test_what_ends_a_link(session: Session, cast: Cast, what: str) -> None:
    moment = datetime(2026, 11, 30, 1, tzinfo=UTC)
    cast.wang.email = "wang@example.com"
    token = make_link(session, cast.wang, RESET, moment)
    assert person_of_link(session, token, moment) is cast.wang
    if what == "password":
        cast.wang.password_hash = "scrypt:other"
    elif what == "email":
        cast.wang.email = "mallory@example.com"
    elif what == "closed":
        cast.wang.disabled_at = moment
    elif what == "late":
        moment += timedelta(minutes=30)
    elif what == "again":
        make_link(session, cast.wang, RESET, moment)
    else:
        token = token[:-1]
    session.flush()
    assert person_of_link(session, token, moment) is None


def test_an_invitation_lasts_a_week_and_outlives_a_reset(session: Session, cast: Cast) -> None:
    moment = datetime(2026, 11, 30, 1, tzinfo=UTC)
    token = make_link(session, cast.wang, INVITATION, moment, cast.admin.id)
    make_link(session, cast.wang, RESET, moment)
    assert person_of_link(session, token, moment + timedelta(days=6)) is cast.wang
    assert person_of_link(session, token, moment + timedelta(days=8)) is None


def test_old_links_are_cleared_away(session: Session, cast: Cast) -> None:
    moment = datetime(2026, 11, 30, 1, tzinfo=UTC)
    make_link(session, cast.wang, RESET, moment)
    make_link(session, cast.wang, RESET, moment + timedelta(days=31))
    assert len(session.scalars(select(PasswordLink)).all()) == 1


def test_the_second_factor_is_not_passed_by(visitor: Visitor, session: Session, mail: None) -> None:
    """The link sets a password and signs nobody in."""
    ask(visitor, "wang")
    (url,) = sent(session)
    choose(visitor, url)
    assert not visitor.is_signed_in()
    session.rollback()
    assert session.scalars(select(LoginSession.id)).all() == []
