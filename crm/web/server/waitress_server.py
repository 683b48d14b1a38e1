"""waitress as this product needs it: its own threads, and connections that are dropped when they only hold a place."""

import socket
from typing import Any

from flask import Flask
from waitress import create_server
from waitress.server import BaseWSGIServer

from crm.web.server.connections import Connection
from crm.web.server.dispatcher import Dispatcher

NEVER = 10**9
"""waitress counts quiet seconds by the wall's clock, which people set; `Connection` does by the monotonic one."""


def make_server(app: Flask, listening: list[socket.socket]) -> Any:
    """A server for the sockets, which listen already; its `run` serves until it is stopped."""
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        _dispatcher=Dispatcher(),
        sockets=listening,
        connection_limit=1000,
        channel_timeout=NEVER,
        ident=None,
    )
    for dispatcher in sockets.values():
        if isinstance(dispatcher, BaseWSGIServer):
            dispatcher.channel_class = Connection
    return server
