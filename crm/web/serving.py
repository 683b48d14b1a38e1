"""Serving by waitress, with the addresses and the set-up code printed for a person."""

import logging
import socket
import time

import click
from flask import Flask

from crm.extensions import db
from crm.installation.lock import FolderLock
from crm.web.background import start_background
from crm.web.listening import address_of, addresses
from crm.web.server import make_server
from crm.web.setup_code import setup_link
from crm.web.warming import warm_up

QUIET_SECONDS = 60


def serve_app(app: Flask, host: str, port: int, sockets: list[socket.socket], lock: FolderLock) -> None:
    """Serve until stopped."""
    server = make_server(app, sockets)
    logging.getLogger("waitress.queue").addFilter(OnceAMinute())
    link = setup_link(app)
    warm_up(app)
    db.engine.dispose()
    start_background(app)
    lock.announce(address_of(host, port))
    click.echo("Shuke CRM runs. Stop it with Ctrl+C. Open one of these addresses in a browser:")
    for address in addresses(host):
        click.echo(f"  http://{address}:{port}/")
    if link:
        click.echo(f"First of all, set it up (the code is good once): http://{addresses(host)[0]}:{port}{link}")
    server.run()


class OnceAMinute(logging.Filter):
    """That requests wait is told now and then: a line for each of them would fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + QUIET_SECONDS
        return True
