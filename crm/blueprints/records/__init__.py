"""Contact records: what was said, and when to contact next (R-1 to R-5)."""

from flask import Blueprint

blueprint = Blueprint("records", __name__)

from crm.blueprints.records import views  # noqa: E402, F401
