"""What approved orders are still owed (RV-1)."""

from flask import Blueprint

blueprint = Blueprint("receivables", __name__)

from crm.blueprints.receivables import panel, views  # noqa: E402, F401
