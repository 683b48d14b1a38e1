"""Sending queued emails: SMTP outside of any transaction, each step committed before the next one begins."""

import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from sqlalchemy import Engine

from crm.domain.platform.mail import (
    claim_email,
    due_emails,
    has_stuck,
    is_mail_configured,
    mark_failed,
    mark_sent,
    mark_transmitting,
    requeue_stuck,
)
from crm.domain.platform.settings import MAIL_SSL, MAIL_STARTTLS, FirmSettings, read_settings
from crm.domain.reports.emailing import EmailContent, email_content
from crm.i18n import N_, say
from crm.jobs.database import BUSY, read_session, write_session
from crm.models import MailMessage, User
from crm.spreadsheets.writing import XLSX

log = logging.getLogger("crm.jobs")

SECONDS = 20
MAX_AT_ONCE = 200
FOOTER = N_("This email was sent by the customer management system of %(firm)s. Please do not reply.")


SEVEN_BIT = SMTP.clone(cte_type="7bit")
"""Lines end as mail wants them, and none is longer than it allows."""


class ClaimLost(Exception):
    """Another process has claimed the email by now."""


def send_due_emails(engine: Engine, clock: Callable[[], datetime]) -> int:
    """Send the emails that are due; returns how many. Another process that does the same claims others."""
    with read_session(engine) as session:
        firm = read_settings(session)
        ids = list(session.scalars(due_emails(clock()).limit(MAX_AT_ONCE)))
        stuck = has_stuck(session, clock())
    if stuck:
        with write_session(engine) as session:
            requeue_stuck(session, clock())
    if not ids or not is_mail_configured(firm):
        return 0
    return sum(_send_one(engine, firm, email_id, clock) for email_id in ids)


def _send_one(engine: Engine, firm: FirmSettings, email_id: int, clock: Callable[[], datetime]) -> bool:
    try:
        with write_session(engine) as session:
            email = claim_email(session, email_id, clock())
    except BUSY:
        return False
    if email is None:
        return False

    def begin_text() -> None:
        with write_session(engine) as session:
            if not mark_transmitting(session, email, clock()):
                raise ClaimLost

    try:
        send(firm, email.address, _compose_with_report(engine, firm, email, clock()), begin_text)
    except ClaimLost:
        return False
    except (smtplib.SMTPException, OSError, ValueError) as error:
        log.warning("email %s was not sent: %s", email_id, failure_reason(error))
        with write_session(engine) as session:
            mark_failed(session, email_id, failure_reason(error), clock(), for_good=is_permanent_failure(error))
        return False
    with write_session(engine) as session:
        mark_sent(session, email_id, clock())
    return True


def _compose_with_report(engine: Engine, firm: FirmSettings, email: MailMessage, now: datetime) -> EmailMessage:
    """The email with its report, if any: counted now, with the receiver's rights."""
    if email.report is None:
        return compose_localized(email, firm, now)
    with read_session(engine) as session:
        user = session.get_one(User, email.user_id)
        content = email_content(session, email.report, user, email.language, now)
    message = compose_localized(email, firm, now, content.text)
    attach_report(message, content)
    return message


def attach_report(message: EmailMessage, content: EmailContent) -> None:
    """The same as a page with the picture in it, and the workbook beside."""
    if content.html:
        identity = make_msgid("picture", "report.invalid")
        message.add_alternative(content.html.replace("cid:picture", f"cid:{identity[1:-1]}"), subtype="html")
        page = message.get_body(("html",))
        assert isinstance(page, EmailMessage)
        if content.picture:
            page.add_related(content.picture, "image", "png", cid=identity)
    if content.workbook:
        message.add_attachment(content.workbook, *XLSX.split("/", 1), filename=content.file_name)


def compose_localized(email: MailMessage, firm: FirmSettings, now: datetime, text: str = "") -> EmailMessage:
    """The email in its receiver's language. It keeps its own Message-ID, so that mail programs recognise copies."""
    line = say(email.language, email.message, **email.values)
    parts = [line, email.body or "", text]
    parts += [firm.mail_site.rstrip("/") + url for url in (email.url, email.private_url) if url and firm.mail_site]
    parts.append(say(email.language, FOOTER, firm=firm.firm_name))
    return compose(firm, email.address, line, "\n\n".join(p for p in parts if p), f"{email.id}.{email.key}", now)


def compose(firm: FirmSettings, to: str, subject: str, text: str, identity: str, now: datetime) -> EmailMessage:
    """A plain email; line ends in a subject or an address never make a header.

    Everything is written in seven bits, headers as encoded words and the text in base64 or quoted-printable, so that
    every server may take it as it is.
    """
    message = EmailMessage(SEVEN_BIT)
    message["Subject"] = " ".join(f"{subject}".split())[:150]
    sender = parseaddr(firm.mail_from)[1]
    message["From"] = mailbox(sender, " ".join(firm.firm_name.split()))
    message["To"] = mailbox(to)
    message["Date"] = format_datetime(now)
    host = ascii_domain(sender).rpartition("@")[2]
    message["Message-ID"] = f"<{''.join(c if c.isalnum() else '.' for c in identity)}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def mailbox(address: str, name: str = "") -> Address:
    """Raises ValueError for a text that is no address, where Python's parser raises errors of several kinds."""
    try:
        plain = ascii_domain(address)
        # The parser knows addresses of ASCII alone; letters beyond it may stand wherever an "a" may.
        Address(addr_spec="".join(character if character.isascii() else "a" for character in plain))
        username, _at, domain = plain.rpartition("@")
        return Address(name, username, domain)
    except (HeaderParseError, AttributeError, IndexError) as error:
        raise ValueError(f"{address!r} is not an email address") from error


def ascii_domain(address: str) -> str:
    """The address with its domain in ASCII (IDNA): 公司.tw is xn--55qx5d.tw."""
    name, at, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{name}{at}{domain}"


def send(firm: FirmSettings, to: str, message: EmailMessage, begin_text: Callable[[], None] = lambda: None) -> None:
    """Hand the email to the firm's mail server. Raises SMTPException or OSError; `begin_text` runs before the text."""
    secure = ssl.create_default_context()
    # A computer may be called 櫃檯一; the line takes plain names alone.
    own_name = None if socket.getfqdn().isascii() else "localhost"
    if firm.mail_security == MAIL_SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            firm.mail_host, firm.mail_port, own_name, timeout=SECONDS, context=secure
        )
    else:
        server = smtplib.SMTP(firm.mail_host, firm.mail_port, own_name, timeout=SECONDS)
    try:
        server.ehlo_or_helo_if_needed()
        if firm.mail_security == MAIL_STARTTLS:
            server.starttls(context=secure)
            server.ehlo()
        if firm.mail_user:
            if firm.is_mail_password_unreadable:
                raise MailPasswordUnreadable(
                    "the saved password cannot be read: the server's key was changed; type it again"
                )
            server.login(firm.mail_user, firm.mail_password)
        sender, to = ascii_domain(parseaddr(firm.mail_from)[1]), ascii_domain(to)
        options = []
        if not (sender + to).isascii():
            # Names before the @ in other letters travel as they are, and only where the server says it can.
            if not server.has_extn("smtputf8"):
                raise UnsupportedAddress("the mail server takes no addresses with such letters (SMTPUTF8)")
            server.command_encoding = "utf-8"
            options = ["SMTPUTF8", *(["BODY=8BITMIME"] if server.has_extn("8bitmime") else [])]
            message.policy = SEVEN_BIT.clone(utf8=True)
        _accepted(server.mail(sender, options))
        _accepted(server.rcpt(to))
        begin_text()
        _accepted(server.data(message.as_bytes()))
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


class UnsupportedAddress(ValueError):
    """The email itself is at fault: it cannot go to this address through this server."""


class MailPasswordUnreadable(OSError):
    """The email is not at fault: it waits until the password is typed again."""


def _accepted(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, text)


def is_permanent_failure(error: Exception) -> bool:
    """Whether trying again is useless: the server rejects this email. A wrong password may be corrected."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, ValueError) or (
        isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 550
    )


def failure_reason(error: Exception) -> str:
    """The error of the server or the network, in one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return " ".join(f"{error.smtp_code} {words}".split())
    if isinstance(error, (MailPasswordUnreadable, UnsupportedAddress)):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split())
