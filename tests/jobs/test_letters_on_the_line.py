"""Letters as they travel: every server may take them, the old ones too (reminders by email)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from sqlalchemy.orm import Session

from crm.domain.platform.mail import queue_email
from crm.domain.platform.settings import change_settings
from crm.extensions import db
from crm.jobs.mail_delivery import send_due_emails
from crm.models import MailMessage
from tests.cast import Cast
from tests.jobs.mailbox import Mailbox, mail_server

NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


@pytest.fixture(params=[True, False], ids=["with 8BITMIME", "without"])
def modern(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def mailbox(session: Session, cast: Cast, modern: bool) -> Iterator[Mailbox]:
    with mail_server(modern) as box:
        change_settings(
            session, mail_host="127.0.0.1", mail_port=box.port, mail_security="none", mail_from="crm@example.com"
        )
        cast.wang.email = "wang@example.com"
        session.commit()
        yield box


def post(session: Session, cast: Cast, text: str, body: str | None = None) -> int:
    queue_email(session, "k", cast.wang.id, "%(text)s", {"text": text}, NOW, body)
    session.commit()
    return send_due_emails(db.engine, lambda: NOW)


TEXTS = {
    "chinese": "提醒：明天拜訪台積電",
    "one long line": "很長" * 2000,
    "a long line of Latin": "x" * 3000,
    "lines that begin with a full stop": ".\n..\nFrom here\n" + "é" * 90,
    "plain": "See you tomorrow.",
    "an emoji": "🎉 恭喜",
}


@pytest.mark.parametrize("body", TEXTS.values(), ids=list(TEXTS))
def test_every_server_may_take_it_as_it_is(session: Session, cast: Cast, mailbox: Mailbox, body: str) -> None:
    change_settings(session, firm_name="台灣積體電路製造股份有限公司新竹科學園區第三辦公室業務處")
    assert post(session, cast, "提醒：" + "很長的主旨" * 20, body) == 1
    (raw,), (letter,) = mailbox.raw, mailbox.letters
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert letter["Content-Transfer-Encoding"].lower() in ("7bit", "base64", "quoted-printable")
    assert mailbox.options == [[]]
    assert body in letter.get_content().replace("\r\n", "\n")
    assert letter["Subject"].startswith("提醒：很長的主旨")
    # The parser of addresses leaves a blank between two encoded words; other readers join them, as RFC 2047 says.
    sender = message_from_bytes(raw)["From"]
    assert (
        str(make_header(decode_header(sender)))
        == "台灣積體電路製造股份有限公司新竹科學園區第三辦公室業務處 <crm@example.com>"
    )


def test_a_domain_of_other_letters_is_written_plainly(session: Session, cast: Cast, mailbox: Mailbox) -> None:
    cast.wang.email = "wang@例子.tw"
    assert post(session, cast, "你好") == 1
    assert mailbox.to == [["wang@xn--fsqu00a.tw"]]
    assert mailbox.raw[0].isascii()


def test_a_name_of_other_letters_needs_a_server_that_takes_it(
    session: Session, cast: Cast, mailbox: Mailbox, modern: bool
) -> None:
    cast.wang.email = "王小明@example.com"
    assert post(session, cast, "你好") == int(modern)
    if modern:
        assert mailbox.to == [["王小明@example.com"]]
        assert mailbox.options == [["SMTPUTF8", "BODY=8BITMIME"]]
        assert "王小明@example.com" in mailbox.raw[0].decode()
        assert "你好" in str(mailbox.letters[0]["Subject"])
        return
    session.rollback()
    letter = session.query(MailMessage).one()
    assert (letter.state, letter.attempts) == ("failed", 1)
    assert "SMTPUTF8" in str(letter.error)


def test_a_computer_with_a_chinese_name_sends_too(
    session: Session, cast: Cast, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda name="": "櫃檯一.公司")
    assert post(session, cast, "你好") == 1
