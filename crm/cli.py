"""Commands of the project: upgrade, serve, demo, bench."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext


def register_commands(app: Flask) -> None:
    for command in (upgrade, serve, demo, bench):
        app.cli.add_command(command)


@click.command()
def upgrade() -> None:
    """Bring the database to this version, with a backup of it first."""
    from crm.web.upgrading import fill_start_values, upgrade_database

    click.echo(upgrade_database(the_app()))
    with the_app().app_context():
        fill_start_values()


@click.command()
@click.option("--host", default=None)
@click.option("--port", default=None, type=int)
def serve(host: str | None, port: int | None) -> None:
    """Serve the product on this machine."""
    from crm.web.serving import serve_app

    serve_app(the_app(), host or current_app.config["CRM_HOST"], port or int(current_app.config["CRM_PORT"]))


@click.command()
@click.option("--customers", default=300, show_default=True)
@with_appcontext
def demo(customers: int) -> None:
    """Fill an empty database with a demonstration firm."""
    import secrets
    from datetime import UTC, datetime

    from crm.domain.demo import make_demo
    from crm.domain.errors import DomainError
    from crm.extensions import db

    password = current_app.config["CRM_DEMO_PASSWORD"] or secrets.token_urlsafe(9)
    try:
        people = make_demo(db.session(), password, datetime.now(UTC), customers)
    except DomainError as error:
        raise click.ClickException(error.message % error.values) from error
    db.session.commit()
    click.echo(f"The demonstration firm is made. Everybody's password is: {password}")
    for person in people:
        click.echo(f"  {person.login:<10}{person.name}  {person.job_title or ''}")


@click.group()
def bench() -> None:
    """Measure the program against the figures it has to reach."""


@bench.command("seed")
@click.option("--customers", default=100_000, show_default=True)
@click.option("--people", default=50, show_default=True)
@with_appcontext
def bench_seed(customers: int, people: int) -> None:
    """Fill an empty database with the measuring set, in some minutes."""
    from crm.bench.seed import seed_bench
    from crm.domain.errors import DomainError
    from crm.extensions import db

    try:
        seed_bench(db.session(), customers, people, click.echo)
    except DomainError as error:
        raise click.ClickException(error.message % error.values) from error


@bench.command("run")
@click.option("--times", default=60, show_default=True, help="How often each page is asked for.")
@with_appcontext
def bench_run(times: int) -> None:
    """Serve the measuring set on a free port, measure, and print the table."""
    from crm.bench.run import run_bench

    run_bench(the_app(), times, click.echo)


def the_app() -> Flask:
    """The app itself, not the proxy: the server's threads have no context of their own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
