"""Serving by waitress, with the addresses and the set-up code printed for a person."""

import ctypes
import socket
import sys

import click
from flask import Flask

from crm.extensions import db
from crm.installation.lock import FolderLock
from crm.web.background_work import start_background
from crm.web.server.port import address_of, addresses
from crm.web.server.waitress_server import make_server
from crm.web.server.warm_up import warm_up
from crm.web.setup_code import setup_link

SWITCH_SECONDS = 0.001
"""How long a job that only calculates, such as an import, keeps others waiting at a time. With Python's own 0.005 s a
list beside one took 75 ms, with this 32 (7.5 alone): a page waits so long after each thing it asks of the database."""


ARENAS = (-8, 2)
"""glibc's M_ARENA_MAX: each thread would get memory of its own, which the others never get back; 35 MB of 230 under
the load of fifty people."""


def share_memory() -> None:
    """Let the threads share what they allocate from; to be said before there are any. Elsewhere than on Linux nothing
    is to be done, and a system without glibc's call keeps its own way."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(*ARENAS)


def serve_app(app: Flask, host: str, port: int, sockets: list[socket.socket], lock: FolderLock) -> None:
    """Serve until stopped."""
    sys.setswitchinterval(SWITCH_SECONDS)
    share_memory()
    server = make_server(app, sockets)
    link = setup_link(app)
    warm_up(app, server.task_dispatcher.is_quiet)
    db.engine.dispose()
    start_background(app)
    lock.write_address(address_of(host, port))
    click.echo("Shuke CRM runs. Stop it with Ctrl+C. Open one of these addresses in a browser:")
    for address in addresses(host):
        click.echo(f"  http://{address}:{port}/")
    if link:
        click.echo(f"First of all, set it up (the code is good once): http://{addresses(host)[0]}:{port}{link}")
    server.run()
