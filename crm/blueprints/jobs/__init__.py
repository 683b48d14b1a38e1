"""定時任務: what the clock runs, and the emails it could not send."""

from flask import Blueprint

blueprint = Blueprint("jobs", __name__)

from crm.blueprints.jobs import emails, views  # noqa: E402, F401
