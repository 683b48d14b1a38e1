"""Sales orders: list, form with lines, file (SO-1 to SO-7)."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)

from crm.blueprints.orders import deleting, file, views  # noqa: E402, F401
