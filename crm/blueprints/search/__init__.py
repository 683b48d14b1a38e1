"""The search box of the top bar (F-3)."""

from flask import Blueprint

blueprint = Blueprint("search", __name__)

from crm.blueprints.search import views  # noqa: E402, F401
