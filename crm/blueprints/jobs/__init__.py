"""定時任務: what the clock runs, and the letters it could not send."""

from flask import Blueprint

blueprint = Blueprint("jobs", __name__)

from crm.blueprints.jobs import letters, views  # noqa: E402, F401
