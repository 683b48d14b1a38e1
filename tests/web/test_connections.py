"""Slow clients hold no place: they are dropped, and others are served (hostile case 67)."""

from collections.abc import Iterator

import pytest

from crm.app import CRM
from crm.web.server import connections

from .live import Live, request, serving, status

GET = request("GET", "/login")
DRIP, SLOW_LINE = 0.2, 100_000


class Line:
    """A slow line, without waiting for it: as many seconds pass as its bytes take."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.rate = 1000.0, 1e9
        self.received = 0
        arrive = connections.Connection.received

        def received(connection: connections.Connection, data: bytes) -> object:
            self.received += len(data)
            told = arrive(connection, data)
            self.now += len(data) / self.rate
            return told

        monkeypatch.setattr(connections, "monotonic", lambda: self.now)
        monkeypatch.setattr(connections.Connection, "received", received)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


@pytest.fixture
def live(app: CRM, line: Line) -> Iterator[Live]:
    with serving(app) as live:
        yield live


def upload(size: int) -> bytes:
    return request("POST", "/login", b"x" * size, Content_Type="multipart/form-data; boundary=b")


CHUNKED = upload(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")


@pytest.mark.parametrize(
    ("begin", "drips"),
    [
        (b"", GET),
        (b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: ", b"a" * 200),
        (upload(0).replace(b"Content-Length: 0", b"Content-Length: 3000"), b"x" * 3000),
        (CHUNKED, b"1\r\nx\r\n" * 100),
    ],
)
def test_a_byte_every_five_seconds_is_dropped(live: Live, line: Line, begin: bytes, drips: bytes) -> None:
    dripping = live.connect()
    dripping.sendall(begin)
    line.rate = DRIP
    try:
        for at in range(len(drips)):
            dripping.sendall(drips[at : at + 1])
    except ConnectionError:
        pass
    assert status(dripping) == 0
    assert line.received <= len(begin) + 40
    line.rate = 1e9
    other = live.connect()
    other.sendall(GET)
    assert status(other) == 200


def test_many_requests_on_one_connection_have_their_own_time_each(live: Live, line: Line) -> None:
    line.rate = len(GET) / 15
    keeping = live.connect()
    for _ in range(4):
        keeping.sendall(GET.replace(b"Connection: close", b"Connection: keep-alive"))
        assert keeping.recv(12) == b"HTTP/1.1 200"
        head, _, rest = keeping.recv(200_000).partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        while len(rest) < length:
            rest += keeping.recv(200_000)
    keeping.close()


def test_a_big_file_over_a_slow_line_arrives(live: Live, line: Line) -> None:
    line.rate = SLOW_LINE
    slow = live.connect()
    slow.sendall(upload(20_000_000))
    assert status(slow) in (413, 415)  # the application answers: this form takes no file
    assert line.received > 20_000_000
    assert line.now - 1000 > 199


def test_whoever_says_nothing_is_dropped(live: Live, line: Line) -> None:
    silent = live.connect()
    asking = live.connect()
    asking.sendall(GET)
    assert status(asking) == 200
    line.now += connections.QUIET_SECONDS + 1
    assert status(silent) == 0


def test_a_crowd_of_waiting_connections_shuts_nobody_out(
    live: Live, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CROWDED", 20)
    waiting = [live.connect() for _ in range(60)]
    for each in waiting:
        each.sendall(b"GET /login HTTP/1.1\r\n")
    for _ in range(5):
        other = live.connect()
        other.sendall(GET)
        assert status(other) == 200
    assert len(live.server.active_channels) <= 21
    assert status(waiting[0]) == 0
    for each in waiting[1:]:
        each.close()
