"""Help: for each entry of the menu how its work is done, step by step."""

from flask import Blueprint

blueprint = Blueprint("help", __name__)

from crm.blueprints.help import views  # noqa: E402, F401
