"""Letters go out once, are tried again, and their failures are seen (reminders by email)."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.office.notices import notify
from crm.domain.platform.mail import RETRY_MINUTES, claim_email, mark_transmitting, queue_email
from crm.domain.platform.settings import change_settings
from crm.extensions import db
from crm.jobs.mail_delivery import send_due_emails
from crm.models import MailMessage
from tests.cast import Cast
from tests.factories import make_letter
from tests.jobs.mailbox import Mailbox, mail_server

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
MESSAGE = "The customer %(name)s now belongs to you."


@pytest.fixture
def mailbox(session: Session, cast: Cast) -> Iterator[Mailbox]:
    with mail_server() as box:
        change_settings(
            session, mail_host="127.0.0.1", mail_port=box.port, mail_security="none", mail_from="crm@example.com"
        )
        cast.wang.email = "wang@example.com"
        session.commit()
        yield box


def post(now: datetime) -> int:
    return send_due_emails(db.engine, lambda: now)


def letters(session: Session) -> list[MailMessage]:
    session.rollback()
    session.expire_all()
    found = list(session.scalars(select(MailMessage).order_by(MailMessage.id)))
    session.expunge_all()
    session.rollback()  # the test's own session writes, and would keep the others waiting
    return found


def test_a_notice_goes_out_by_mail_in_the_readers_language(
    session: Session, cast: Cast, mailbox: Mailbox, app: CRM
) -> None:
    change_settings(session, mail_site="http://crm.example:8000/")
    notify(session, cast.wang.id, "assigned", MESSAGE, {"name": "台積電\r\nBcc: x@y.z"}, "/customers/7", NOW)
    session.commit()
    assert (post(NOW), post(NOW)) == (1, 0)
    (letter,) = mailbox.letters
    assert mailbox.to == [["wang@example.com"]]
    assert "台積電" in letter["Subject"] and letter["Bcc"] is None
    assert letter["From"] == "測試公司 <crm@example.com>"
    assert "http://crm.example:8000/customers/7" in letter.get_content()
    assert [m.state for m in letters(session)] == ["sent"]


def test_the_same_key_is_queued_once(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    for _ in range(3):
        queue_email(session, "r-1", cast.wang.id, MESSAGE, {"name": "甲"}, NOW)
    session.commit()
    assert post(NOW) == 1
    assert queue_email(session, "r-1", cast.wang.id, MESSAGE, {"name": "甲"}, NOW) is None


@pytest.mark.parametrize("missing", ["server", "address", "left"])
def test_without_a_way_nothing_is_queued(session: Session, cast: Cast, mailbox: Mailbox, missing: str) -> None:
    if missing == "server":
        change_settings(session, mail_host="")
    elif missing == "address":
        cast.wang.email = None
    else:
        cast.wang.disabled_at = NOW
    session.flush()
    assert queue_email(session, "r-2", cast.wang.id, MESSAGE, {"name": "甲"}, NOW) is None


def test_a_busy_server_is_tried_again_later(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    mailbox.answers = ["451 try later"]
    make_letter(session, cast.wang, NOW)
    session.commit()
    assert post(NOW) == 0
    (letter,) = letters(session)
    assert (letter.state, letter.attempts, letter.error) == ("waiting", 1, "451 try later")
    assert post(NOW + timedelta(seconds=59)) == 0
    assert post(NOW + timedelta(minutes=1)) == 1


def test_a_server_that_is_off_in_the_end_fails(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        change_settings(session, mail_port=free.getsockname()[1])
    make_letter(session, cast.wang, NOW)
    session.commit()
    moment = NOW
    for minutes in (*RETRY_MINUTES, 0):
        post(moment)
        moment += timedelta(minutes=minutes)
    (letter,) = letters(session)
    assert (
        letter.state == "failed" and letter.attempts == len(RETRY_MINUTES) + 1 and "Connection" in (letter.error or "")
    )


def test_an_address_that_the_server_refuses_fails_at_once(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    mailbox.answers = ["554 no such person"]
    make_letter(session, cast.wang, NOW)
    make_letter(session, cast.wang, NOW)
    session.commit()
    assert post(NOW) == 1
    assert [m.state for m in letters(session)] == ["failed", "sent"]


def test_killed_before_the_text_it_goes_out_later(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    claim_email(session, make_letter(session, cast.wang, NOW).id, NOW)
    session.commit()
    assert post(NOW + timedelta(minutes=9)) == 0
    for minutes in (11, 12, 13):
        post(NOW + timedelta(minutes=minutes))
    assert len(mailbox.letters) == 1


def test_killed_within_the_text_it_is_never_sent_twice(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    letter = make_letter(session, cast.wang, NOW)
    claim_email(session, letter.id, NOW)
    assert mark_transmitting(session, letter, NOW)
    session.commit()
    for minutes in (11, 12, 600):
        assert post(NOW + timedelta(minutes=minutes)) == 0
    assert [m.state for m in letters(session)] == ["unsure"] and mailbox.letters == []


def test_two_at_once_take_different_letters(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    letter = make_letter(session, cast.wang, NOW)
    session.commit()
    assert claim_email(session, letter.id, NOW) is not None
    assert claim_email(session, letter.id, NOW) is None


@pytest.mark.parametrize("address", ["a@x..y", "(a)@x.y", "a@[x.y", "a(b@x.y", "王<@x.y"])
def test_an_address_that_is_none_keeps_no_other_letter_waiting(
    session: Session, cast: Cast, mailbox: Mailbox, address: str
) -> None:
    """Whatever somebody wrote as their address: the administrator sees it, and everybody else gets their letters."""
    cast.li.email = address
    queue_email(session, "r-1", cast.li.id, MESSAGE, {"name": "甲"}, NOW)
    queue_email(session, "r-2", cast.wang.id, MESSAGE, {"name": "乙"}, NOW + timedelta(seconds=1))
    session.commit()
    assert post(NOW + timedelta(minutes=1)) == 1
    assert mailbox.to == [["wang@example.com"]]
    assert [(letter.state, bool(letter.error)) for letter in letters(session)] == [("failed", True), ("sent", False)]
