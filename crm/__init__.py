"""Shuke CRM (熟客): the factory of the web app."""

from typing import TYPE_CHECKING, Any

VERSION = "0.1.0"
"""As in setup.cfg; a backup says by which version it was made."""

if TYPE_CHECKING:
    from crm.app import CRM


def create_app(config: dict[str, Any] | None = None) -> "CRM":
    """The app with its extensions, mechanisms and blueprints; `config` wins over files and environment.

    The web's parts are imported here, so that models and domain can be used without Flask.
    """
    from crm.app import CRM
    from crm.blueprints import register_blueprints
    from crm.cli import register_commands
    from crm.config import load_config
    from crm.web.app_setup import set_up_web

    loaded = load_config(config)
    app = CRM(__name__, instance_path=loaded["CRM_INSTANCE"])
    app.config.update(loaded)
    set_up_web(app)
    register_blueprints(app)
    register_commands(app)
    return app
