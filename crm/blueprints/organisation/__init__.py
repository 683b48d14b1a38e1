"""The organisation: companies, departments, people (A-1)."""

from flask import Blueprint

blueprint = Blueprint("organisation", __name__)

from crm.blueprints.organisation import arranging, former, leaving, people, views, workbook  # noqa: E402, F401
