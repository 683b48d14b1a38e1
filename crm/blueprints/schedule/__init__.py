"""The schedule: today, week, month, what is done (S-1 to S-6)."""

from flask import Blueprint

blueprint = Blueprint("schedule", __name__)

from crm.blueprints.schedule import calendar, items, panel, views  # noqa: E402, F401
