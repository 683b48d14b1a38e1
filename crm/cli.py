"""Commands of the project: start, upgrade, serve, demo, bench, backup, restore, administrator, log, migration."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

BENCH = Path(__file__).resolve().parents[1] / "tests" / "bench"


def register_commands(app: Flask) -> None:
    commands = (start, upgrade, serve, demo, bench, backup, restore, backups, administrator, log_commands, migration)
    for command in commands:
        app.cli.add_command(command)


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the database to this version, with a backup of it first."""
    from crm.web.server import startup

    startup.upgrade(the_app())


@click.command()
@click.argument("name")
@with_appcontext
def migration(name: str) -> None:
    """Write the migration NAME, with the next number, of what differs between the models and the database."""
    from flask_migrate import migrate

    from crm.installation import revisions

    number = int(revisions.newest_revision()) + 1
    migrate(revisions.MIGRATIONS, message=name, rev_id=f"{number:04}")


def listening(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option("--port", default=None, type=int, help="8000 unless configured otherwise.")(command)
    return click.option("--host", default=None, help="Everyone on the network unless configured otherwise.")(command)


@click.command()
@listening
@with_appcontext
def serve(host: str | None, port: int | None) -> None:
    """Serve the product on this machine."""
    from crm.web.server import startup

    startup.serve(the_app(), host, port)


@click.command()
@listening
@click.option("--demo", is_flag=True, help="On an empty database: make the demonstration firm first.")
@with_appcontext
def start(host: str | None, port: int | None, demo: bool) -> None:
    """Upgrade and serve, as ./run does."""
    from crm.web.server import startup

    startup.start(the_app(), host, port, demo)


@click.command()
@click.option("--customers", default=300, show_default=True)
@with_appcontext
def demo(customers: int) -> None:
    """Fill an empty database with a demonstration firm."""
    from crm.web.server import startup

    with startup.prepared_database(the_app()):
        startup.make_demo_firm(customers)


@click.command()
@with_appcontext
def backup() -> None:
    """Make a backup now, as 數據備份 does; also beside a running server."""
    from crm.web.server import commands

    commands.backup(the_app())


@click.command("backups")
@with_appcontext
def backups() -> None:
    """List the backups, the newest first."""
    from crm.web.server import commands

    commands.list_backups(the_app())


@click.command()
@click.argument("name")
@click.option("--password", default="", help="The password of an encrypted backup, if it is not the one that is set.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def restore(name: str, password: str, yes: bool) -> None:
    """Bring back the backup NAME: a file's path, or a name that `flask --app wsgi backups` lists."""
    from crm.web.server import commands

    commands.restore(the_app(), name, password, yes)


@click.command()
@click.argument("login", required=False)
@with_appcontext
def administrator(login: str | None) -> None:
    """A new password for an administrator who lost it, or the second factor; without LOGIN they are listed."""
    from crm.web.server import commands

    commands.administrator(the_app(), login)


@click.group("log")
def log_commands() -> None:
    """The operation log and the system log."""


@log_commands.command()
@with_appcontext
def verify() -> None:
    """Check the seals of both logs: says the first entry that was changed, removed or inserted past the program."""
    from crm.web.server import commands

    commands.verify_logs(the_app())


@click.group()
def bench() -> None:
    """Measure the program against the figures it has to reach."""


@bench.command("seed")
@click.option("--customers", default=100_000, show_default=True)
@click.option("--people", default=50, show_default=True)
@with_appcontext
def bench_seed(customers: int, people: int) -> None:
    """Fill an empty database with the measuring set, in some minutes."""
    from crm.errors import DomainError
    from crm.extensions import db
    from crm.web.server import startup

    seed_bench = _of_bench("seed").seed_bench
    with startup.prepared_database(the_app()):
        try:
            seed_bench(db.session(), customers, people, click.echo)
        except DomainError as error:
            raise click.ClickException(error.message % error.values) from error


@bench.command("run")
@click.option("--times", default=60, show_default=True, help="How often each page is asked for.")
@with_appcontext
def bench_run(times: int) -> None:
    """Serve the measuring set on a free port, measure, and print the table."""
    from crm.web.server import startup

    run_bench = _of_bench("run").run_bench
    with startup.prepared_database(the_app()):
        run_bench(the_app(), times, click.echo)


@bench.command("beside")
@click.option("--rows", default=10_000, show_default=True, help="Rows of the file.")
@with_appcontext
def bench_beside(rows: int) -> None:
    """Import a file through the pages, and measure what a colleague notices of it."""
    from crm.web.server import startup

    run_beside = _of_bench("run").run_beside
    with startup.prepared_database(the_app()):
        run_beside(the_app(), click.echo, rows)


def _of_bench(module: str) -> Any:
    """The bench lies beside the tests, and a product handed out without them goes without it."""
    if not BENCH.is_dir():
        raise click.ClickException("The bench is not here: it lies in tests/bench, and this copy comes without tests.")
    return import_module(f"tests.bench.{module}")


def the_app() -> Flask:
    """The app itself, not the proxy: the server's threads have no context of their own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
