"""Several people's browsers against a real server, all at the same moment."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlencode, urlsplit

from crm.app import CRM
from tests.browser.server import LiveServer
from tests.conftest import Person

ROUNDS = int(os.environ.get("CRM_TEST_ROUNDS", "20"))
"""How often a race is run; 100 in the thorough run."""


@dataclass(frozen=True)
class Answer:
    code: int
    location: str
    text: str


class Browser:
    """One signed-in browser; each request has its own connection, so that threads can share it."""

    def __init__(self, server: LiveServer, person: Person) -> None:
        self.address = urlsplit(server.url).netloc
        self.token = person.token()
        name = person.client.application.config["SESSION_COOKIE_NAME"]
        cookie = person.client.get_cookie(name)
        assert cookie is not None
        self.cookie = f"{name}={cookie.value}"

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        return self.send("POST", path, urlencode({"csrf_token": self.token, **data}))

    def send(self, method: str, path: str, body: str = "") -> Answer:
        connection = HTTPConnection(self.address, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, answer.getheader("Location", ""), text)


@contextmanager
def serving(app: CRM) -> Iterator[LiveServer]:
    server = LiveServer(app)
    try:
        yield server
    finally:
        server.close()


def all_at_once(deeds: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Start them together; their answers in their order."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Answer]) -> Answer:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
