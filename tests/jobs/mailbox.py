"""A real mail server of the tests' own, on this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """Keeps what arrives; `answers` are given to the next letters instead of taking them.

    `raw` are the letters as they came over the line, `options` what was said of them at MAIL FROM.
    """

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.options: list[list[str]] = []
        self.letters: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.answers: list[str] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        raw = envelope.original_content
        self.raw.append(raw)
        self.options.append(list(envelope.mail_options))
        self.letters.append(message_from_bytes(raw, policy=policy.default))
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"


@contextmanager
def mail_server(modern: bool = True) -> Iterator[Mailbox]:
    """Listening on a free port while the block runs; one that is not `modern` knows neither 8BITMIME nor SMTPUTF8."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        decode_data=not modern,
        enable_SMTPUTF8=modern,
        server_hostname="mail.test",
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
