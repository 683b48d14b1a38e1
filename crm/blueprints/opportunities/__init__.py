"""Opportunities: possible sales, their stages, the board and the funnel (B-1 to B-3)."""

from flask import Blueprint

blueprint = Blueprint("opportunities", __name__)

from crm.blueprints.opportunities import board, closing, funnel, views  # noqa: E402, F401
