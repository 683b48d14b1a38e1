"""The product behind its own server, for what only a server can do wrong: threads, connections, time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore

from crm.app import CRM
from crm.web.server.waitress_server import make_server

PATIENCE = 30


class Live:
    def __init__(self, app: CRM) -> None:
        self.server = make_server(app, [socket.create_server(("127.0.0.1", 0))])
        self.port = int(self.server.effective_port)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def close(self) -> None:
        self.server.trigger.pull_trigger(lambda: wasyncore.close_all(self.server._map))
        self._thread.join(PATIENCE)
        self.server.task_dispatcher.shutdown()


@contextmanager
def serving(app: CRM) -> Iterator[Live]:
    live = Live(app)
    try:
        yield live
    finally:
        live.close()


def request(method: str, path: str, body: bytes = b"", **headers: Any) -> bytes:
    """The bytes of a request that closes its connection; headers are given with underscores."""
    given = {"Host": "localhost", "Connection": "close", **headers}
    if method == "POST":
        given = {"Content_Type": "application/x-www-form-urlencoded", "Content_Length": len(body), **given}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def status(connection: socket.socket) -> int:
    """The status of the answer, which is read to its end; 0 where the connection was dropped without one."""
    found = b""
    try:
        while data := connection.recv(65536):
            found += data
    except ConnectionError:
        pass
    connection.close()
    return int(found.split(b" ", 2)[1]) if found else 0
