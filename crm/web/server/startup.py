"""The way from a command to a running program: the port, the folder, the database, and only then people."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app

from crm.extensions import db
from crm.installation.database_file import database_files
from crm.installation.folder import check_free_space, make_private
from crm.installation.lock import FolderLock
from crm.installation.startup_errors import explain_errors
from crm.web.bundle import stale_bundles
from crm.web.server.port import listen
from crm.web.server.serve import serve_app
from crm.web.server.upgrade import database_file, fill_start_values, known_state, require_newest, upgrade_database

DEMO_CUSTOMERS = 300


@contextmanager
def opened(app: Flask) -> Iterator[FolderLock]:
    """The instance folder, made private and checked for free space; an error is one sentence."""
    folder, file = Path(app.config["CRM_INSTANCE"]), database_file()
    with explain_errors(str(file or folder)):
        check_free_space(folder)
        make_private(folder, *(database_files(file) if file else ()))
        with FolderLock(folder) as lock:
            yield lock


@contextmanager
def prepared_database(app: Flask) -> Iterator[None]:
    """For a command that fills the database: as a server, but without people. An empty folder gets its database."""
    with opened(app) as lock:
        if known_state(app).revision is None:
            _upgrade(app)
        lock.acquire_shared()
        require_newest(app)
        yield


def upgrade(app: Flask) -> None:
    with opened(app):
        _upgrade(app)


def serve(app: Flask, host: str | None, port: int | None) -> None:
    require_scripts()
    with opened(app) as lock:
        _serve(app, lock, *_listen(app, lock, host, port))


def start(app: Flask, host: str | None, port: int | None, demo: bool) -> None:
    """All of it; nothing is touched before the port is there."""
    require_scripts()
    with opened(app) as lock:
        listening = _listen(app, lock, host, port)
        _upgrade(app)
        if demo:
            make_demo_firm(DEMO_CUSTOMERS)
        _serve(app, lock, *listening)


def require_scripts() -> None:
    """Without its scripts, or with those of another version, every page would be half a page."""
    if stale := stale_bundles():
        names = " and ".join(f"{name}.js" for name in stale)
        message = (
            f"The browser scripts {names} are not those of this version: ./run makes them, or tools/prepare alone."
        )
        raise click.ClickException(message)


def _listen(app: Flask, lock: FolderLock, host: str | None, port: int | None) -> tuple[str, int, list[socket.socket]]:
    host = host or str(app.config["CRM_HOST"])
    port = int(app.config["CRM_PORT"]) if port is None else port
    return host, port, listen(host, port, lock)


def _upgrade(app: Flask) -> None:
    click.echo(upgrade_database(app))
    fill_start_values()
    db.session.remove()


def _serve(app: Flask, lock: FolderLock, host: str, port: int, sockets: list[socket.socket]) -> None:
    lock.acquire_shared()
    require_newest(app)
    serve_app(app, host, port, sockets, lock)


def make_demo_firm(customers: int) -> None:
    """Make the demonstration firm in an empty database, and print everybody's password."""
    from crm.domain.demo import make_demo
    from crm.errors import DomainError

    password = current_app.config["CRM_DEMO_PASSWORD"] or secrets.token_urlsafe(9)
    try:
        people = make_demo(db.session(), password, datetime.now(UTC), customers)
    except DomainError as error:
        raise click.ClickException(error.message % error.values) from error
    db.session.commit()
    click.echo(f"The demonstration firm is made. Everybody's password is: {password}")
    for person in people:
        click.echo(f"  {person.login:<10}{person.name}  {person.job_title or ''}")
    db.session.remove()
