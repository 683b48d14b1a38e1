"""The contact plan: who must be contacted, by date (N-1)."""

from flask import Blueprint

blueprint = Blueprint("plan", __name__)

from crm.blueprints.plan import views  # noqa: E402, F401
