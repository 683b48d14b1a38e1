"""The firm's drop-downs (D-1)."""

from flask import Blueprint

blueprint = Blueprint("dictionaries", __name__)

from crm.blueprints.dictionaries import views  # noqa: E402, F401
