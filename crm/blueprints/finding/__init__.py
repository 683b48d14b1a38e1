"""Finding a record by typing, for the fields that point to one."""

from flask import Blueprint

blueprint = Blueprint("finding", __name__)

from crm.blueprints.finding import views  # noqa: E402, F401
