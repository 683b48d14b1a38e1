"""The fields that a firm adds to its records (D-2)."""

from flask import Blueprint

blueprint = Blueprint("custom_fields", __name__)

from crm.blueprints.custom_fields import views  # noqa: E402, F401
