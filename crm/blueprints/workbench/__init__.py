"""The home page with its panels, and their arrangement (W-1 to W-5)."""

from flask import Blueprint

blueprint = Blueprint("workbench", __name__)

from crm.blueprints.workbench import arranging, due, first_steps, recent, views  # noqa: E402, F401
