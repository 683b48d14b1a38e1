"""Finding a record by typing, for the fields that point to one."""

from flask import Blueprint

blueprint = Blueprint("reference_search", __name__)

from crm.blueprints.reference_search import views  # noqa: E402, F401
