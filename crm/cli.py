"""Commands of the project: upgrade, serve, demo, bench."""

import click
from flask import Flask, current_app


def register_commands(app: Flask) -> None:
    for command in (upgrade, serve):
        app.cli.add_command(command)


@click.command()
def upgrade() -> None:
    """Bring the database to this version, with a backup of it first."""
    from crm.web.upgrading import upgrade_database

    click.echo(upgrade_database(the_app()))


@click.command()
@click.option("--host", default=None)
@click.option("--port", default=None, type=int)
def serve(host: str | None, port: int | None) -> None:
    """Serve the product on this machine."""
    from crm.web.serving import serve_app

    serve_app(the_app(), host or current_app.config["CRM_HOST"], port or int(current_app.config["CRM_PORT"]))


def the_app() -> Flask:
    """The app itself, not the proxy: the server's threads have no context of their own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
