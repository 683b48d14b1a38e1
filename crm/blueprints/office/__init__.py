"""My office: the own password and data (O-1)."""

from flask import Blueprint

blueprint = Blueprint("office", __name__)

from crm.blueprints.office import views  # noqa: E402, F401
