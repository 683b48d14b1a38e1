"""My office: the own password and data, where one is signed in, the second factor (O-1, L-6)."""

from flask import Blueprint

blueprint = Blueprint("office", __name__)

from crm.blueprints.office import keyboard_shortcuts, second_factor, sessions, views  # noqa: E402, F401
