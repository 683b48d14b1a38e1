"""What all lists share: the advanced search, kept searches, the choice of columns (C-5)."""

from flask import Blueprint

blueprint = Blueprint("lists", __name__)

from crm.blueprints.lists import views  # noqa: E402, F401
