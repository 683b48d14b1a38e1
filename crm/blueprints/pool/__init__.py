"""The two pools, and the moves of customers between owners and pools (Q-1 to Q-4, C-7)."""

from flask import Blueprint

blueprint = Blueprint("pool", __name__)

from crm.blueprints.pool import moves, panel, views  # noqa: E402, F401
