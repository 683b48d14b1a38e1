"""The search box of the top bar (F-3)."""

from flask import Blueprint

blueprint = Blueprint("global_search", __name__)

from crm.blueprints.global_search import views  # noqa: E402, F401
