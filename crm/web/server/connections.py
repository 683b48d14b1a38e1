"""Connections of slow clients: none holds its place for longer than it is worth (hostile case 67).

waitress only drops who is wholly quiet, by the wall's clock; a client that sends one byte every few seconds would stay
for ever, and a thousand of them fill the server. Here an exchange must move on at a least rate, by the monotonic
clock, and where it grows crowded the address with most of the waiting connections loses its oldest one.

Of waitress this knows, beyond its documentation: `channel_class` and `active_channels` of the server; of the channel
`request` (not received completely yet), `requests` (being served), `total_outbufs_len`, `will_close`, and the hooks
`readable` (asked at every turn of the loop), `received`, `send` and `handle_close`.
"""

from collections import Counter
from time import monotonic
from typing import Any

from waitress.channel import HTTPChannel

QUIET_SECONDS = 20
GRACE_SECONDS = 20
MIN_RATE = 4096
"""Bytes a second that an exchange must move, after the grace: a third of the slowest mobile line."""
CROWDED = 400
"""Below waitress' limit, at which it accepts nobody, and below what `select` can watch on Windows."""


class Connection(HTTPChannel):  # type: ignore[misc]
    def __init__(self, server: Any, *args: Any, **named: Any) -> None:
        self._begin()
        super().__init__(server, *args, **named)
        if len(server.active_channels) > CROWDED:
            make_room(server, self)

    def _begin(self) -> None:
        self.begun = self.heard = monotonic()
        self.moved = 0

    def received(self, data: bytes) -> Any:
        before = self.request
        if before is None:
            self._begin()
        self.heard = monotonic()
        self.moved += len(data)
        return super().received(data)

    def send(self, data: bytes, *args: Any, **named: Any) -> int:
        sent: int = super().send(data, *args, **named)
        if sent:
            self.heard = monotonic()
            self.moved += sent
        return sent

    def readable(self) -> bool:
        if self.requests:
            self._begin()  # being served: that takes as long as it takes, and what follows has its own time
        elif self.is_too_slow(monotonic()):
            self.will_close = True
        return bool(super().readable())

    def is_too_slow(self, now: float) -> bool:
        if now - self.heard > QUIET_SECONDS:
            return True
        under_way = self.request is not None or self.total_outbufs_len
        return bool(under_way) and now - self.begun > GRACE_SECONDS + self.moved / MIN_RATE


def make_room(server: Any, newest: Connection) -> None:
    """Close the oldest waiting connection of the address that has most of them."""
    waiting = [
        connection
        for connection in server.active_channels.values()
        if connection is not newest and not connection.requests
    ]
    if not waiting:
        return
    (crowd, _count), *_ = Counter(connection.addr[0] for connection in waiting).most_common(1)
    min((each for each in waiting if each.addr[0] == crowd), key=lambda connection: connection.begun).handle_close()
