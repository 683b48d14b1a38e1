"""The home page with its panels (W-1 to W-5)."""

from flask import Blueprint

blueprint = Blueprint("workbench", __name__)

from crm.blueprints.workbench import views  # noqa: E402, F401
