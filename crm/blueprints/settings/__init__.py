"""The firm's settings (D-6)."""

from flask import Blueprint

blueprint = Blueprint("settings", __name__)

from crm.blueprints.settings import logo, mail, views  # noqa: E402, F401
