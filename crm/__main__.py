"""`python -m crm start`: the commands of `crm.cli`, as `flask --app wsgi start` has them.

Commands that installed packages would add are not looked for: whoever serves needs none of them.
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
