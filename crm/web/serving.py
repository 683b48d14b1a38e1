"""Serving by waitress, with the addresses and the set-up code printed for a person."""

import socket

import click
from flask import Flask

from crm.extensions import db
from crm.web.background import start_background
from crm.web.server import make_server
from crm.web.setup_code import setup_link


def serve_app(app: Flask, host: str, port: int) -> None:
    """Serve until stopped."""
    server = make_server(app, host, port)
    click.echo("Shuke CRM runs. Stop it with Ctrl+C. Open one of these addresses in a browser:")
    for address in addresses(host):
        click.echo(f"  http://{address}:{port}/")
    link = setup_link(app)
    if link:
        click.echo(f"First of all, set it up (the code is good once): http://{addresses(host)[0]}:{port}{link}")
    db.engine.dispose()
    start_background(app)
    server.run()


def addresses(host: str) -> list[str]:
    """The names under which this machine can be reached."""
    if host not in ("0.0.0.0", "::"):
        return [host]
    found = ["127.0.0.1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: nothing is sent, only the route is asked
            found.append(probe.getsockname()[0])
        except OSError:
            pass
    return list(dict.fromkeys(found))
