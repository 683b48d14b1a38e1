"""`python -m crm start`: the commands of the program alone.

`flask --app wsgi start` does the same, but Flask then also loads the commands of every installed package, and with
Flask-Migrate's Alembic: a tenth of a start.
"""

from flask import Flask
from flask.cli import FlaskGroup


def the_app() -> Flask:
    from wsgi import app

    return app


if __name__ == "__main__":
    commands = FlaskGroup(create_app=the_app)
    commands._loaded_plugin_commands = True
    commands(prog_name="python -m crm")
